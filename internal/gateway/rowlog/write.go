package rowlog

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// An away is a database that does not take rows.
type away struct {
	since time.Time
	next  time.Time // when to try again
	delay time.Duration
	err   error // of the last attempt
}

// run is the one writer.
func (l *Log) run() {
	defer close(l.ended)
	house := time.NewTicker(houseEvery)
	defer house.Stop()
	due := time.NewTimer(whenWoken)
	defer due.Stop()
	for {
		select {
		case <-l.queue.wake:
		case <-due.C:
		case <-house.C:
			l.keepHouse()
			continue
		case <-l.stop:
			l.finish()
			return
		}
		if wait := l.step(l.Rule().Every); wait > 0 {
			due.Reset(wait)
		} else {
			l.queue.rouse() // for the next batch; the house gets its turn between two
		}
	}
}

// step writes a batch that is full, or has waited so long; 0: it did. Where
// there is none it says when one is due.
func (l *Log) step(longest time.Duration) (wait time.Duration) {
	l.batch, wait = l.queue.take(l.batch[:0], l.Rule(), longest, time.Now())
	if len(l.batch) == 0 {
		return wait
	}
	if l.oldest.Load() == 0 {
		l.oldest.Store(l.batch[0].At.UnixNano())
	}
	l.flush(l.batch)
	clear(l.batch)
	return 0
}

// houseEvery is how often the writer looks what else there is to do: less
// than a batch waits.
const houseEvery = 100 * time.Millisecond

// finish writes what there is at the end.
func (l *Log) finish() {
	for l.step(0) == 0 {
	}
	if !l.spill.empty() {
		l.replay(time.Now().Add(l.store.limit)) // one more try: who stops may not come back soon
	}
}

// flush makes rows of entries and writes them.
func (l *Log) flush(batch []*Entry) {
	r, m := l.Rule(), l.mask.Load()
	l.number++
	b := block{writer: l.writer, number: l.number, rows: l.rows[:0]}
	for _, e := range batch {
		b.rows = append(b.rows, m.rowOf(e, r))
	}
	l.pool.giveBack(batch...)
	l.deliver(&b)
	clear(b.rows)
	l.rows = b.rows
	since := int64(0)
	if !l.spill.empty() {
		since = l.spillOldest()
	}
	l.oldest.Store(since) // at once: somebody may look
}

// deliver writes a block behind those that wait, or lets it wait with them.
// Where neither works it holds on to it: then the queue fills, and what is
// dropped is counted.
func (l *Log) deliver(b *block) {
	for {
		if l.spill.empty() && l.away == nil && l.try(b) {
			return
		}
		err := l.spill.add(b)
		if err == nil {
			l.counts.spilled.Add(uint64(len(b.rows)))
			return
		}
		if l.away != nil {
			err = fmt.Errorf("%w; %w", l.away.err, err)
		}
		l.note(err)
		if !l.pause(l.Rule().Pool.Delay) {
			l.counts.lost.Add(uint64(len(b.rows)))
			return
		}
		if l.retryNow() && (l.spill.empty() || l.replay(time.Now().Add(replayFor))) && l.away != nil && l.spill.empty() {
			if err = l.write(b); err == nil {
				return
			}
			l.failed(err)
		}
	}
}

// try writes a block, as often as the rule allows.
func (l *Log) try(b *block) bool {
	p := l.Rule().Pool
	for i, delay := 1, p.Delay; ; i, delay = i+1, 2*delay {
		err := l.write(b)
		if err == nil {
			return true
		}
		if i >= p.Attempts || l.store.kind.fate(err) == fateSetup || !l.pause(jitter(delay)) {
			l.failed(err)
			return false
		}
	}
}

// write writes a block once, and counts.
func (l *Log) write(b *block) error {
	refused, err := l.store.write(l.context(), b)
	if err != nil {
		l.counts.failures.Add(1)
		return err
	}
	l.counts.batches.Add(1)
	l.counts.written.Add(uint64(len(b.rows) - refused))
	if refused > 0 {
		l.refuse(refused, l.store.refusal)
	}
	l.back()
	return nil
}

// refuse counts rows that the table does not take, and says why, from time to
// time.
func (l *Log) refuse(rows int, err error) {
	l.counts.refused.Add(uint64(rows))
	why := reasonOf(err)
	l.refusal.Store(&why)
	if now := time.Now(); now.Sub(l.refusedAt) >= sayAgain {
		l.refusedAt = now
		l.say(fmt.Sprintf("request log: %s does not take a row: %s", l.target.Name, why))
	}
}

// sayAgain keeps what lasts from filling the events.
const sayAgain = time.Minute

// failed notes that the database does not take rows now.
func (l *Log) failed(err error) {
	now, p := time.Now(), l.Rule().Pool
	if l.away == nil {
		l.away = &away{since: now, delay: p.Delay}
		l.say(fmt.Sprintf("request log: %s does not take rows: %v; they go to %s", l.target.Name, err, l.Rule().Spill))
	} else {
		l.away.delay = min(2*l.away.delay, p.Check)
	}
	l.away.next, l.away.err = now.Add(jitter(l.away.delay)), err
	l.note(err)
}

// back notes that it does.
func (l *Log) back() {
	if l.away != nil {
		l.say(fmt.Sprintf("request log: %s takes rows again after %v", l.target.Name, time.Since(l.away.since).Round(time.Second/10)))
		l.away = nil
	}
	l.status.Store(&status{at: time.Now()})
}

func (l *Log) note(err error) {
	at := l.status.Load().at
	l.status.Store(&status{err: err, why: err.Error(), at: at})
}

// A status is how it stands with the database.
type status struct {
	err error
	why string
	at  time.Time // of the last block written
}

// jitter keeps many gateways from coming back at the same instant.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }

func (l *Log) retryNow() bool { return l.away == nil || !time.Now().Before(l.away.next) || l.ending() }

// replayFor is how long the queue may wait for old blocks.
const replayFor = 200 * time.Millisecond

// replay writes what waits in the spill file, in order, until a time; false:
// the database did not take a block.
func (l *Log) replay(until time.Time) bool {
	for time.Now().Before(until) {
		b, size, ok, err := l.spill.next()
		if err != nil {
			l.note(err)
			return false
		}
		if !ok {
			return true
		}
		if err := l.write(&b); err != nil {
			l.failed(err)
			return false
		}
		l.counts.replayed.Add(uint64(len(b.rows)))
		if err := l.spill.done(&b, size); err != nil {
			l.note(err)
			return false
		}
	}
	return true
}

// spillOldest is when the oldest request came that waits in the spill file.
func (l *Log) spillOldest() int64 {
	b, _, ok, err := l.spill.next()
	if !ok || err != nil {
		return 0
	}
	return b.oldest().UnixNano()
}
