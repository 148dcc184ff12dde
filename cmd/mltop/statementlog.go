package main

import (
	"sync"

	"mltop/internal/sqltext"
	"mltop/ui"
)

// logKept is how many of mltop's own statements the log view can show: at a
// few a second, the last minutes.
const logKept = 1000

// A statementLog keeps the statements that mltop ran on the target. They come
// from several goroutines.
type statementLog struct {
	literals bool // --show-literals
	mu       sync.Mutex
	lines    []ui.LogLine // a ring once it is full
	next     int
	total    uint64
}

func (l *statementLog) add(line ui.LogLine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.literals {
		line.SQL = sqltext.Mask(line.SQL)
	}
	if len(l.lines) < logKept {
		l.lines = append(l.lines, line)
	} else {
		l.lines[l.next] = line
	}
	l.next = (l.next + 1) % logKept
	l.total++
}

// list answers a copy, newest last.
func (l *statementLog) list() []ui.LogLine {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]ui.LogLine, 0, len(l.lines))
	if len(l.lines) == logKept {
		out = append(out, l.lines[l.next:]...)
		return append(out, l.lines[:l.next]...)
	}
	return append(out, l.lines...)
}

// count is how many statements were sent so far.
func (l *statementLog) count() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total
}
