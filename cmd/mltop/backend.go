package main

import (
	"context"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
	"mltop/ui"
)

// A backend is the dashboard's only door to the target.
type backend struct {
	*app
	samples chan collectors.Sample
	start   sync.Once
	stop    context.CancelFunc
	ended   chan struct{}

	searching sync.Mutex // held by Advise

	undone func() // called behind each undo; may be nil

	settling settling

	backfilled float64 // the sampler's: how much of the past was read

	mu      sync.Mutex // guards what follows
	events  []collectors.Event
	advice  advisor.Advice
	whole   bool // a search has come to its end
	atWork  bool // the advisor; what it found so far cannot be applied yet
	settled bool
}

func newBackend(a *app) *backend {
	b := &backend{app: a, samples: make(chan collectors.Sample), ended: make(chan struct{}), stop: func() {}}
	for _, text := range a.left {
		b.events = append(b.events, collectors.Event{At: time.Now(), Kind: "log", Text: text})
	}
	return b
}

// Next waits for the next sample; the first call starts the sampler.
func (b *backend) Next(ctx context.Context) (collectors.Sample, error) {
	b.start.Do(func() { b.run(ctx) })
	select {
	case s := <-b.samples:
		return s, nil
	case <-ctx.Done():
		return collectors.Sample{}, ctx.Err()
	}
}

func (b *backend) run(ctx context.Context) {
	ctx, b.stop = context.WithCancel(ctx)
	go func() {
		defer close(b.ended)
		b.sampler.Run(ctx, b.o.interval, func(s collectors.Sample) {
			b.take(s)
			b.forgetReplaced(s)
			b.mark(&s)
			select {
			case b.samples <- s:
			case <-ctx.Done():
			}
			if b.pastRead(s) {
				debug.FreeOSMemory() // reading the past took more than watching will
			}
		})
	}()
}

// Close ends the sampler and all that app holds.
func (b *backend) Close() error {
	started := true
	b.start.Do(func() { started = false })
	b.stop()
	if started {
		<-b.ended
	}
	b.awaitSearch()
	b.settling.end()
	return b.app.Close()
}

// searchEnds bounds how long a search that was stopped may clean up: its copy
// is removed and its measured statement interrupted.
const searchEnds = 5 * time.Second

// awaitSearch lets a search whose context has ended remove what it made.
func (b *backend) awaitSearch() {
	done := make(chan struct{})
	go func() {
		b.searching.Lock()
		//lint:ignore SA2001 it is only waited for
		b.searching.Unlock() //nolint:staticcheck // the same for golangci-lint
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(searchEnds):
	}
}

// forgetReplaced drops the advice on a file whose place another has taken.
func (b *backend) forgetReplaced(s collectors.Sample) {
	if !s.Replaced() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.advice, b.whole = advisor.Advice{}, false
}

// mark adds the markers of what mltop did since the last sample.
func (b *backend) mark(s *collectors.Sample) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.events) > 0 {
		s.Sections = append(slices.Clip(s.Sections), &collectors.Events{At: s.Time, List: b.events})
		b.events = nil
	}
}

func (b *backend) SetTick(d time.Duration) { b.sampler.SetTick(d) }

func (b *backend) Refresh() { b.sampler.Refresh() }

func (b *backend) Explain(ctx context.Context, q db.Query) (ui.Explanation, error) {
	p, _, err := b.plan(ctx, q, false)
	e := b.explanation(q, p, 0)
	if err == nil {
		e.Worst, _ = b.worstPlan(ctx, q, p)
	}
	return e, err
}

func (b *backend) Analyze(ctx context.Context, q db.Query) (ui.Explanation, error) {
	p, seconds, err := b.plan(ctx, q, true)
	if err != nil {
		return ui.Explanation{}, err
	}
	return b.explanation(q, p, time.Duration(*seconds*float64(time.Second))), nil
}

// explanation adds what the last run of the advisor says of the statement.
func (b *backend) explanation(q db.Query, p *db.Plan, elapsed time.Duration) ui.Explanation {
	b.mu.Lock()
	defer b.mu.Unlock()
	fp := db.QuotesOf(b.engine).Fingerprint(q.SQL)
	e := ui.Explanation{Fingerprint: fp, Plan: p, Elapsed: elapsed, Recommendations: about(b.advice, fp)}
	for _, d := range b.advice.Declined {
		if slices.ContainsFunc(d.Queries, b.work.calls(fp)) {
			e.Declined = append(e.Declined, d)
		}
	}
	return e
}

func (b *backend) Select(ctx context.Context, q db.Query, limit int) (db.Rows, error) {
	ctx, cancel := context.WithTimeout(ctx, b.o.timeout)
	defer cancel()
	return b.engine.Select(ctx, q, limit)
}

func (b *backend) Advise(ctx context.Context, progress func(advisor.Advice, db.Progress)) (advisor.Advice, error) {
	b.searching.Lock()
	defer b.searching.Unlock()
	b.setAtWork(true)
	defer b.setAtWork(false)
	defer b.sparing()()
	if err := b.watchFirst(ctx, progress); err != nil {
		return advisor.Advice{}, err
	}
	o := b.adviceOptions()
	o.Progress = func(soFar advisor.Advice, p db.Progress) {
		b.soFar(soFar)
		if progress != nil {
			progress(soFar, p)
		}
	}
	advice, err := b.advisor.Advise(ctx, b.work.statements(), b.seenNow(ctx), o)
	debug.FreeOSMemory() // a search takes more than watching will
	if err != nil {
		return advisor.Advice{}, err
	}
	b.mu.Lock()
	b.advice, b.whole = advice, true
	b.mu.Unlock()
	return advice, nil
}

// soFar keeps the beginning of a first search: what stands is offered at
// once. It does not take the place of what an earlier search found.
func (b *backend) soFar(advice advisor.Advice) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.whole {
		b.advice = advice
	}
}

func (b *backend) setAtWork(on bool) {
	b.mu.Lock()
	b.atWork = on
	b.mu.Unlock()
}

// watchFor is how long statements are watched before the first search: what
// is searched for in the first second is not what the application does.
const watchFor = 3 * time.Second

func (b *backend) watchFirst(ctx context.Context, progress func(advisor.Advice, db.Progress)) error {
	for b.queryLog != nil {
		seen := time.Since(b.began)
		if seen >= watchFor {
			return nil
		}
		if progress != nil {
			progress(advisor.Advice{}, db.Progress{Stage: "watching statements first", Done: float64(seen) / float64(watchFor)})
		}
		if err := sleep(ctx, min(watchFor-seen, time.Second)); err != nil {
			return err
		}
	}
	return nil
}

// pendingEvery is between two tries of an undo that was refused: each waits
// for the lock some seconds.
const pendingEvery = 15 * time.Second

func (b *backend) Log() []ui.LogLine { return b.log.list() }

// Export writes into the state folder: the folder one stands in may be
// anybody's.
func (b *backend) Export(name, text string) (string, error) {
	path := filepath.Join(b.o.paths.State, fileName(name))
	if err := replacePrivate(path, []byte(text)); err != nil {
		return "", err
	}
	return path, b.o.paths.Settle()
}

// fileName keeps letters, digits, dot and dash: a name made of a route or a
// statement leads nowhere else.
func fileName(name string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-':
			return r
		}
		return '_'
	}, name)
	return "export-" + strings.TrimLeft(clean, ".")
}
