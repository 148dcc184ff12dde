// Package disk looks at file systems for engines whose data lies on them.
package disk

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Free is the room that this user has on the file system of path.
func Free(path string) (int64, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(path, &fs); err != nil {
		return 0, fmt.Errorf("look at the disk of %s: %w", path, err)
	}
	return int64(fs.Bavail) * int64(fs.Bsize), nil
}
