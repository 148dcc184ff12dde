package main

import (
	"sync"
	"time"

	"mltop/internal/db"
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
	quotes   sqltext.Quotes
	mu       sync.Mutex
	lines    []ui.LogLine // a ring once it is full
	next     int
	samples  map[string]int // places of the newest lines of sampling
	masked   map[string]string
	total    uint64
}

// maskedKept bounds how many texts are remembered with their masks: what
// watches asks the same few again and again.
const maskedKept = 100

// read says what a "x" is in the statements from now on.
func (l *statementLog) read(q sqltext.Quotes) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.quotes, l.masked = q, nil
}

func (l *statementLog) mask(sql string) string {
	if text, ok := l.masked[sql]; ok {
		return text
	}
	if l.masked == nil || len(l.masked) >= maskedKept {
		l.masked = map[string]string{}
	}
	text := l.quotes.Mask(sql)
	l.masked[sql] = text
	return text
}

// foldWithin: what sampling asks again sooner shares a line.
const foldWithin = time.Second

func (l *statementLog) add(line ui.LogLine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if line.SQL = l.quotes.HideSecrets(line.SQL); !l.literals {
		line.SQL = l.mask(line.SQL)
	}
	l.total++
	if line.Who == db.Sampling && l.fold(line) {
		return
	}
	if len(l.lines) < logKept {
		l.lines = append(l.lines, line)
	} else {
		l.lines[l.next] = line
	}
	if line.Who == db.Sampling {
		l.note(line.SQL)
	}
	l.next = (l.next + 1) % logKept
}

func (l *statementLog) note(sql string) {
	if l.samples == nil {
		l.samples = map[string]int{}
	}
	l.samples[sql] = l.next
}

// fold adds a look to the line of the one just before it, if that is still
// there.
func (l *statementLog) fold(line ui.LogLine) bool {
	i, ok := l.samples[line.SQL]
	if !ok || l.lines[i].Who != line.Who || l.lines[i].SQL != line.SQL || line.Error != "" || l.lines[i].Error != "" {
		return false
	}
	old := &l.lines[i]
	if line.At.Sub(old.At) >= foldWithin {
		return false
	}
	n := max(old.Times, 1)
	old.Elapsed = (old.Elapsed*time.Duration(n) + line.Elapsed) / time.Duration(n+1)
	old.Times = n + 1
	return true
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
