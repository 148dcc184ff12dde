package ui

import (
	"context"
	"math"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/diagnose"
	"mltop/ui/chart"
)

// A State is what all panels draw from. The event loop owns it; panels read.
type State struct {
	Target  Target
	History *collectors.History
	Tick    time.Duration
	Self    collectors.Self
	Errors  map[string]string

	// What stands at the end of the window that is looked at.
	Snap     collectors.Snapshot
	Win      collectors.Window
	Findings []diagnose.Finding

	Advice   *advisor.Advice
	Advising string // what the advisor is doing; "" when it rests
	AdviseBy error
	course   advisor.Course // of the search under way
	enough   func()         // ends it with the best so far
	Entries  []advisor.Entry
	Verdicts map[string]advisor.Verdict // by entry
	Plans    map[string]planned         // by fingerprint
	Log      []LogLine
	Unlocked bool

	backend  Backend
	opts     Options
	ctx      context.Context
	inbox    chan tea.Msg
	now      time.Time
	attached time.Time
	last     time.Time // of the newest sample
	failure  error     // of Next
	paused   time.Time // zero: not paused
	behind   int       // samples since the pause
	cursor   time.Time // zero: live
	zoom     int
	zoomed   bool // the length of the time axis is settled
	metric   int  // the value that the chart shows; 0 is latency
	winSpan  time.Duration
	version  uint64
	memo     map[seriesKey][]float64
	heats    map[seriesKey][][]uint64
	applied  []string // entries made in this session

	labels    map[string]string // of statements, by fingerprint; see keepLabels
	liveSince time.Time         // first live statement
	partial   bool              // Advice is the best so far
	guardedAt time.Time         // last time the statements beside a change were looked at
	asked     time.Time         // last time the advisor was
	started   string            // what began its last search, in words
	adviceBy  string            // what began the one of Advice
	askedOf   map[string]bool   // fingerprints known then
	recheckAt time.Time         // when advice is looked at again; zero: nothing has changed
	gone      map[string]string // why advice no longer holds, by ID
	replaced  int               // how often another file has taken the target's place
	kpi       [14]float64
	diagnose  func(diagnose.Input) []diagnose.Finding
}

// planned is what Explain answered, or the error, or that it is under way.
type planned struct {
	Explanation
	err     error
	running bool
	at      time.Time
}

// zooms are the lengths of the time axis that z and Z walk through.
var zooms = [...]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}

// firstZoom is an hour: "slower than an hour ago" must be visible.
const firstZoom = 3

func newState(b Backend, t Target, o Options) *State {
	s := &State{
		Target: t, History: collectors.NewHistory(0), Tick: time.Second,
		Verdicts: map[string]advisor.Verdict{}, Plans: map[string]planned{}, labels: map[string]string{}, gone: map[string]string{},
		backend: b, opts: o, ctx: context.Background(), inbox: make(chan tea.Msg, 16),
		now: o.Now(), attached: o.Now(), zoom: firstZoom,
		diagnose: diagnose.Look,
		memo:     map[seriesKey][]float64{}, heats: map[seriesKey][][]uint64{},
	}
	for i := range s.kpi {
		s.kpi[i] = nan()
	}
	return s
}

// touch makes every cached drawing stale.
func (s *State) touch() { s.version++ }

// live reports whether the newest sample is shown.
func (s *State) live() bool { return s.cursor.IsZero() && s.paused.IsZero() }

// end is the instant that all panels show.
func (s *State) end() time.Time {
	switch {
	case !s.cursor.IsZero():
		return s.cursor
	case !s.paused.IsZero():
		return s.paused
	case s.last.IsZero():
		return s.now
	}
	return s.last
}

func (s *State) span() time.Duration { return zooms[s.zoom] }

// loading reports that nothing has been seen yet.
func (s *State) loading() bool { return s.last.IsZero() }

// stale answers the age of the newest sample when it is late; else 0.
func (s *State) stale() time.Duration {
	if s.last.IsZero() {
		return 0
	}
	// Three ticks: one may be slow, two are a pattern.
	if age := s.now.Sub(s.last); age > 3*s.Tick+time.Second {
		return age
	}
	return 0
}

func (s *State) put(sample collectors.Sample) {
	s.History.Put(sample)
	s.last, s.Self, s.Errors, s.failure = sample.Time, sample.Self, sample.Errors, nil
	if !s.paused.IsZero() {
		// Nothing is asked anew: seconds that were still filling at the pause
		// would change the picture that a user wanted to keep.
		s.behind++
		return
	}
	s.look()
	s.fitAxis()
}

// noPast is the time axis of what has none before the attach: an hour of it
// would be empty.
const noPast = 1

// fitAxis settles how long the time axis is, once it is known whether there are
// requests, whose log has a past.
func (s *State) fitAxis() {
	oldest, _ := s.History.Range()
	switch {
	case s.zoomed || s.requests() == nil && !s.noSource():
		return
	case s.noSource() && s.end().Sub(oldest) < zooms[noPast]:
		s.zoom = min(s.zoom, noPast)
		s.look()
	}
	s.zoomed = true
}

// look answers everything that panels draw anew, for the instant shown.
func (s *State) look() {
	s.touch()
	clear(s.memo)
	clear(s.heats)
	end := s.end()
	s.Snap = s.History.At(end)
	s.Win, s.winSpan = s.window(end)
	s.keepLabels()
	s.Findings = s.diagnose(diagnose.Input{
		History: s.History, Now: end, Window: s.winSpan, Advice: s.Advice,
		Entries: s.Entries, Thresholds: s.opts.Thresholds,
	})
	if s.unsettled() {
		s.Findings = slices.DeleteFunc(s.Findings, func(f diagnose.Finding) bool { return f.Level < diagnose.Crit })
	}
	s.readValues()
}

const (
	// verdictWaits bounds how long the first verdict waits for the past: a log
	// of millions of rows takes longer, and what is known is then said.
	verdictWaits = 5 * time.Second
	// verdictPast is how much of it a verdict needs: what was "an hour ago", and
	// some minutes around it.
	verdictPast = 65 * time.Minute
)

// unsettled reports that the verdict would soon be another one: requests, or
// that part of their past which tells what is slower than it was, are still
// being read. What is critical is said meanwhile.
func (s *State) unsettled() bool {
	if s.now.Sub(s.attached) >= verdictWaits {
		return false
	}
	if len(s.Snap.Requests) == 0 {
		return !diagnose.NoSource(s.Errors["requests"]) // a lock of the first look goes
	}
	oldest, _ := s.History.Range()
	return s.Snap.Requests[0].Backfilled < 1 && oldest.After(s.attached.Add(-verdictPast))
}

// enough is the number of requests from which a P95 says something.
const enough = 100

// window takes the newest twentieth of the time axis, so that tables follow
// what happens now, and more when too little happened in it.
func (s *State) window(end time.Time) (collectors.Window, time.Duration) {
	d := max(s.span()/20, 10*time.Second)
	if len(s.Snap.Requests) == 0 {
		d = s.span() // no length of it would hold enough of them
	}
	for {
		w := s.History.Window(end, d)
		if d >= s.span() || len(w.Requests) > 0 && w.Requests[0].Total.Count >= enough {
			return w, d
		}
		d = min(d*3, s.span())
	}
}

// requests is the headline source in the window; nil without one.
func (s *State) requests() *collectors.RequestWindow {
	if len(s.Win.Requests) == 0 {
		return nil
	}
	return &s.Win.Requests[0]
}

type seriesKey struct {
	m collectors.Metric
	d time.Duration
	n int
}

// series answers a metric over the time axis, once per sample.
func (s *State) series(m collectors.Metric, cells int) []float64 {
	return s.seriesOver(m, s.span(), cells)
}

func (s *State) seriesOver(m collectors.Metric, d time.Duration, cells int) []float64 {
	if s.loading() {
		return nil
	}
	start, end, n := s.columns(d, cells)
	k := seriesKey{m, d, n}
	if v, ok := s.memo[k]; ok {
		return v
	}
	v := s.History.Series(m, end, end.Sub(start), n)
	s.memo[k] = v
	return v
}

// columns cuts a span of time into columns of whole steps, so that the same
// request stays in the same column while time goes by. The steps are those
// of History's tiers.
func (s *State) columns(d time.Duration, cells int) (start, end time.Time, n int) {
	return columnsTo(s.end(), d, cells)
}

// columnsTo are the columns of a chart that ends with an instant.
func columnsTo(end time.Time, d time.Duration, cells int) (time.Time, time.Time, int) {
	tier := time.Second
	if d > time.Hour {
		tier = time.Minute
	} else if d > 10*time.Minute {
		tier = 10 * time.Second
	}
	step := (d/time.Duration(max(2*cells, 2)) + tier - 1) / tier * tier
	step = max(step, tier)
	n := max(int(d/step), 1)
	end = end.Truncate(step).Add(step)
	return end.Add(-time.Duration(n) * step), end, n
}

// heat answers counts by time and latency, of one route or of all requests,
// once per sample.
func (s *State) heat(r collectors.Route, cells int, bounds []float64) [][]uint64 {
	if s.loading() {
		return nil
	}
	start, end, n := s.columns(s.span(), (cells+1)/2)
	k := seriesKey{m: collectors.Metric{Route: r}, d: s.span(), n: n * len(bounds)}
	if v, ok := s.heats[k]; ok {
		return v
	}
	v := s.History.Heat(r, end, end.Sub(start), n, bounds)
	s.heats[k] = v
	return v
}

// frame is the time axis that all charts share.
func (s *State) frame(cells int) chart.Frame { return s.frameOver(s.span(), cells) }

func (s *State) frameOver(d time.Duration, cells int) chart.Frame {
	start, end, _ := s.columns(d, cells)
	f := chart.Frame{Graph: s.opts.Graph, Start: start, End: end, Marks: s.marks(start, end)}
	f.Start, f.End = f.Start.In(s.opts.Zone), f.End.In(s.opts.Zone)
	if s.live() {
		f.EndLabel = "now"
	}
	return f
}

// literals shows SQL as it was seen, or masked.
func (s *State) literals() bool { return s.opts.ShowLiterals }

func nan() float64 { return math.NaN() }
