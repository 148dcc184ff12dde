package sqlite

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

// A Lab answers what-if questions in two rooms of its own: an empty copy of
// the schema in memory, which plans, and a copy of the rows in a temporary
// file, which measures. The live file is only ever read, in short chunks,
// while the Lab is made.
//
// On the copy an index is built once. A configuration is realised by taking
// index definitions out of the copy's catalog and putting them back: their
// pages stay, so that changing to another configuration takes milliseconds.
// Everything that a measured statement writes is rolled back.
type Lab struct {
	mu      sync.Mutex // one question at a time
	dir     string
	copy    *conn
	plans   *planner
	schema  *db.Schema
	facts   liveFacts
	rooms   map[string]*room // tables of the copy by lower-case name
	leftOut map[string]string
	shelf   shelf
	draws   map[string]*draw // values for placeholders, by table
	runTime time.Duration    // bound of one measured run
	longest time.Duration    // read lock on the live file
}

var _ db.Lab = (*Lab)(nil)

// A room is one table of the copy.
type room struct {
	table    *db.Table
	rows     int64 // in the copy
	fullRows int64 // in the live file, estimated where complete is false
	complete bool
	why      string // why it is not complete
}

// Bounds of a Lab where its options give none.
const (
	defaultLabBytes = 256 << 20
	defaultLabTime  = 30 * time.Second
	defaultRunTime  = 10 * time.Second
)

// NewLab reads the schema, then rows until everything is copied or a bound is
// met. Objects that this SQLite cannot create are left out: see LeftOut.
func NewLab(ctx context.Context, src Source, o db.LabOptions, progress func(db.Progress)) (*Lab, error) {
	if progress == nil {
		progress = func(db.Progress) {}
	}
	o = labDefaults(o)
	facts, err := readLive(ctx, src)
	if err != nil {
		return nil, fmt.Errorf("read the schema for the what-if copy: %w", err)
	}
	l := &Lab{
		schema: facts.schema, facts: facts, rooms: map[string]*room{}, leftOut: map[string]string{},
		draws: map[string]*draw{}, runTime: defaultRunTime,
	}
	if err := l.furnish(ctx, src, o, progress); err != nil {
		return nil, errors.Join(fmt.Errorf("make the what-if copy: %w", err), l.Close())
	}
	return l, nil
}

func labDefaults(o db.LabOptions) db.LabOptions {
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultLabBytes
	}
	if o.MaxTime <= 0 {
		o.MaxTime = defaultLabTime
	}
	return o
}

// furnish makes both rooms.
func (l *Lab) furnish(ctx context.Context, src Source, o db.LabOptions, progress func(db.Progress)) error {
	var err error
	if l.plans, err = newPlanner(ctx, l.facts, l.leave); err != nil {
		return err
	}
	if l.dir, err = makeLabDir(o.Dir); err != nil {
		return err
	}
	if l.copy, err = newCopy(ctx, l.dir, l.facts, o.Tables, l.leave); err != nil {
		return err
	}
	l.addRooms(o.Tables)
	f := &filler{
		c: l.copy, src: src, facts: l.facts, rooms: l.rooms, progress: progress,
		maxBytes: o.MaxBytes, deadline: time.Now().Add(o.MaxTime),
		rng: rand.New(rand.NewPCG(uint64(o.Seed), 0x6d6c746f70)),
	}
	if err := f.fill(ctx); err != nil {
		return err
	}
	l.longest = f.longest
	progress(db.Progress{Stage: "building the existing indexes", Done: -1})
	return l.finishCopy(ctx)
}

// leave notes what could not be copied.
func (l *Lab) leave(name, why string) {
	key := strings.ToLower(name)
	if l.leftOut[key] == "" {
		l.leftOut[key] = why
	}
}

// LeftOut names the objects that are not in the copy, each with the reason.
func (l *Lab) LeftOut() map[string]string { return l.leftOut }

// A Share says how much of a table is in the copy.
type Share struct {
	Table     string
	Rows, Of  int64
	Complete  bool
	Why       string
	Estimated bool
}

// Shares lists the tables of the copy.
func (l *Lab) Shares() []Share {
	var out []Share
	for _, t := range l.schema.Tables {
		if r := l.rooms[strings.ToLower(t.Name)]; r != nil {
			out = append(out, Share{t.Name, r.rows, r.fullRows, r.complete, r.why, !r.complete})
		}
	}
	return out
}

// LongestRead is how long one statement of the fill held the live file's read
// lock at most.
func (l *Lab) LongestRead() time.Duration { return l.longest }

// Version is that of the SQLite that plans and measures here.
func (l *Lab) Version() string { return libraryVersion() }

// addRooms opens a room for every table that the copy has.
func (l *Lab) addRooms(tables []string) {
	for _, t := range l.schema.Tables {
		key := strings.ToLower(t.Name)
		if l.leftOut[key] == "" && wanted(tables, t.Name) && t.Unsupported == "" {
			l.rooms[key] = &room{table: t}
		}
	}
}

func wanted(tables []string, name string) bool {
	for _, t := range tables {
		if strings.EqualFold(t, name) {
			return true
		}
	}
	return tables == nil
}

// Close removes everything that the Lab made.
func (l *Lab) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	if l.plans != nil {
		errs = append(errs, l.plans.c.close())
	}
	if l.copy != nil {
		errs = append(errs, l.copy.close())
	}
	l.plans, l.copy = nil, nil
	releaseHeap()
	return errors.Join(append(errs, removeLabDir(l.dir))...)
}

var errLabClosed = errors.New("the what-if copy is closed")

// usable says why a statement's tables cannot be measured; nil when they can.
func (l *Lab) usable(s *db.Shape) error {
	if l.copy == nil {
		return errLabClosed
	}
	for _, name := range tablesOf(s) {
		key := strings.ToLower(name)
		if why := l.leftOut[key]; why != "" {
			return db.NotMeasuredf("table %s is not in the copy: %s", name, why)
		}
		if l.rooms[key] == nil {
			return db.NotMeasuredf("table %s is not in the copy", name)
		}
	}
	return nil
}

func tablesOf(s *db.Shape) []string {
	var names []string
	for _, b := range s.Blocks {
		for _, r := range b.Relations {
			if r.Table != "" {
				names = append(names, r.Table)
			}
		}
	}
	for _, w := range s.Writes {
		names = append(names, w.Table)
	}
	return names
}

// method says whether the tables of a statement are whole.
func (l *Lab) method(s *db.Shape) db.Method {
	for _, name := range tablesOf(s) {
		if r := l.rooms[strings.ToLower(name)]; r != nil && !r.complete {
			return db.MethodSample
		}
	}
	return db.MethodCopy
}
