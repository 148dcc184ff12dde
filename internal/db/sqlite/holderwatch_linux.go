package sqlite

import (
	"context"
	"time"

	"mltop/internal/db"
)

const (
	// youngFor: a process opens its database while it starts.
	youngFor = 20 * time.Second
	// wholeEvery is the shortest time between two looks into every process;
	// where that takes long, it takes at most a wholeShare of the time.
	wholeEvery = 10 * time.Second
	wholeShare = 3000
)

// A holderWatch finds the processes that hold a file. Its methods are called
// by one goroutine at a time.
type holderWatch struct {
	path    string
	file    fileKey // which the rest is about
	seen    map[int]*seenProcess
	wholeAt time.Time
	took    time.Duration // of the last look into every process
	fds     fdReader
}

// A seenProcess is what the last look into a process told.
type seenProcess struct {
	first  time.Time // that it was there
	holder *db.Holder
	once   bool // it held the file once
	hidden bool // of another user
}

// look lists the processes that hold the file.
func (w *holderWatch) look(ctx context.Context) ([]db.Holder, error) {
	file, err := keyOf(w.path)
	if err != nil {
		return nil, problemOfStat(w.path, err)
	}
	pids, err := processesIn()
	if err != nil {
		return nil, db.NotMeasuredf("/proc cannot be read: %v", err)
	}
	began := time.Now()
	whole := w.begin(file, began)
	w.keep(pids, began)
	for _, pid := range pids {
		if err := ctx.Err(); err != nil {
			return w.list(pids), err
		}
		if p := w.seen[pid]; p.due(began, whole) {
			w.into(pid, p)
		}
	}
	if whole {
		w.wholeAt, w.took = began, time.Since(began)
	}
	return w.list(pids), w.unseen()
}

// begin reports whether every process is to be looked into: it is the first
// look, another file has taken the path, or it is time again.
func (w *holderWatch) begin(file fileKey, now time.Time) bool {
	if w.seen == nil || w.file != file {
		w.file, w.seen, w.wholeAt = file, map[int]*seenProcess{}, time.Time{}
	}
	return now.Sub(w.wholeAt) >= max(wholeEvery, wholeShare*w.took)
}

// keep forgets the processes that are gone, and takes in those that came. At
// the first look all count as old: they are looked into anyway.
func (w *holderWatch) keep(pids []int, now time.Time) {
	old := w.seen
	if len(old) == 0 {
		now = time.Time{}
	}
	w.seen = make(map[int]*seenProcess, len(pids))
	for _, pid := range pids {
		p := old[pid]
		if p == nil {
			p = &seenProcess{first: now}
		}
		w.seen[pid] = p
	}
}

// due: those that hold the file may have closed it, those that held it once
// open it again and again, and the young may be about to.
func (p *seenProcess) due(now time.Time, whole bool) bool {
	return whole || p.once || now.Sub(p.first) < youngFor
}

func (w *holderWatch) into(pid int, p *seenProcess) {
	holds, err := w.fds.holds(pid, w.file)
	p.hidden = forbidden(err)
	switch {
	case !holds:
		p.holder = nil
	case p.holder == nil:
		h := describe(pid)
		p.holder, p.once = &h, true
	}
}

func (w *holderWatch) list(pids []int) (out []db.Holder) {
	for _, pid := range pids {
		if h := w.seen[pid].holder; h != nil {
			out = append(out, *h)
		}
	}
	return out
}

// unseen says how many processes cannot be looked into.
func (w *holderWatch) unseen() error {
	hidden := 0
	for _, p := range w.seen {
		if p.hidden {
			hidden++
		}
	}
	if hidden == 0 {
		return nil
	}
	return db.NotMeasuredf("the open files of %d processes of other users cannot be seen: run mltop as the user that runs the application", hidden)
}
