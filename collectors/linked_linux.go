package collectors

import (
	"fmt"
	"os"
)

// linkedSQLite finds which SQLite library a process maps. It looks through
// the process's own root: a container has its own files.
func linkedSQLite(pid int) (sqliteLibrary, error) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return sqliteLibrary{}, err
	}
	path := sqliteInMaps(string(maps))
	if path == "" {
		return sqliteLibrary{}, nil
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/root%s", pid, path))
	if err != nil {
		return sqliteLibrary{path: path}, err
	}
	return sqliteLibrary{path, versionInLibrary(b)}, nil
}
