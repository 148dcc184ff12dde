package sqlite

import "golang.org/x/sys/unix"

func readable(path string) bool { return unix.Access(path, unix.R_OK) == nil }
func writable(path string) bool { return unix.Access(path, unix.W_OK) == nil }
