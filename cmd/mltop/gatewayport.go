package main

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"syscall"
)

// listenError is why an address cannot be had; where somebody else listens
// there, who that is and what to do.
func listenError(err error, address, flag string, seen func() []process) error {
	if !errors.Is(err, syscall.EADDRINUSE) {
		return err
	}
	_, text, _ := net.SplitHostPort(address)
	port, _ := strconv.Atoi(text) // it was looked up to come so far
	var p place
	for _, other := range seen() {
		if slices.Contains(other.ports, port) {
			other.ports = []int{port}
			p.holders = append(p.holders, other)
		}
	}
	who := p.who()
	if who == "" {
		who = "another process listens there, which only its own user or root can see"
	}
	return fmt.Errorf("listen on %s: %s: end it, or say another address by %s", address, who, flag)
}
