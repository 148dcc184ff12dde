package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"mltop/internal/db"
)

// A Lab answers what-if questions in two rooms of its own: an empty copy of
// the schema in memory, which plans, and a copy of the rows in a temporary
// file, which measures. The live file is only ever read, in short chunks,
// while the Lab is made; with OnDemand, when a table is first asked for.
//
// On the copy an index is built once. A configuration is realised by taking
// index definitions out of the copy's catalog and putting them back: their
// pages stay, so that changing to another configuration takes milliseconds.
// Everything that a measured statement writes is rolled back.
type Lab struct {
	mu      sync.Mutex // one question at a time
	thread  *thread    // on which it is answered
	filler  *filler    // copies rows when a question needs them
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
}

var _ db.Lab = (*Lab)(nil)

// A room is one table of the copy.
type room struct {
	table    *db.Table
	rows     int64 // in the copy
	fullRows int64 // in the live file, estimated where complete is false
	complete bool
	filled   bool                  // or tried
	inserts  *[writeRounds]float64 // seconds a row, with the live indexes; nil: not measured yet
	why      string                // why it is not complete
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
		draws: map[string]*draw{}, runTime: defaultRunTime, thread: newThread(),
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
	if err := l.openCopy(ctx); err != nil {
		return err
	}
	l.filler = &filler{
		c: l.copy, src: src, facts: l.facts, rooms: l.rooms, progress: progress,
		maxBytes: o.MaxBytes, left: o.MaxTime,
		rng: rand.New(rand.NewPCG(uint64(o.Seed), 0x6d6c746f70)),
	}
	// A sample is drawn at once: which rows of one table are copied depends on
	// those of others.
	if o.OnDemand && l.facts.bytes <= o.MaxBytes {
		return nil
	}
	return l.fill(ctx, l.filler.order())
}

// fill copies the rows of some tables and builds their indexes.
func (l *Lab) fill(ctx context.Context, rooms []*room) error {
	if len(rooms) == 0 {
		return nil
	}
	err := l.copy.exec(ctx, "PRAGMA journal_mode = MEMORY")
	if err == nil {
		err = l.filler.fill(ctx, rooms)
	}
	if err == nil {
		_, err = on(l, func() (any, error) { return nil, l.finishRooms(ctx, rooms) })
	}
	if err != nil {
		for _, r := range rooms {
			l.leave(r.table.Name, "its rows could not be copied: "+err.Error())
		}
	}
	return err
}

// need fills the rooms of these tables that are still empty.
func (l *Lab) need(ctx context.Context, tables ...string) error {
	if l.copy == nil {
		return errLabClosed
	}
	var empty []*room
	for _, name := range tables {
		if r := l.rooms[strings.ToLower(name)]; r != nil && !r.filled && !slices.Contains(empty, r) {
			empty = append(empty, r)
		}
	}
	if err := l.fill(ctx, empty); err != nil {
		return fmt.Errorf("fill the what-if copy: %w", err)
	}
	return nil
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
func (l *Lab) LongestRead() time.Duration { return l.filler.longest }

// Clock names what runs are measured by.
func (l *Lab) Clock() string { return labClock }

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
	if l.thread != nil {
		l.thread.end()
	}
	l.thread = nil
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

// usable fills a statement's tables where they are empty, and says why they
// cannot be measured; nil when they can.
func (l *Lab) usable(ctx context.Context, s *db.Shape) error {
	if l.copy == nil {
		return errLabClosed
	}
	for _, name := range s.Tables() {
		key := strings.ToLower(name)
		if why := l.leftOut[key]; why != "" {
			return db.NotMeasuredf("table %s is not in the copy: %s", name, why)
		}
		if l.rooms[key] == nil {
			return db.NotMeasuredf("table %s is not in the copy", name)
		}
	}
	return l.need(ctx, s.Tables()...)
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
