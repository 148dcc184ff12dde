package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// A process that was seen, with what it has open.
type process struct {
	pid   int
	name  string
	files []string // regular files, absolute
	ports []int    // TCP ports it listens on
}

// A place is something that mltop could attach to, or why it cannot.
type place struct {
	path    string // of a database file; "" for a process without one
	arg     string // the target as it was written, if it was
	bytes   int64
	holders []process
}

// discover looks for databases: files that processes have open, and files in
// the folder and in ./db. It opens none of them: a descriptor on a database
// file, once closed, would drop this process's locks on it.
func discover(folder fs.FS, root string, processes []process) []place {
	places := map[string]*place{}
	for _, p := range processes {
		for _, f := range databaseFiles(p.files) {
			at(places, f).holders = append(at(places, f).holders, p)
		}
	}
	for _, dir := range []string{".", "db"} {
		names, err := fs.ReadDir(folder, dir)
		if err != nil {
			continue // there is no ./db, or it is not ours to see
		}
		for _, n := range names {
			if n.Type().IsRegular() && databaseName(n.Name()) {
				at(places, filepath.Join(root, dir, n.Name()))
			}
		}
	}
	return sorted(places, lonely(processes, places))
}

func at(places map[string]*place, path string) *place {
	if places[path] == nil {
		places[path] = &place{path: path}
	}
	return places[path]
}

// lonely lists the listening processes that have no database file open.
func lonely(processes []process, places map[string]*place) []place {
	holds := map[int]bool{}
	for _, p := range places {
		for _, h := range p.holders {
			holds[h.pid] = true
		}
	}
	var out []place
	for _, p := range processes {
		if len(p.ports) > 0 && !holds[p.pid] {
			out = append(out, place{holders: []process{p}})
		}
	}
	return out
}

// sorted puts files that are in use first, then the others, then ports.
func sorted(files map[string]*place, rest []place) []place {
	var out []place
	for _, p := range files {
		if info, err := os.Stat(p.path); err == nil {
			p.bytes = info.Size()
		}
		out = append(out, *p)
	}
	sort.Slice(out, func(i, j int) bool {
		if a, b := out[i].weight(), out[j].weight(); a != b {
			return a > b
		}
		return out[i].path < out[j].path
	})
	return append(out, rest...)
}

// weight: a file of a process that listens is a deployment.
func (p place) weight() int {
	w := 0
	for _, h := range p.holders {
		w = max(w, 1)
		if len(h.ports) > 0 {
			w = 2
		}
	}
	return w
}

// databaseFiles picks the databases of the files that one process has open: by
// name, or because SQLite's own files lie open beside them.
func databaseFiles(files []string) []string {
	open := map[string]bool{}
	for _, f := range files {
		open[f] = true
	}
	seen := map[string]bool{}
	var out []string
	for _, f := range files {
		if side(f) || seen[f] || !databaseName(f) && !open[f+"-wal"] && !open[f+"-journal"] && !open[f+"-shm"] {
			continue
		}
		seen[f] = true
		out = append(out, f)
	}
	return out
}

func side(f string) bool {
	return strings.HasSuffix(f, "-wal") || strings.HasSuffix(f, "-shm") || strings.HasSuffix(f, "-journal")
}

// databaseName knows the endings that SQLite files usually have.
func databaseName(f string) bool {
	switch strings.ToLower(filepath.Ext(f)) {
	case ".db", ".db3", ".sqlite", ".sqlite3":
		return true
	}
	return false
}

// portsNamed of one process tell which it is; the document has them all.
const portsNamed = 3

// who says which processes hold a place, and on which ports they listen.
func (p place) who() string {
	var parts []string
	for _, h := range p.holders {
		s := fmt.Sprintf("%s (pid %d)", h.name, h.pid)
		for i, port := range h.ports[:min(len(h.ports), portsNamed)] {
			s += map[bool]string{true: " listens on :", false: ", :"}[i == 0] + fmt.Sprint(port)
		}
		if more := len(h.ports) - portsNamed; more > 0 {
			s += fmt.Sprintf(" and %d more", more)
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, "; ")
}
