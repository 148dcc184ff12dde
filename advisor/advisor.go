package advisor

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"mltop/internal/db"
)

// Config is what an Advisor is told about its surroundings.
type Config struct {
	StateDir   string // journals, dismissals and the last advice lie below it
	Path       string // of the target, as the user named it; kept in entries
	ReadOnly   bool   // changes are refused until SetReadOnly(false)
	Forbidden  bool   // --read-only: they cannot be allowed
	Production bool   // a change is confirmed by typing its object's name
	// MaxBlock is the longest that another process may wait for a change;
	// 0 is five seconds, the usual busy timeout; negative is no bound.
	MaxBlock time.Duration
	// Holders lists the processes that would wait; nil asks the engine.
	Holders func(context.Context) ([]db.Holder, error)
	// ByRule makes a lab that reckons, for when the engine has none to measure
	// in; nil: no index is advised then.
	ByRule func(context.Context, Facts) db.Lab
	Now    func() time.Time // nil: time.Now
	// Fault is called after every fsync and every statement, with the point's
	// name; a test kills the process in it. It may be nil.
	Fault func(point string)

	quiet time.Duration // 0: quietFor
}

// defaultMaxBlock is the busy timeout that most drivers set: whoever waits
// longer gets an error.
const defaultMaxBlock = 5 * time.Second

// An Advisor gives advice on one database and carries it out. What it
// remembers is owned by one goroutine; changes run one at a time, in the
// goroutine of the caller.
type Advisor struct {
	engine   db.Engine
	config   Config
	requests chan func(*memory)
	acts     chan struct{} // holds a token while a change runs
	quit     chan struct{}
	closed   sync.Once
}

// memory is what an Advisor knows between calls.
type memory struct {
	advice    map[string]Recommendation // by ID
	of        db.TargetID               // what advice is about
	readOnly  bool
	forbidden bool
	notes     []string
	confirmed string // see Confirm
}

// ErrClosed means that the Advisor has been closed.
var ErrClosed = errors.New("the advisor is closed")

// New starts an Advisor; Close ends it.
func New(e db.Engine, c Config) *Advisor {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Fault == nil {
		c.Fault = func(string) {}
	}
	if c.MaxBlock == 0 {
		c.MaxBlock = defaultMaxBlock
	}
	if c.quiet == 0 {
		c.quiet = quietFor
	}
	a := &Advisor{
		engine:   e,
		config:   c,
		requests: make(chan func(*memory)),
		acts:     make(chan struct{}, 1),
		quit:     make(chan struct{}),
	}
	go a.loop(&memory{
		advice:    map[string]Recommendation{},
		readOnly:  c.ReadOnly || c.Forbidden,
		forbidden: c.Forbidden,
	})
	return a
}

func (a *Advisor) loop(m *memory) {
	for {
		select {
		case f := <-a.requests:
			f(m)
		case <-a.quit:
			return
		}
	}
}

// do runs f in the goroutine that owns the memory, and waits for it.
func (a *Advisor) do(ctx context.Context, f func(*memory)) error {
	done := make(chan struct{})
	select {
	case a.requests <- func(m *memory) { f(m); close(done) }:
	case <-a.quit:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	<-done
	return nil
}

// Close ends the Advisor's goroutine. The engine is its maker's to close.
func (a *Advisor) Close() error {
	a.closed.Do(func() { close(a.quit) })
	return nil
}

// SetReadOnly allows or refuses changes; allowing them is itself refused
// under Config.Forbidden.
func (a *Advisor) SetReadOnly(ctx context.Context, on bool) error {
	var refused error
	err := a.do(ctx, func(m *memory) {
		if m.forbidden && !on {
			refused = errors.New("changes are forbidden by --read-only")
			return
		}
		m.readOnly = on
	})
	return errors.Join(err, refused)
}

// Notes says what the Advisor met that a user should know: a journal that
// could not be read and was kept aside.
func (a *Advisor) Notes(ctx context.Context) []string {
	var notes []string
	_ = a.do(ctx, func(m *memory) { notes = append(notes, m.notes...) })
	return notes
}

func (a *Advisor) note(ctx context.Context, text string) {
	if text == "" {
		return
	}
	_ = a.do(ctx, func(m *memory) {
		for _, n := range m.notes {
			if n == text {
				return
			}
		}
		m.notes = append(m.notes, text)
	})
}

// remember keeps advice on a target so that it can be applied by ID. Advice on
// what was there before, under the same name, is forgotten.
func (a *Advisor) remember(ctx context.Context, of db.TargetID, list []Recommendation) error {
	return a.do(ctx, func(m *memory) {
		if m.of != of {
			m.advice, m.of = map[string]Recommendation{}, of
		}
		for _, r := range list {
			m.advice[r.ID] = r
		}
	})
}

// recommendation finds advice by ID or by an unambiguous beginning of one:
// what this run gave, else what the last run on this target gave.
func (a *Advisor) recommendation(ctx context.Context, id string) (Recommendation, error) {
	now, err := a.id(ctx)
	if err != nil {
		return Recommendation{}, err
	}
	var found []Recommendation
	err = a.do(ctx, func(m *memory) {
		for key, r := range m.advice {
			if m.of == now && strings.HasPrefix(key, id) {
				found = append(found, r)
			}
		}
	})
	if err != nil {
		return Recommendation{}, err
	}
	if len(found) == 0 {
		found, err = a.savedAdvice(ctx, id)
	}
	return pickOne(id, found, err)
}

func (a *Advisor) savedAdvice(ctx context.Context, id string) ([]Recommendation, error) {
	s, err := a.store(ctx)
	if err != nil {
		return nil, err
	}
	saved, err := s.loadAdvice()
	var found []Recommendation
	for _, r := range slices.Concat(saved.Recommendations, saved.Beside) {
		if strings.HasPrefix(r.ID, id) {
			found = append(found, r)
		}
	}
	return found, err
}

func pickOne(id string, found []Recommendation, err error) (Recommendation, error) {
	switch {
	case err != nil:
		return Recommendation{}, err
	case id == "" || len(found) == 0:
		return Recommendation{}, errors.New("no advice is called " + quoted(id) + ": run advise first")
	case len(found) > 1:
		return Recommendation{}, errors.New("more than one advice begins with " + quoted(id))
	}
	return found[0], nil
}

func quoted(s string) string { return `"` + s + `"` }
