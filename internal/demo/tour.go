package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Mltop is what the tour asks of mltop: the same questions and acts as the
// dashboard's keys.
type Mltop interface {
	// Verdict is the verdict line, and the route where Enter leads from it.
	Verdict(ctx context.Context) (Verdict, error)
	// Statement is the one in which a route spends most of its time.
	Statement(ctx context.Context, route string) (string, error)
	// Plan explains a statement, one line a node.
	Plan(ctx context.Context, statement string) ([]string, error)
	// Advise answers what would help a statement, best first.
	Advise(ctx context.Context, statement string) ([]Advice, error)
	// Apply carries out a piece of advice, on the Table and Columns that it
	// names now, and answers the journal's entry.
	Apply(ctx context.Context, a Advice) (entry string, err error)
	// Proof waits for the verdict on an entry from live requests.
	Proof(ctx context.Context, entry string) (string, error)
	Undo(ctx context.Context, entry string) error
	// Blocking waits until the verdict line names a session that others wait
	// for, and answers it.
	Blocking(ctx context.Context) (Blocking, error)
	// End ends the session that Blocking answered, and its transaction with it.
	End(ctx context.Context) error
	io.Closer
}

// A Blocking is the root of a tree of sessions that wait for each other.
type Blocking struct {
	Text    string // the verdict line
	Session string
	Idle    bool // in a transaction in which nothing runs
	Dies    string
	Waiting int // sessions behind it
}

// A Verdict is what is wrong, and where.
type Verdict struct {
	Text  string
	Route string
}

// Advice is a recommendation, as far as the tour tells of it.
type Advice struct {
	ID        string
	Title     string
	Reason    string
	Statement string
	Undo      string
	Table     string
	Columns   []string
	Gain      float64 // how many times faster mltop measured the statement
}

// TourOptions say how a tour is made.
type TourOptions struct {
	Engine Engine               // "" is SQLite; a server has one more scene
	Server []string             // command line of a process that calls Serve
	Client func(Ready) []string // of one that calls Client
	Attach func(ctx context.Context, r Ready) (Mltop, error)
	Calls  int           // of the star route in a phase; 0 is 200
	Wait   time.Duration // longest for a phase; 0 is two minutes
	// BreakAdvice spoils the advice before it is applied, so that a test can
	// see the tour fail; nil leaves it.
	BreakAdvice func(Advice) Advice
	// Load is the part of the calibrated load that is sent; 0 is all of it.
	Load float64
}

// lighter is the part of its load that a tour sends when it is made again:
// what else runs on the machine needs its part of the processor and the disk.
const lighter = 0.6

// Failed are the checks that failed in a tour that was made to its end.
type Failed []Check

func (f Failed) Error() string {
	var what []string
	for _, c := range f {
		what = append(what, c.What)
	}
	return "the tour did not show what it promises: " + strings.Join(what, "; ")
}

// onlyLatency reports whether no check failed but comparisons of latencies.
func (f Failed) onlyLatency() bool {
	return !slices.ContainsFunc(f, func(c Check) bool { return c.Kind != Latency })
}

// A tour is the story under way: what it runs, and what it has seen.
type tour struct {
	TourOptions
	out    io.Writer
	server *Server
	client *Load
	mltop  Mltop

	verdict   Verdict
	statement string
	advice    Advice
	entry     string
	blocking  Blocking
	heldSince time.Time
	seen      Seen
}

// A step of the story does one thing and says what it saw.
type step struct {
	name string
	do   func(context.Context) ([]string, error)
}

// steps are the story. Only where sessions wait for each other is there one
// that others wait for.
func (t *tour) steps() []step {
	story := []step{
		{"deploy", t.deploy},
		{"load", t.load},
		{"attach", t.attach},
		{"verdict", t.look},
		{"statement", t.findStatement},
		{"plan", t.planBefore},
		{"clients before", t.measureBefore},
		{"advice", t.advise},
		{"apply", t.apply},
		{"plan after", t.planAfter},
		{"clients after", t.measureAfter},
		{"proof", t.proof},
		{"undo", t.undo},
		{"clients again", t.measureAgain},
	}
	if !t.Engine.Server() {
		return story
	}
	return append(story, []step{
		{"back office", t.hold},
		{"verdict", t.findRoot},
		{"end", t.endRoot},
		{"clients freed", t.measureFreed},
	}...)
}

// Tour tells the story without a screen, printing each step, and answers nil
// only if the outside client saw the difference, the plan changed, and the
// undo restored schema and settings. When nothing but a comparison of
// latencies failed, something else may have had the processor: the tour is
// made once more, from its start, with less load and the same checks.
func Tour(ctx context.Context, o TourOptions, out io.Writer) error {
	err := tourOnce(ctx, o, out)
	var failed Failed
	if !errors.As(err, &failed) || !failed.onlyLatency() {
		return err
	}
	if _, err := fmt.Fprintf(out, "%-15s %s\n\n", "again", "only latencies were not as promised: the machine may have been busy; once more, with less load"); err != nil {
		return fmt.Errorf("tour: print a step: %w", err)
	}
	o.Load = lighter
	return tourOnce(ctx, o, out)
}

func tourOnce(ctx context.Context, o TourOptions, out io.Writer) (err error) {
	if o.Calls == 0 {
		o.Calls = 200
	}
	if o.Wait == 0 {
		o.Wait = 2 * time.Minute
	}
	if o.Load == 0 {
		o.Load = 1
	}
	if o.Engine == "" {
		o.Engine = SQLite
	}
	t := &tour{TourOptions: o, out: out}
	defer func() { err = errors.Join(err, t.close()) }()
	for _, s := range t.steps() {
		if err := t.tell(ctx, s); err != nil {
			return err
		}
	}
	return t.conclude()
}

// tell makes one step and prints it.
func (t *tour) tell(ctx context.Context, s step) error {
	said, err := s.do(ctx)
	if err != nil {
		return fmt.Errorf("tour, at %q: %w", s.name, err)
	}
	for i, line := range said {
		if i > 0 {
			s.name = ""
		}
		if _, err := fmt.Fprintf(t.out, "%-15s %s\n", s.name, line); err != nil {
			return fmt.Errorf("tour: print a step: %w", err)
		}
	}
	return nil
}

// conclude prints every check, and fails if one of them did.
func (t *tour) conclude() error {
	var failed Failed
	for _, c := range Judge(t.seen, t.Calls) {
		word := c.word()
		if word == "FAILED" {
			failed = append(failed, c)
		}
		if _, err := fmt.Fprintf(t.out, "%-15s %-6s %s: %s\n", "check", word, c.What, c.Got); err != nil {
			return fmt.Errorf("tour: print a check: %w", err)
		}
	}
	if len(failed) > 0 {
		return failed
	}
	return nil
}

func (c Check) word() string {
	switch {
	case c.OK:
		return "ok"
	case c.Kind == Aim:
		return "missed"
	}
	return "FAILED"
}

// close ends what the tour started, last first.
func (t *tour) close() error {
	var errs []error
	if t.mltop != nil {
		errs = append(errs, t.mltop.Close())
	}
	if t.client != nil {
		errs = append(errs, t.client.Stop())
	}
	if t.server != nil {
		errs = append(errs, t.server.Stop())
	}
	return errors.Join(errs...)
}
