package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
	"mltop/internal/demo"
	"mltop/internal/diagnose"
	"mltop/ui"
)

// runTour tells the demo's story without a screen.
func runTour(ctx context.Context, w *world, o *options, f demoFlags) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find mltop's own program: %w", err)
	}
	return demo.Tour(ctx, demo.TourOptions{
		Engine: demo.Engine(f.engine),
		Calls:  w.tourCalls,
		Server: f.server(self),
		Client: func(r demo.Ready) []string { return f.client(self, r, 0) },
		Attach: func(ctx context.Context, r demo.Ready) (demo.Mltop, error) { return attachTourist(ctx, w, o, r) },
	}, w.out)
}

// A tourist presses the same buttons as the dashboard's keys, through the
// same backend.
type tourist struct {
	*backend
	stopPump context.CancelFunc
	pumped   chan struct{}

	mu      sync.Mutex
	history *collectors.History
	entries map[string]advisor.Entry
	root    db.Session // the last that Blocking answered
}

func attachTourist(ctx context.Context, w *world, o *options, r demo.Ready) (demo.Mltop, error) {
	demoSettings(o, r)
	a, err := openApp(ctx, w, o, r.Database, purpose{changes: true})
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	t := &tourist{
		backend: newBackend(a), stopPump: stop, pumped: make(chan struct{}),
		history: collectors.NewHistory(0), entries: map[string]advisor.Entry{},
	}
	go t.pump(ctx)
	if w.guide != nil {
		return w.guide(t), nil
	}
	return t, nil
}

// pump takes samples into the history, as the dashboard does.
func (t *tourist) pump(ctx context.Context) {
	defer close(t.pumped)
	for {
		s, err := t.Next(ctx)
		if err != nil {
			return // only ctx ends it
		}
		t.mu.Lock()
		t.history.Put(s)
		t.mu.Unlock()
	}
}

// Close ends the watching.
func (t *tourist) Close() error {
	t.stopPump()
	<-t.pumped
	return t.backend.Close()
}

// The tour waits at most this long for what live requests must show, and
// looks this often.
const (
	tourPatience = 90 * time.Second
	tourLook     = 500 * time.Millisecond
	// proofPatience is twice what the verdict on a real gain takes.
	proofPatience = 45 * time.Second
	// tourSettles is how long live requests are watched before the verdict is
	// asked for: in the first seconds the past outweighs them.
	tourSettles = 10 * time.Second
)

// await looks at the history until see is content.
func (t *tourist) await(ctx context.Context, what string, see func(*collectors.History) bool) error {
	ctx, cancel := context.WithTimeout(ctx, tourPatience)
	defer cancel()
	for {
		t.mu.Lock()
		ok := see(t.history)
		t.mu.Unlock()
		if ok {
			return nil
		}
		if err := sleep(ctx, tourLook); err != nil {
			return fmt.Errorf("wait for %s: %w", what, err)
		}
	}
}

// Verdict is the verdict line, once it names a route and its statement: on a
// busy machine other routes wait, too, and lead to nothing that could be mended.
func (t *tourist) Verdict(ctx context.Context) (demo.Verdict, error) {
	var v demo.Verdict
	err := t.await(ctx, "a verdict", func(h *collectors.History) bool {
		if time.Since(t.began) < tourSettles {
			return false
		}
		for _, f := range t.findings(h, h.Latest().Time) {
			if f.Level > diagnose.OK && f.Route.Path != "" && f.Fingerprint != "" {
				v = demo.Verdict{Text: f.Text, Route: f.Route.String()}
				return true
			}
		}
		return false
	})
	return v, err
}

// Statement is the one in which a route spends most of its time.
func (t *tourist) Statement(ctx context.Context, route string) (string, error) {
	text := ""
	err := t.await(ctx, "a statement of "+route, func(h *collectors.History) bool {
		text = heaviest(h.Window(h.Latest().Time, verdictWindow), route)
		return text != ""
	})
	return text, err
}

// heaviest finds the statement of a route with the most time; "" when none is
// linked yet.
func heaviest(w collectors.Window, route string) string {
	best, most := "", 0.0
	for _, s := range w.Statements {
		for _, l := range w.Links {
			if l.Route == route && l.Fingerprint == s.Fingerprint && l.Seconds > most {
				best, most = cmp.Or(s.Example, s.Text), l.Seconds // what a server explains has its own placeholders
			}
		}
	}
	return best
}

// Plan explains a statement, one line a node.
func (t *tourist) Plan(ctx context.Context, statement string) ([]string, error) {
	e, err := t.Explain(ctx, db.Query{SQL: statement})
	if err != nil {
		return nil, err
	}
	var lines []string
	e.Plan.Walk(func(n *db.Node, depth int) {
		if depth > 0 {
			lines = append(lines, strings.Repeat("  ", depth-1)+planLine(n))
		}
	})
	return lines, nil
}

// planLine is a node in the engine's own words, with the table and the index
// where these words leave them out.
func planLine(n *db.Node) string {
	line := n.Raw
	if n.Table != "" && !strings.Contains(line, n.Table) {
		line += " on " + n.Table
	}
	if n.Index != "" && !strings.Contains(line, n.Index) {
		line += " by " + n.Index
	}
	return line
}

// Advise answers what would help a statement, best first.
func (t *tourist) Advise(ctx context.Context, statement string) ([]demo.Advice, error) {
	advice, err := t.backend.Advise(ctx, nil)
	if err != nil {
		return nil, err
	}
	var out []demo.Advice
	labels := t.work.labels()
	for _, r := range about(advice, db.QuotesOf(t.backend.engine).Fingerprint(statement)) {
		out = append(out, demo.Advice{
			ID: r.ID, Title: r.Title, Reason: labels.Replace(r.Reason), Statement: r.Statement, Undo: r.Undo, Table: r.Table, Columns: r.Columns, Gain: gainOf(r),
		})
	}
	return out, nil
}

// gainOf is how many times faster a recommendation was measured to be.
func gainOf(r advisor.Recommendation) float64 {
	if r.Estimate == nil || !(r.Estimate.After > 0) {
		return 0
	}
	return r.Estimate.Before / r.Estimate.After
}

// Apply carries out a piece of advice as it was given.
func (t *tourist) Apply(ctx context.Context, a demo.Advice) (string, error) {
	p, err := t.Preview(ctx, a.ID)
	if err != nil {
		return "", err
	}
	if r := p.Recommendation; r.Table != a.Table || !slices.Equal(r.Columns, a.Columns) {
		return "", errors.New("apply: this is not the advice that was given")
	}
	e, err := t.backend.Apply(ctx, a.ID, nil)
	if err != nil {
		return "", err
	}
	t.entries[e.ID] = e
	return e.ID, nil
}

// Proof waits for the verdict on an entry from live requests. One that is
// still open is told as it stands: it is the outside client who decides.
func (t *tourist) Proof(ctx context.Context, entry string) (string, error) {
	e := t.entries[entry]
	var v advisor.Verdict
	err := t.await(ctx, "a verdict on the change", func(h *collectors.History) bool {
		v = judged(h, e)
		return v.Outcome == advisor.OutcomeBetter || v.Outcome == advisor.OutcomeWorse || time.Since(e.SettledAt) > proofPatience
	})
	if err != nil {
		return "", fmt.Errorf("%w (so far: %s)", err, v.Text)
	}
	return v.Subject + " " + v.Text, t.Record(ctx, entry, v)
}

// judged is the dashboard's own verdict on a change.
func judged(h *collectors.History, e advisor.Entry) advisor.Verdict {
	now := h.Latest().Time
	w := h.Window(now, verdictWindow)
	return ui.JudgeChange(h, e, ui.Seen{Links: w.Links, Until: now, Live: func(fingerprint string) (string, bool) {
		i := slices.IndexFunc(w.Statements, func(s collectors.StatementWindow) bool { return s.Fingerprint == fingerprint })
		if i < 0 {
			return "", false
		}
		return firstWord(w.Statements[i].Name, w.Statements[i].Text), w.Statements[i].Source.Live
	}})
}

// Undo takes an entry back.
func (t *tourist) Undo(ctx context.Context, entry string) error {
	_, err := t.backend.Undo(ctx, entry, nil)
	return err
}
