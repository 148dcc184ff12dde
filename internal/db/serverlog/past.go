package serverlog

import (
	"bytes"
	"context"
	"io"
	"time"

	"mltop/internal/db"
)

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

// past reads what there is from the first line that may be of a time on; zero:
// all of it. The tail goes on behind it.
func (t *tail) past(ctx context.Context, from time.Time, done func(at, all int64), p *db.LogPast) error {
	f, size, err := openLog(t.path)
	if err != nil {
		return err
	}
	p.Bytes = size
	if !from.IsZero() {
		if p.From, err = placeOf(f, size, from, t.parser.Time); err != nil {
			f.Close()
			return err
		}
	}
	t.begin(f, p.From)
	return t.take(&watchedReader{ctx: ctx, r: io.NewSectionReader(f, p.From, size-p.From), at: p.From, all: size, done: done})
}

const (
	// timesRead is what is looked through for times at one place: some hundred
	// entries. A call may be written down when it ends, with the time at which it
	// began: the latest of many is near the time of writing.
	timesRead = 256 << 10
	// searchStep is what is read too much, at most: a hundredth of a second's
	// work.
	searchStep = 1 << 20
)

// placeOf finds a place of the log before which all was written earlier than
// from, by halves; a log grows in the order of time.
func placeOf(f io.ReaderAt, size int64, from time.Time, timeOf func([]byte) time.Time) (int64, error) {
	low, high := int64(0), size
	for high-low > searchStep {
		mid := low + (high-low)/2
		latest, err := latestTime(f, mid, timeOf)
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

// latestTime is the latest time that the lines behind a place say; zero: there
// is none.
func latestTime(f io.ReaderAt, at int64, timeOf func([]byte) time.Time) (latest time.Time, err error) {
	piece := make([]byte, timesRead)
	n, err := f.ReadAt(piece, at)
	if err != nil && err != io.EOF {
		return latest, err
	}
	lines := bytes.Split(piece[:n], []byte("\n"))
	for i, line := range lines {
		if i == 0 && at > 0 || i == len(lines)-1 { // cut off
			continue
		}
		if t := timeOf(line); t.After(latest) {
			latest = t
		}
	}
	return latest, nil
}
