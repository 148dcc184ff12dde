package sqlite

import "golang.org/x/sys/unix"

func readable(path string) bool { return unix.Access(path, unix.R_OK) == nil }
func writable(path string) bool { return unix.Access(path, unix.W_OK) == nil }

// diskFree is the room that this user has on the file system of path.
func diskFree(path string) (int64, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(path, &fs); err != nil {
		return 0, err
	}
	return int64(fs.Bavail) * int64(fs.Bsize), nil
}
