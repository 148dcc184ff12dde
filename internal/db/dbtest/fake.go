package dbtest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"mltop/internal/db"
)

// A Fake is an engine without a database: it answers what its fields hold and
// remembers what was asked of it. Dialect may be any engine's; it needs none
// for reading.
type Fake struct {
	db.Dialect
	Identity db.TargetID
	Now      db.Stats
	Catalog  *db.Schema
	Values   []db.Setting
	Plans    map[string]*db.Plan // by SQL; others are refused
	States   map[db.Object]db.State
	Held     []db.Holder
	File     string
	Rows     []db.RequestRow // by rising id
	Tables   []db.RequestTable
	// Fail is asked before everything, with the method's name; what it
	// answers is the method's error.
	Fail func(method string) error

	mu    sync.Mutex
	Steps []db.Step // those that Run carried out
}

var (
	_ db.Engine        = (*Fake)(nil)
	_ db.FileHolder    = (*Fake)(nil)
	_ db.RequestReader = (*Fake)(nil)
)

func (f *Fake) fails(method string) error {
	if f.Fail == nil {
		return nil
	}
	return f.Fail(method)
}

// ID answers Identity.
func (f *Fake) ID(context.Context) (db.TargetID, error) { return f.Identity, f.fails("ID") }

// Stats answers Now, with the time of the call.
func (f *Fake) Stats(context.Context) (db.Stats, error) {
	st := f.Now
	st.At = time.Now()
	return st, f.fails("Stats")
}

// Sessions answers none.
func (f *Fake) Sessions(context.Context) ([]db.Session, error) { return nil, f.fails("Sessions") }

// Schema answers Catalog.
func (f *Fake) Schema(context.Context) (*db.Schema, error) { return f.Catalog, f.fails("Schema") }

// Settings answers Values.
func (f *Fake) Settings(context.Context) ([]db.Setting, error) { return f.Values, f.fails("Settings") }

// Explain answers the plan of a statement that is known.
func (f *Fake) Explain(_ context.Context, q db.Query) (*db.Plan, error) {
	if err := f.fails("Explain"); err != nil {
		return nil, err
	}
	if p := f.Plans[q.SQL]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("explain: no such statement: %s", q.SQL)
}

// State answers what Run has left, and Absent for what nobody has set.
func (f *Fake) State(_ context.Context, o db.Object) (db.State, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s, ok := f.States[o]; ok {
		return s, f.fails("State")
	}
	return db.Absent, f.fails("State")
}

// Run puts a step's object from Before to After.
func (f *Fake) Run(ctx context.Context, s db.Step, progress func(db.Progress)) (db.Result, error) {
	if err := f.fails("Run"); err != nil {
		return db.Result{}, err
	}
	before, err := f.State(ctx, s.Object)
	if err != nil {
		return db.Result{}, err
	}
	if s.Before != "" && s.Before != before {
		return db.Result{Before: before}, fmt.Errorf("change %s: it is %q, not %q", s.Object.Name, before, s.Before)
	}
	if progress != nil {
		progress(db.Progress{Stage: "statement 1", Done: -1})
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.States == nil {
		f.States = map[db.Object]db.State{}
	}
	f.States[s.Object] = s.After
	f.Steps = append(f.Steps, s)
	return db.Result{Before: before, After: s.After}, nil
}

// Close answers only Fail's error.
func (f *Fake) Close() error { return f.fails("Close") }

// Path answers File.
func (f *Fake) Path() string { return f.File }

// Holders answers Held.
func (f *Fake) Holders(context.Context) ([]db.Holder, error) { return f.Held, f.fails("Holders") }

// RequestTables answers Tables.
func (f *Fake) RequestTables(context.Context) ([]db.RequestTable, error) {
	return f.Tables, f.fails("RequestTables")
}

// MaxRequestID is the last of Rows.
func (f *Fake) MaxRequestID(context.Context, db.RequestTable) (int64, error) {
	if len(f.Rows) == 0 {
		return 0, f.fails("MaxRequestID")
	}
	return f.Rows[len(f.Rows)-1].ID, f.fails("MaxRequestID")
}

// ReadRequests visits Rows as an engine would.
func (f *Fake) ReadRequests(_ context.Context, _ db.RequestTable, after, upto int64, limit int, newestFirst bool, visit func(*db.RequestRow) error) error {
	if err := f.fails("ReadRequests"); err != nil {
		return err
	}
	rows := slices.Clone(f.Rows)
	if newestFirst {
		slices.Reverse(rows)
	}
	for i := range rows {
		r := rows[i]
		if r.ID <= after || upto != 0 && r.ID > upto {
			continue
		}
		if limit--; limit < 0 {
			return nil
		}
		if err := visit(&r); err != nil {
			return err
		}
	}
	return nil
}
