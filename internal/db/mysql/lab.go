package mysql

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"mltop/internal/db"
)

// A Lab answers what-if questions on a sample of the rows, in a scratch
// database of the same server. The live tables are only read, in short pieces,
// while the sample is drawn; candidates are real indexes of the sample, and a
// cost is what the server's own counters say of a run there, scaled to the
// live tables.
//
// It has one connection, and keeps it: a lock of that connection's is how
// another mltop knows that the scratch database is in use.
type Lab struct {
	mu       sync.Mutex // one question at a time
	e        *Engine
	pool     *pool
	c        *conn // nil behind Close
	name     string
	schema   *db.Schema
	rooms    map[string]*room // by lower-case table name
	leftOut  map[string]string
	shelf    *shelf
	overhead handlers             // what asking for the counters adds to them
	drawn    map[string]db.Values // by table and column
	perValue map[string]*float64  // live rows of one value, by table and columns
	brought  map[string]bool      // rows that statements asked for by key
}

var (
	_ db.Lab      = (*Lab)(nil)
	_ db.LabMaker = (*Engine)(nil)

	_ db.ScratchSweeper = (*Engine)(nil)
)

// A room is one table of the sample.
type room struct {
	table    *db.Table
	rows     float64 // in the sample
	full     float64 // in the live table
	complete bool
	why      string             // why it is not complete
	parents  []string           // tables of which all rows are here that rows here refer to
	widths   map[string]float64 // bytes of a value, by lower-case column
	byKey    bool               // drawn along the primary key
	along    *db.ForeignKey     // drawn along this key; nil: not
}

// Bounds of a Lab where its options give none. The sample shares the buffer
// pool with the application's pages, so it stays small.
const (
	defaultLabBytes = 64 << 20
	defaultLabTime  = 30 * time.Second
	poolShare       = 4 // of the buffer pool the sample may take a quarter
	// labRunTime bounds one run on the sample.
	labRunTime = 5 * time.Second
)

// Lab draws the sample. Without the right to keep one it answers that rules
// are all there is.
func (e *Engine) Lab(ctx context.Context, o db.LabOptions, progress func(db.Progress)) (db.Lab, error) {
	if !o.AllowScratch {
		return nil, db.NotMeasuredf("rules only: %s plans no index that is not there, and a sample to build one on needs --allow-scratch (a database mltop_scratch_… on the server, dropped afterwards)", e.server.label())
	}
	if progress == nil {
		progress = func(db.Progress) {}
	}
	l, err := e.newLab(ctx)
	if err == nil {
		err = l.furnish(ctx, o, progress)
	}
	if err != nil {
		if l != nil {
			err = errors.Join(err, l.Close())
		}
		return nil, fmt.Errorf("draw a sample to try indexes on: %w", err)
	}
	return l, nil
}

// newLab sweeps what others left, and makes the scratch database.
func (e *Engine) newLab(ctx context.Context) (*Lab, error) {
	schema, err := e.Schema(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := e.SweepScratch(ctx); err != nil {
		return nil, err
	}
	l := &Lab{e: e, schema: schema, rooms: map[string]*room{}, leftOut: map[string]string{}, drawn: map[string]db.Values{}, perValue: map[string]*float64{}, brought: map[string]bool{}}
	if l.pool, err = openPool(e.scratchTarget(), e.o, labSession()); err != nil {
		return nil, err
	}
	if l.c, err = take(ctx, l.pool, "what-if", e.o.Trace); err != nil {
		return nil, errors.Join(explainError(e.target, err), l.pool.Close())
	}
	l.c.writes = true
	return l, explainScratch(e.target, l.makeScratch(ctx))
}

func (l *Lab) furnish(ctx context.Context, o db.LabOptions, progress func(db.Progress)) error {
	if o.MaxTime <= 0 {
		o.MaxTime = defaultLabTime
	}
	bytes, err := l.mayTake(ctx, o.MaxBytes)
	if err != nil {
		return err
	}
	f := &filler{l: l, rng: rand.New(rand.NewPCG(uint64(o.Seed), 0x6d6c746f70)), until: time.Now().Add(o.MaxTime), progress: progress}
	if err := f.fill(ctx, o.Tables, bytes); err != nil {
		return explainScratch(l.e.target, err)
	}
	l.shelf = newShelf(l)
	l.makeViews(ctx)
	return l.learnOverhead(ctx)
}

// mayTake is how many bytes the sample may have.
func (l *Lab) mayTake(ctx context.Context, asked int64) (int64, error) {
	v, err := l.c.variables(ctx, "innodb_buffer_pool_size")
	if err != nil {
		return 0, err
	}
	most := int64(defaultLabBytes)
	if asked > 0 {
		most = min(most, asked)
	}
	if n := number(v["innodb_buffer_pool_size"]); n != nil {
		most = min(most, int64(*n)/poolShare)
	}
	return most, nil
}

// makeViews makes the views that the sample's tables serve.
func (l *Lab) makeViews(ctx context.Context) {
	live, here := quoteAlways(l.e.server.Database)+".", quoteAlways(l.name)+"."
	for _, v := range l.schema.Views {
		if err := l.c.exec(ctx, strings.ReplaceAll(v.SQL, live, here)); err != nil {
			l.leftOut[strings.ToLower(v.Name)] = "it cannot be made on the sample: " + err.Error()
		}
	}
}

// LeftOut names the objects that the sample lacks, each with the reason.
func (l *Lab) LeftOut() map[string]string {
	out := map[string]string{}
	for name, why := range l.leftOut {
		out[name] = why
	}
	for _, r := range l.rooms {
		if r.why != "" && !r.complete {
			out[r.table.Name] = fmt.Sprintf("of its rows, but for %.0f of about %.0f: %s", r.rows, r.full, r.why)
		}
	}
	return out
}

var errLabClosed = errors.New("the what-if room is closed")

// usable says why a statement cannot be tried here; nil when it can.
func (l *Lab) usable(s *db.Shape) error {
	if l.c == nil {
		return errLabClosed
	}
	for _, name := range s.Tables() {
		if _, err := l.roomOf(name); err != nil {
			return err
		}
	}
	return nil
}

// roomOf is a table's room.
func (l *Lab) roomOf(table string) (*room, error) {
	if l.c == nil {
		return nil, errLabClosed
	}
	key := strings.ToLower(table)
	if why := l.leftOut[key]; why != "" {
		return nil, db.NotMeasuredf("table %s is not in the sample: %s", table, why)
	}
	if r := l.rooms[key]; r != nil {
		return r, nil
	}
	return nil, db.NotMeasuredf("table %s is not in the sample", table)
}

// method says whether the tables of a statement are whole.
func (l *Lab) method(s *db.Shape) db.Method {
	for _, name := range s.Tables() {
		if r := l.rooms[strings.ToLower(name)]; r != nil && !r.complete {
			return db.MethodSample
		}
	}
	return db.MethodCopy
}

// sample is how much of each table is here.
func (l *Lab) sample() db.Sample {
	s := db.Sample{}
	for key, r := range l.rooms {
		s[key] = db.SampleTable{Rows: r.rows, Full: r.full, Parents: r.parents}
	}
	return s
}

// Close drops the scratch database, on a connection of its own: the Lab's may
// be lost.
func (l *Lab) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.c == nil {
		return nil
	}
	errs := []error{l.c.release(), l.pool.Close()}
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
