//go:build !linux

package sqlite

import (
	"os"
	"reflect"
	"syscall"
	"time"
)

// identify asks the kernel for the file's identity and its owner. The time of
// birth has another type on each system that keeps one.
func identify(_ string, info os.FileInfo) (fileID, int) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fileID{}, -1
	}
	id := fileID{device: uint64(st.Dev), inode: uint64(st.Ino)}
	born := reflect.ValueOf(st).Elem().FieldByName("Birthtimespec")
	if t, ok := birth(born); ok {
		id.born = t
	}
	return id, int(st.Uid)
}

func birth(v reflect.Value) (time.Time, bool) {
	if !v.IsValid() {
		return time.Time{}, false
	}
	ts, ok := v.Interface().(syscall.Timespec)
	if !ok || ts.Sec == 0 {
		return time.Time{}, false
	}
	return time.Unix(int64(ts.Sec), int64(ts.Nsec)), true
}
