//go:build !linux

package measure

import "syscall"

// Child is for a process that is ended with what it started.
func Child() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
