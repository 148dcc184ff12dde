//go:build !linux

package main

import (
	"os/exec"
	"strconv"
	"strings"
)

// seeProcesses asks lsof, which macOS brings along; without it nothing is
// seen but files.
func seeProcesses() []process {
	out, err := exec.Command("lsof", "-nP", "-Fpcnt").Output()
	if err != nil && len(out) == 0 {
		return nil
	}
	return parseLsof(string(out))
}

// parseLsof reads the output of lsof -F: p begins a process, c is its
// command, t a file's type, n its name.
func parseLsof(text string) []process {
	var out []process
	kind := ""
	for _, line := range strings.Split(text, "\n") {
		if line == "" {
			continue
		}
		rest := line[1:]
		if line[0] == 'p' {
			pid, _ := strconv.Atoi(rest) // lsof writes digits
			out = append(out, process{pid: pid})
			continue
		}
		if len(out) == 0 {
			continue
		}
		p := &out[len(out)-1]
		switch {
		case line[0] == 'c':
			p.name = rest
		case line[0] == 't':
			kind = rest
		case line[0] == 'n' && kind == "REG":
			p.files = append(p.files, rest)
		case line[0] == 'n' && strings.HasPrefix(kind, "IPv") && !strings.Contains(rest, "->"):
			if i := strings.LastIndexByte(rest, ':'); i >= 0 {
				if port, err := strconv.Atoi(rest[i+1:]); err == nil {
					p.ports = append(p.ports, port)
				}
			}
		}
	}
	return out
}
