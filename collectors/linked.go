package collectors

import (
	"path/filepath"
	"strings"

	"mltop/internal/pattern"
)

// sqliteInMaps finds the SQLite library in the text of /proc/PID/maps.
func sqliteInMaps(maps string) string {
	for line := range strings.Lines(maps) {
		_, path, ok := strings.Cut(line, "/")
		if path = "/" + strings.TrimSpace(path); ok && isSQLite(path) {
			return strings.TrimSuffix(path, " (deleted)")
		}
	}
	return ""
}

func isSQLite(path string) bool { return strings.HasPrefix(filepath.Base(path), "libsqlite3") }

// A SQLite library holds its version as a string of its own.
var sqliteVersion = pattern.Late(`\x00(3\.[0-9]{1,2}\.[0-9]{1,2})\x00`)

func versionInLibrary(b []byte) string {
	if m := sqliteVersion().FindSubmatch(b); m != nil {
		return string(m[1])
	}
	return ""
}
