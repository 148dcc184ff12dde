package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"

	"mltop/internal/db"
)

// A sampleLab answers what-if questions where HypoPG does not: on a sample of
// the rows, in a scratch schema. The live tables are only read, in short
// pieces, while the sample is drawn; candidates are real indexes of the
// sample, and a cost is how many rows a run there read, scaled to the live
// tables.
type sampleLab struct {
	Lab // what is known of the live tables
	db.Rooms
	mu sync.Mutex

	pool    *sqlx.DB
	c       *conn // nil behind Close
	name    string
	schema  *db.Schema
	made    map[string]db.Index // candidates that are built, by name
	drawn   map[string]db.Values
	brought map[string]bool // rows that statements asked for by key
}

var _ db.Lab = (*sampleLab)(nil)

const (
	defaultLabBytes = 32 << 20
	defaultLabTime  = 30 * time.Second
	// labRunTime bounds one run on the sample.
	labRunTime = 5 * time.Second
)

// newSampleLab draws the sample.
func (e *Engine) newSampleLab(ctx context.Context, known *Lab, o db.LabOptions, progress func(db.Progress)) (*sampleLab, error) {
	if e.pooled.Load() {
		return nil, db.NotMeasuredf("rules only: a pooler stands between, and a sample needs a session of its own: attach to the server itself")
	}
	schema, err := e.Schema(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := e.SweepScratch(ctx); err != nil {
		return nil, err
	}
	l := &sampleLab{Lab: *known, schema: schema, Rooms: db.NewRooms(), made: map[string]db.Index{}, drawn: map[string]db.Values{}, brought: map[string]bool{}}
	if l.pool, l.c, err = e.openScratch(ctx); err != nil {
		return nil, err
	}
	if err := l.furnish(ctx, o, progress); err != nil {
		return nil, errors.Join(fmt.Errorf("draw a sample to try indexes on: %w", explainScratch(e.to, err)), l.Close())
	}
	return l, nil
}

// openScratch opens a connection that may write. Nothing on it runs long, and
// no question of ours takes more than one processor.
func (e *Engine) openScratch(ctx context.Context) (*sqlx.DB, *conn, error) {
	cfg := e.cfg.Copy()
	for name, value := range map[string]string{
		"default_transaction_read_only": "off", "statement_timeout": milliseconds(labRunTime), "lock_timeout": milliseconds(e.o.LockTimeout),
		"idle_in_transaction_session_timeout": milliseconds(2 * labRunTime), "standard_conforming_strings": "on", "max_parallel_workers_per_gather": "0", "jit": "off",
	} {
		cfg.RuntimeParams[name] = value
	}
	if e.hushes.Load() && !e.pooled.Load() {
		cfg.RuntimeParams["log_min_messages"] = "log"
	}
	pool := sqlx.NewDb(stdlib.OpenDB(*cfg), "pgx")
	pool.SetMaxOpenConns(1)
	raw, err := pool.Connx(ctx)
	if err != nil {
		return nil, nil, errors.Join(e.to.explain(err), pool.Close())
	}
	return pool, &conn{c: raw, trace: e.o.Trace, who: "what-if", writes: true}, nil
}

func (l *sampleLab) furnish(ctx context.Context, o db.LabOptions, progress func(db.Progress)) error {
	if o.MaxTime <= 0 {
		o.MaxTime = defaultLabTime
	}
	bytes := int64(defaultLabBytes)
	if o.MaxBytes > 0 {
		bytes = min(bytes, o.MaxBytes)
	}
	if err := l.makeScratch(ctx); err != nil {
		return err
	}
	f := &filler{l: l, rng: rand.New(rand.NewPCG(uint64(o.Seed), 0x6d6c746f70)), until: time.Now().Add(o.MaxTime), progress: progress}
	if err := f.fill(ctx, o.Tables, bytes); err != nil {
		return err
	}
	l.makeViews(ctx)
	return nil
}

// makeViews makes the views that the sample's tables serve: their texts name
// what the search path finds, and that is the sample.
func (l *sampleLab) makeViews(ctx context.Context) {
	for _, v := range l.schema.Views {
		if err := l.c.do(ctx, "CREATE VIEW "+quote(l.name)+"."+quote(v.Name)+" AS "+v.SQL); err != nil {
			l.Leave(v.Name, "it cannot be made on the sample: "+err.Error())
		}
	}
}

var errLabClosed = errors.New("the what-if room is closed")

func (l *sampleLab) roomOf(table string) (*db.Room, error) {
	if l.c == nil {
		return nil, errLabClosed
	}
	return l.Of(table)
}

// Try builds the index on the sample: the server itself says whether it takes
// it.
func (l *sampleLab) Try(ctx context.Context, ix db.Index) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.build(ctx, ix)
}

// WriteCost is a rule in the unit of Cost: one more entry is about one way down
// a tree.
func (l *sampleLab) WriteCost(_ context.Context, ix db.Index) (db.Estimate, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.roomOf(ix.Table); err != nil {
		return db.Estimate{}, err
	}
	return db.Estimate{Value: 1, Low: 0.5, High: 4, Unit: db.UnitRowsRead, Method: db.MethodRule}, nil
}

// Close drops the scratch schema, on a connection of its own: the Lab's may be
// lost.
func (l *sampleLab) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.c == nil {
		return nil
	}
	_ = l.c.c.Close() // one that broke was told of already
	errs := []error{l.pool.Close()}
	l.c = nil
	if l.name != "" {
		errs = append(errs, l.e.dropScratch(l.name))
	}
	return errors.Join(errs...)
}

// quietly gives a statement on the sample its time even when the caller stops
// waiting: the connection would be lost, and the sample with it.
func quietly(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 2*labRunTime)
}
