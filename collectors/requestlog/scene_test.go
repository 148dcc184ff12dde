package requestlog

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"mltop/collectors"
	"mltop/internal/db"
)

// A fakeTable is a request table in memory, rows by rising id.
type fakeTable struct {
	rows   []db.RequestRow
	tables []db.RequestTable
	err    error
	reads  int
	busyAt []int // the reads that meet a lock, counted from 1
}

var mockloop = db.RequestTable{
	Schema: "main", Name: "request_logs", ID: "id", Time: "timestamp", Method: "method", Path: "path",
	Status: "status_code", Duration: "process_time_ms", DurationUnit: time.Millisecond,
}

func (f *fakeTable) RequestTables(context.Context) ([]db.RequestTable, error) { return f.tables, f.err }

func (f *fakeTable) MaxRequestID(context.Context, db.RequestTable) (int64, error) {
	if len(f.rows) == 0 {
		return 0, f.err
	}
	return f.rows[len(f.rows)-1].ID, f.err
}

func (f *fakeTable) ReadRequests(_ context.Context, _ db.RequestTable, after, upto int64, limit int, newestFirst bool, visit func(*db.RequestRow) error) error {
	f.reads++
	if slices.Contains(f.busyAt, f.reads) {
		return db.ErrBusy
	}
	if f.err != nil {
		return f.err
	}
	rows := slices.Clone(f.rows)
	if newestFirst {
		slices.Reverse(rows)
	}
	var row db.RequestRow // used again, as an engine does
	for _, r := range rows {
		if r.ID <= after || upto != 0 && r.ID > upto || limit == 0 {
			continue
		}
		limit--
		row = r
		if err := visit(&row); err != nil {
			return err
		}
	}
	return nil
}

// A scene is a table, a collector of it and a clock.
type scene struct {
	t     *testing.T
	now   time.Time
	table *fakeTable
	c     *Collector
	sum   map[string]*collectors.Group // by route, of all sections
	last  *collectors.Requests
}

func newScene(t *testing.T, rows int, o Options) *scene {
	s := &scene{t: t, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), table: &fakeTable{tables: []db.RequestTable{mockloop}}, sum: map[string]*collectors.Group{}}
	for i := range rows {
		s.add(s.now.Add(-time.Duration(rows-i) * time.Second))
	}
	o.Now = func() time.Time { return s.now }
	s.c = New(s.table, o)
	return s
}

func (s *scene) add(at time.Time, change ...func(*db.RequestRow)) {
	id := int64(1)
	if n := len(s.table.rows); n > 0 {
		id = s.table.rows[n-1].ID + 1
	}
	r := db.RequestRow{ID: id, Time: at.Truncate(time.Second), Method: "GET", Path: fmt.Sprintf("/users/%d", id), Status: 200, Duration: 20 * time.Millisecond, HasDuration: true}
	for _, f := range change {
		f(&r)
	}
	s.table.rows = append(s.table.rows, r)
}

// tick collects, a second later than before.
func (s *scene) tick() {
	s.t.Helper()
	s.now = s.now.Add(time.Second)
	if err := s.look(); err != nil {
		s.t.Fatal(err)
	}
}

// look collects as of now.
func (s *scene) look() error {
	sections, err := s.c.Collect(context.Background())
	for _, sec := range sections {
		s.last = sec.(*collectors.Requests)
		for _, b := range s.last.Buckets {
			s.take(b)
		}
	}
	return err
}

func (s *scene) take(b collectors.RequestBucket) {
	total := uint64(0)
	for _, r := range b.Routes {
		g := s.sum[r.Route.String()]
		if g == nil {
			g = newGroup()
			s.sum[r.Route.String()] = g
		}
		g.Count += r.Count
		g.StatusCount += r.StatusCount
		g.ClientErrors += r.ClientErrors
		g.ServerErrors += r.ServerErrors
		g.Latency.Merge(r.Latency)
		total += r.Count
	}
	if total != b.Total.Count {
		s.t.Errorf("bucket %v: routes count %d, total %d", b.Start, total, b.Total.Count)
	}
}

func (s *scene) count(route string, want uint64) {
	s.t.Helper()
	got := uint64(0)
	if g := s.sum[route]; g != nil {
		got = g.Count
	}
	if got != want {
		s.t.Errorf("%s: got %d requests, want %d (state %s, missing %v)", route, got, want, s.last.State, s.last.Missing)
	}
}

func (s *scene) state(want string) {
	s.t.Helper()
	if s.last.State != want {
		s.t.Errorf("got state %q, want %q", s.last.State, want)
	}
}

func (s *scene) table0() db.RequestTable {
	if len(s.table.tables) > 0 {
		return s.table.tables[0]
	}
	return mockloop
}
