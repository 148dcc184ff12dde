package demo

import (
	"os/exec"
	"syscall"
)

// detach keeps a Ctrl+C in the terminal from the child: it ends by its pipe,
// in an order that the parent chooses.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
