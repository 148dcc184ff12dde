package rowlog

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// A Log takes entries from any goroutine. One writer writes them.
type Log struct {
	target Target
	rule   atomic.Pointer[Rule]
	mask   atomic.Pointer[mask]
	pool   *entryPool
	queue  *queue
	store  *store
	spill  *spill
	counts counts
	say    func(string) // what changes, in words

	writer    string // of its blocks
	number    int64
	batch     []*Entry // in hand, used again
	rows      []row    // made of them
	away      *away    // nil: the database answers
	tidied    bool     // old writers were forgotten
	status    atomic.Pointer[status]
	refusal   atomic.Pointer[string] // why the last row was refused; nil: none was
	refusedAt time.Time              // when that was last said
	oldest    atomic.Int64           // in Unix nanoseconds, of what is in hand; 0: nothing

	closing atomic.Bool
	stop    chan struct{}
	ended   chan struct{}
	limit   context.Context // of the end; set before stop is closed
	once    sync.Once
}

// counts are rows since the start.
type counts struct {
	written, dropped, spilled, replayed, refused, lost, deleted atomic.Uint64
	batches, failures, checks, checksFailed                     atomic.Uint64
}

// Open begins a log. A database that does not answer is no error: rows wait in
// the spill file. One that answers and refuses is.
func Open(ctx context.Context, t Target, r Rule, say func(string)) (*Log, error) {
	s, err := newStore(t, &r)
	if err != nil {
		return nil, err
	}
	l := &Log{
		target: t, pool: newEntryPool(r.Queue), queue: newQueue(), store: s, say: say, writer: newWriter(),
		stop: make(chan struct{}), ended: make(chan struct{}),
	}
	l.Follow(r)
	if err := l.first(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the request log %s: %w", t.Name, err), s.close())
	}
	if l.spill, err = openSpill(r.Spill, r.Most); err != nil {
		return nil, errors.Join(err, s.close())
	}
	if n := l.spill.rows.Load(); n > 0 {
		say(fmt.Sprintf("request log: %d rows of an earlier run wait in %s", n, r.Spill))
	}
	go l.run()
	return l, nil
}

// newWriter is a name that no other writer has.
func newWriter() string {
	var b [12]byte
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return hex.EncodeToString(b[:])
}

// first looks whether the database wants the rows at all.
func (l *Log) first(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.store.limit)
	defer cancel()
	err := l.store.prepare(ctx)
	if err != nil && l.store.kind.fate(err) == fateSetup {
		return err
	}
	l.status.Store(&status{})
	if err != nil {
		l.failed(err)
	}
	return nil
}

// Follow puts what can change into force while the log is open.
func (l *Log) Follow(r Rule) {
	r.Largest = r.largest()
	l.rule.Store(&r)
	l.mask.Store(newMask(r.Mask))
}

// Rule in force.
func (l *Log) Rule() *Rule { return l.rule.Load() }

// Entry lends an entry to fill in; nil: there is none left, and the request
// is counted as dropped.
func (l *Log) Entry() *Entry {
	if e := l.pool.get(); e != nil {
		return e
	}
	l.counts.dropped.Add(1)
	return nil
}

// Add hands an entry in. It never waits.
func (l *Log) Add(e *Entry) {
	switch {
	case l.closing.Load():
		l.pool.giveUp(e)
	case l.pool.hold(e):
		l.queue.add(e, l.Rule())
		return
	}
	l.counts.dropped.Add(1)
}

// Close writes what was handed in, or spills it, until ctx ends. Nothing may
// be handed in any more. The error says what is lost.
func (l *Log) Close(ctx context.Context) error {
	l.once.Do(func() {
		l.closing.Store(true)
		l.limit = ctx
		close(l.stop)
	})
	<-l.ended
	rows := l.spill.rows.Load()
	if rows > 0 {
		l.say(fmt.Sprintf("request log: %d rows wait in %s for the next start: %s", rows, l.spill.path, l.status.Load().why))
	}
	err := errors.Join(l.spill.close(), l.store.close())
	if n := l.counts.lost.Load(); n > 0 {
		err = errors.Join(fmt.Errorf("%d rows of the request log are lost: neither %s nor %s took them: %s", n, l.target.Name, l.spill.path, l.status.Load().why), err)
	}
	return err
}

// ending reports whether Close was called.
func (l *Log) ending() bool {
	select {
	case <-l.stop:
		return true
	default:
		return false
	}
}

// context is what bounds work: nothing, and at the end what Close was given.
func (l *Log) context() context.Context {
	if l.ending() {
		return l.limit
	}
	return context.Background()
}

// pause waits, or less when the log is being closed; false: no more waiting.
func (l *Log) pause(d time.Duration) bool {
	if l.ending() {
		return l.limit.Err() == nil && sleep(l.limit, min(d, closingPause))
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.stop:
	}
	return true
}

// closingPause: what is lost at the end waits for nothing else.
const closingPause = 50 * time.Millisecond

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Name of where it goes, without a password.
func (l *Log) Name() string { return l.target.Name }
