package mysql

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"mltop/internal/db"
)

// ReadSlowLog reads the past of the slow log that was given, from the first
// entry that counts to its end, in bounded memory; what is written to it later
// counts from there. Without it the totals begin with the last part of the file.
// done tells the bytes that are behind it, of all that there are.
func (e *Engine) ReadSlowLog(ctx context.Context, done func(at, all int64)) (db.LogPast, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	p, tail, err := e.slowPast(ctx, done)
	if err != nil {
		return p, fmt.Errorf("read the slow log %s: %w", e.o.SlowLog, err)
	}
	e.slow = tail
	return p, nil
}

func (e *Engine) slowPast(ctx context.Context, done func(at, all int64)) (p db.LogPast, t *slowTail, err error) {
	f, err := os.Open(e.o.SlowLog)
	if err != nil {
		return p, nil, err
	}
	defer f.Close()
	t = newSlowTail(e.o.SlowLog, e.Quotes(), e.leftOut)
	if t.file, err = f.Stat(); err != nil {
		return p, nil, err
	}
	p.Bytes = t.file.Size()
	if !e.o.SlowLogFrom.IsZero() {
		if p.From, err = slowFrom(f, p.Bytes, e.o.SlowLogFrom); err != nil {
			return p, nil, err
		}
	}
	counted(t, &p)
	t.offset = p.From
	n, err := t.parser.read(&watchedReader{ctx: ctx, r: io.NewSectionReader(f, p.From, p.Bytes-p.From), at: p.From, all: p.Bytes, done: done})
	t.offset += n
	t.parser.idle()
	return p, t, err
}

// counted has the tail tell what it reads, too.
func counted(t *slowTail, p *db.LogPast) {
	visit := t.parser.visit
	t.parser.visit = func(x *slowEntry) {
		visit(x)
		if x.Admin || t.sums.skip != nil && t.sums.skip(x) {
			return
		}
		p.Entries++
		if !x.At.IsZero() && (p.First.IsZero() || x.At.Before(p.First)) {
			p.First = x.At
		}
		if x.At.After(p.Last) {
			p.Last = x.At
		}
	}
}

// A watchedReader ends with its context, and tells how far it is.
type watchedReader struct {
	ctx     context.Context
	r       io.Reader
	at, all int64
	done    func(at, all int64)
}

func (w *watchedReader) Read(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.r.Read(b)
	w.at += int64(n)
	w.done(w.at, w.all)
	return n, err
}

const (
	// timesRead is what is looked through for times at one place: some hundred
	// entries. A call is written down when it ends, with the time at which it
	// began: the latest of many is near the time of writing.
	timesRead = 256 << 10
	// slowStep is what is read too much, at most: a hundredth of a second's work.
	slowStep = 1 << 20
)

// slowFrom finds a place of the log before which all was written earlier than
// from, by halves; a log grows in the order of time.
func slowFrom(f io.ReaderAt, size int64, from time.Time) (int64, error) {
	low, high := int64(0), size
	for high-low > slowStep {
		mid := low + (high-low)/2
		latest, err := latestTime(f, mid)
		if err != nil {
			return 0, err
		}
		if !latest.IsZero() && latest.Before(from) {
			low = mid
		} else { // no time near it: it may be inside a long statement
			high = mid
		}
	}
	return low, nil
}

// latestTime is the latest "SET timestamp" behind a place; zero: there is none.
func latestTime(f io.ReaderAt, at int64) (latest time.Time, err error) {
	piece := make([]byte, timesRead)
	n, err := f.ReadAt(piece, at)
	if err != nil && err != io.EOF {
		return latest, err
	}
	for _, line := range bytes.Split(piece[:n], []byte("\n")) {
		rest, ok := bytes.CutPrefix(line, []byte("SET timestamp="))
		if !ok {
			continue
		}
		if s, err := strconv.ParseFloat(string(bytes.TrimRight(rest, ";\r")), 64); err == nil && time.UnixMicro(int64(s*1e6)).After(latest) {
			latest = time.UnixMicro(int64(s * 1e6)).UTC()
		}
	}
	return latest, nil
}
