package main

import (
	"context"
	"maps"
	"sync"
	"time"

	"mltop/collectors"
	"mltop/internal/export"
	"mltop/internal/loadtest"
	"mltop/internal/units"
	"mltop/internal/wire"
)

// A benchBeside watches a deployment while it is loaded. A nil one watches
// nothing.
type benchBeside struct {
	app     *app
	history *collectors.History
	stop    context.CancelFunc
	done    chan struct{}

	mu     sync.Mutex // of what follows, and of history
	seen   benchLooks
	errors map[string]string // of collectors
	ran    []wire.BenchTargetStatement
	ranOf  int // samples that ran is made of
}

// A benchLook is the target at one instant.
type benchLook struct {
	time time.Time
	wire.BenchTargetSecond
}

// attach begins to watch the target that --attach names.
func (b *bench) attach(ctx context.Context) (*benchBeside, error) {
	if b.f.attach == "" {
		return nil, nil
	}
	a, err := openApp(ctx, b.w, b.o, b.f.attach, purpose{})
	if err != nil {
		return nil, err
	}
	t := &benchBeside{app: a, history: collectors.NewHistory(0), done: make(chan struct{}), errors: map[string]string{}}
	ctx, t.stop = context.WithCancel(context.WithoutCancel(ctx)) // to the end of a test that is stopped
	go func() {
		defer close(t.done)
		a.sampler.Run(ctx, a.o.interval, t.put)
	}()
	return t, nil
}

// put takes a sample in; it is called from one goroutine.
func (t *benchBeside) put(s collectors.Sample) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.app.take(s)
	t.history.Put(s)
	now := t.history.Latest()
	t.seen.add(benchLook{s.Time, targetSecond(now)}) // with its monotonic time: clocks jump
	for name, why := range now.Errors {
		t.errors[name] = why
	}
}

func (t *benchBeside) close() error {
	if t == nil {
		return nil
	}
	t.stop()
	<-t.done
	return t.app.Close()
}

// tell puts what has been seen beside what was measured in the end.
func (t *benchBeside) tell(b *wire.Bench, began time.Time) {
	if t != nil {
		t.ran = nil
		t.tellLive(b, began)
	}
}

// tellLive does so while it goes on, on the same axis, and says anew what it
// shows. It may be called from anywhere.
func (t *benchBeside) tellLive(b *wire.Bench, began time.Time) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	out := &wire.BenchTarget{Name: t.app.name(), Engine: t.app.engine.Name(), Series: []wire.BenchTargetSecond{}, Errors: maps.Clone(t.errors)}
	b.Target = out
	if began.IsZero() { // the setup is under way
		return
	}
	for _, look := range t.seen.list {
		look.At = look.time.Sub(began).Seconds()
		out.Series = append(out.Series, look.BenchTargetSecond)
	}
	out.Statements = t.ranMeanwhile(b)
	b.Analysis = loadtest.Analyse(b)
}

// ranMeanwhile are the statements of a test's time, looked up once for each
// sample.
func (t *benchBeside) ranMeanwhile(b *wire.Bench) []wire.BenchTargetStatement {
	if t.ranOf != t.seen.taken || t.ran == nil {
		length := time.Duration((b.Warmup + b.Duration) * float64(time.Second))
		t.ranOf, t.ran = t.seen.taken, targetStatements(t.history.Window(b.Time.Add(length), length), t.app.o.showLiterals)
	}
	return t.ran
}

func targetSecond(s collectors.Snapshot) (out wire.BenchTargetSecond) {
	if y := s.System; y != nil {
		out.CPU, out.DiskRead, out.DiskWrite = y.CPURatio, y.DiskRead, y.DiskWrite
		out.DiskBusy = busiest(y.Disks)
		if y.MemTotal > 0 {
			v := float64(y.MemUsed) / float64(y.MemTotal)
			out.Memory = &v
		}
	}
	if d := s.Database; d != nil {
		out.Queries, out.QueryMean, out.Pool = d.QueriesPerSecond, d.MeanQuerySeconds, d.ConnectionPoolRatio
		out.Waiting = blocked(d)
	}
	return out
}

func busiest(disks []collectors.Device) *float64 {
	var most *float64
	for _, d := range disks {
		if d.Busy != nil && (most == nil || *d.Busy > *most) {
			most = d.Busy
		}
	}
	return most
}

// blocked counts sessions that wait for others; an engine without sessions
// has no such number.
func blocked(d *collectors.Database) *float64 {
	if len(d.Sessions) == 0 {
		return nil
	}
	n := 0.0
	for _, s := range d.Sessions {
		if len(s.BlockedBy) > 0 {
			n++
		}
	}
	return &n
}

// mostStatements of the target are told: the dearest.
const mostStatements = 10

func targetStatements(w collectors.Window, literals bool) []wire.BenchTargetStatement {
	out := []wire.BenchTargetStatement{}
	show := statementText(literals)
	for _, s := range w.Statements {
		if !s.Source.Live || len(out) == mostStatements || s.Fingerprint == "" {
			continue
		}
		one := wire.BenchTargetStatement{Text: show(s.StatementGroup), Route: s.Route, Calls: s.Calls, Seconds: s.Latency.Sum()}
		one.Share, one.P95 = measured(s.Share), measured(s.Latency.Quantile(.95))
		out = append(out, one)
	}
	return out
}

// measured is a value, or nil where there was none.
func measured(v float64) *float64 { return reasons{}.number("", v, "") }

func benchTargetTables(b *wire.Bench) []export.Table {
	if b.Target == nil {
		return nil
	}
	second := export.Table{Title: "Meanwhile, " + b.Target.Name, Columns: export.Cols(">second", ">answered", ">P95", ">CPU", ">disk", ">queries", ">mean", ">blocked")}
	for _, s := range b.Target.Series {
		answered, p95 := benchAt(b, s.At)
		second.Rows = append(second.Rows, []string{
			units.Digits(float64(int(s.At))), answered, p95, units.Or(s.CPU, units.Percent), units.Or(s.DiskBusy, units.Percent),
			units.Or(s.Queries, units.PerSecond), units.Or(s.QueryMean, units.Seconds), units.Or(s.Waiting, units.Digits),
		})
	}
	list := export.Table{Title: "Its statements", Columns: export.Cols(">share", ">calls", ">time", ">P95", "~statement"), Empty: "none is seen: mltop doctor shows how they can be"}
	for _, s := range b.Target.Statements {
		list.Rows = append(list.Rows, []string{units.Or(s.Share, units.Percent), units.Whole(int64(s.Calls)), units.Seconds(s.Seconds), units.Or(s.P95, units.Seconds), s.Text})
	}
	return []export.Table{second, list}
}

// benchAt is what the test measured at an instant.
func benchAt(b *wire.Bench, at float64) (answered, p95 string) {
	for _, s := range b.Series {
		if at >= s.At && at < s.At+s.Width {
			return units.PerSecond(float64(s.Answered) / s.Width), units.Or(s.Latency.P95, units.Seconds)
		}
	}
	return units.Unknown, units.Unknown
}
