package serverlog

import (
	"context"
	"time"

	"mltop/internal/db"
)

// A Log follows a server's log and adds its entries up. One without a path has
// entries counted that were read elsewhere.
type Log struct {
	tail  tail
	sums  *Templates
	skip  func(*Entry) bool // may be nil
	since time.Time
	dated bool        // an entry said its time
	past  *db.LogPast // what is being read; nil: nothing of the past is
}

// NewLog makes one; skip tells what does not count. parser makes what reads
// the lines and hands the entries over.
func NewLog(path string, d Dialect, skip func(*Entry) bool, parser func(visit func(*Entry)) Parser) *Log {
	l := &Log{sums: NewTemplates(d), skip: skip, since: time.Now()}
	l.tail = tail{path: path, parser: parser(l.Count)}
	return l
}

// Path is where it lies.
func (l *Log) Path() string { return l.tail.path }

// Count takes an entry in.
func (l *Log) Count(e *Entry) {
	if e.Admin || l.skip != nil && l.skip(e) || !l.sums.Add(e) {
		return
	}
	if !e.At.IsZero() {
		l.dated = true
		if e.At.Before(l.since) {
			l.since = e.At
		}
	}
	if l.past != nil {
		extend(l.past, e)
	}
}

// extend has what was read tell of an entry.
func extend(p *db.LogPast, e *Entry) {
	p.Entries++
	if !e.At.IsZero() && (p.First.IsZero() || e.At.Before(p.First)) {
		p.First = e.At
	}
	if e.At.After(p.Last) {
		p.Last = e.At
	}
}

// Read takes what was written since the last look; the first one begins with
// the last part of the file.
func (l *Log) Read() error { return l.tail.read() }

// ReadPast reads all that there is from a time on, however long it is; zero:
// all. done tells the bytes that are behind it, of all. Read goes on from there.
func (l *Log) ReadPast(ctx context.Context, from time.Time, done func(at, all int64)) (p db.LogPast, err error) {
	l.past = &p
	defer func() { l.past = nil }()
	err = l.tail.past(ctx, from, done, &p)
	return p, err
}

// Move goes on in another file, once the one before is read to its end.
func (l *Log) Move(path string) error {
	if path == l.tail.path {
		return nil
	}
	l.tail.path = path
	if l.tail.file == nil {
		return nil
	}
	if err := l.tail.drain(); err != nil {
		return err
	}
	return l.tail.next()
}

// Totals are the sums so far. Since when is not known where no entry says its
// time.
func (l *Log) Totals(source string) db.StatementTotals {
	since := l.since
	if !l.dated && l.sums.count() > 0 {
		since = time.Time{}
	}
	return l.sums.Totals(source, since)
}

// Close ends following it.
func (l *Log) Close() { l.tail.close() }
