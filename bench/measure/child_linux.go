package measure

import "syscall"

// Child is for a process that ends with us, and is ended with what it started.
func Child() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
