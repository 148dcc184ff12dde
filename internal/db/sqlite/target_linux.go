package sqlite

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// identify asks the kernel for the file's identity and its owner.
func identify(path string, info os.FileInfo) (fileID, int) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fileID{}, -1
	}
	id := fileID{device: uint64(st.Dev), inode: st.Ino}
	var x unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_BTIME|unix.STATX_INO, &x)
	if err == nil && x.Mask&unix.STATX_BTIME != 0 && x.Ino == st.Ino && (x.Btime.Sec != 0 || x.Btime.Nsec != 0) {
		id.born = time.Unix(x.Btime.Sec, int64(x.Btime.Nsec))
	}
	return id, int(st.Uid)
}
