package main

import (
	"bufio"
	"bytes"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
)

// seeProcesses lists the processes that /proc lets us look into. Those of
// other users are left out: only root sees what they have open.
func seeProcesses() []process { return readProc(os.DirFS("/proc"), os.Readlink) }

func readProc(proc fs.FS, readlink func(string) (string, error)) []process {
	listening := listeners(proc)
	dirs, err := fs.ReadDir(proc, ".")
	if err != nil {
		return nil
	}
	var out []process
	for _, d := range dirs {
		pid, err := strconv.Atoi(d.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		if p := readProcess(proc, pid, listening, readlink); len(p.files) > 0 || len(p.ports) > 0 {
			out = append(out, p)
		}
	}
	return out
}

func readProcess(proc fs.FS, pid int, listening map[string]int, readlink func(string) (string, error)) process {
	dir := strconv.Itoa(pid)
	p := process{pid: pid, name: strings.TrimSpace(text(proc, dir+"/comm"))}
	fds, err := fs.ReadDir(proc, dir+"/fd")
	if err != nil {
		return p
	}
	for _, fd := range fds {
		to, err := readlink(path.Join("/proc", dir, "fd", fd.Name()))
		if err != nil {
			continue // closed meanwhile
		}
		if inode, ok := strings.CutPrefix(to, "socket:"); ok {
			if port := listening[inode]; port != 0 {
				p.ports = append(p.ports, port)
			}
		} else if strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "/dev/") && !strings.HasSuffix(to, " (deleted)") {
			p.files = append(p.files, to)
		}
	}
	p.ports = unique(p.ports)
	return p
}

// listeners answers the ports of listening sockets by "[inode]".
func listeners(proc fs.FS) map[string]int {
	out := map[string]int{}
	for _, name := range []string{"net/tcp", "net/tcp6"} {
		lines := bufio.NewScanner(bytes.NewReader([]byte(text(proc, name))))
		for lines.Scan() {
			if inode, port, ok := parseTCP(lines.Text()); ok {
				out["["+inode+"]"] = port
			}
		}
	}
	return out
}

// stateListen is TCP_LISTEN in the kernel's tcp_states.h.
const stateListen = "0A"

// parseTCP reads a line of /proc/net/tcp: "sl local_address rem_address st …
// inode", the address as HEX:PORT.
func parseTCP(line string) (inode string, port int, ok bool) {
	f := strings.Fields(line)
	if len(f) < 10 || f[3] != stateListen {
		return "", 0, false
	}
	_, hex, ok := strings.Cut(f[1], ":")
	n, err := strconv.ParseUint(hex, 16, 16)
	return f[9], int(n), ok && err == nil
}

func text(f fs.FS, name string) string {
	b, err := fs.ReadFile(f, name)
	if err != nil {
		return ""
	}
	return string(b)
}

func unique(list []int) []int {
	seen := map[int]bool{}
	out := list[:0]
	for _, v := range list {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}
