//go:build !linux

package main

import "syscall"

// child is ended with what it started.
func child() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
