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
	db.Rooms

	mu       sync.Mutex // one question at a time
	e        *Engine
	pool     *pool
	c        *conn // nil behind Close
	name     string
	schema   *db.Schema
	shelf    *shelf
	overhead handlers             // what asking for the counters adds to them
	drawn    map[string]db.Values // by table and column
	perValue map[string]*float64  // live rows of one value, by table and columns
	blocks   map[string]string    // SQL of which range of its key a row was drawn with, by table
	brought  map[string]bool      // rows that statements asked for by key
}

var (
	_ db.Lab      = (*Lab)(nil)
	_ db.LabMaker = (*Engine)(nil)

	_ db.ScratchSweeper = (*Engine)(nil)
)

// Bounds of a Lab where its options give none. The sample shares the buffer
// pool with the application's pages, so it stays small.
const (
	defaultLabBytes = 32 << 20
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
	l := &Lab{e: e, schema: schema, Rooms: db.NewRooms(), drawn: map[string]db.Values{}, perValue: map[string]*float64{}, blocks: map[string]string{}, brought: map[string]bool{}}
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
			l.Leave(v.Name, "it cannot be made on the sample: "+err.Error())
		}
	}
}

var errLabClosed = errors.New("the what-if room is closed")

// roomOf is a table's room.
func (l *Lab) roomOf(table string) (*db.Room, error) {
	if l.c == nil {
		return nil, errLabClosed
	}
	return l.Of(table)
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
