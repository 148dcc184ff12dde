package requestlog

import (
	"context"
	"fmt"
	"slices"
	"strings"
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
	sections, err := s.c.Collect(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, sec := range sections {
		s.last = sec.(*collectors.Requests)
		for _, b := range s.last.Buckets {
			s.take(b)
		}
	}
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

func TestEveryRowCountsOnce(t *testing.T) {
	s := newScene(t, 25_000, Options{})
	for range 5 {
		for range 7 {
			s.add(s.now)
		}
		s.tick()
	}
	s.count("GET /users/{id}", 25_035)
	if src := s.last.Source; src.Total != 25_035 || s.last.Backfilled != 1 || src.Latency != "handler time (before the log write)" {
		t.Errorf("got %+v, backfilled %v", src, s.last.Backfilled)
	}
	if n := len(s.last.Last); n != 100 || s.last.Last[0].ID != 25_035 || s.last.Last[99].ID != 24_936 {
		t.Errorf("last requests: %d, from %d", n, s.last.Last[0].ID)
	}
}

func TestBucketsAreAsWideAsTheyAreOld(t *testing.T) {
	s := newScene(t, 8000, Options{})
	s.tick()
	for _, b := range s.last.Buckets {
		want := time.Minute
		switch age := s.now.Sub(b.Start.Add(b.Width)); {
		case age < 9*time.Minute:
			want = time.Second
		case age > 11*time.Minute && age < 58*time.Minute:
			want = 10 * time.Second
		case age < 62*time.Minute:
			continue
		}
		if b.Width != want || b.Start.Unix()%int64(want.Seconds()) != 0 {
			t.Fatalf("bucket at %v, %v old, is %v wide, want %v", b.Start, s.now.Sub(b.Start), b.Width, want)
		}
	}
}

func TestOnlyTheWantedPastIsRead(t *testing.T) {
	s := newScene(t, 50_000, Options{Past: time.Hour})
	s.tick()
	s.count("GET /users/{id}", 3599)
	if s.last.Backfilled != 1 || s.last.Source.Total != 0 {
		t.Errorf("backfilled %v, total %d; want 1, and 0 for unknown", s.last.Backfilled, s.last.Source.Total)
	}
	all := newScene(t, 200_000, Options{All: true})
	all.tick()
	all.count("GET /users/{id}", 200_000)
}

func TestThePastComesInSectionsOfBoundedSize(t *testing.T) {
	s := newScene(t, 60_000, Options{Past: 24 * time.Hour})
	for i := range s.table.rows {
		s.table.rows[i].Time = s.now.Add(time.Duration(i-60_000) * 10 * time.Millisecond)
		s.table.rows[i].Path = fmt.Sprintf("/r%c%c", 'a'+i%10, 'a'+i/10%10)
	}
	ticks := 0
	for s.last == nil || s.last.Backfilled < 1 {
		s.tick()
		groups := 0
		for _, b := range s.last.Buckets {
			groups += len(b.Routes)
		}
		if groups > pastGroups+chunkRows {
			t.Errorf("tick %d: a section of %d routes in buckets, want at most %d and a chunk", ticks, groups, pastGroups)
		}
		ticks++
	}
	total := uint64(0)
	for _, g := range s.sum {
		total += g.Count
	}
	if total != 60_000 || ticks < 3 {
		t.Errorf("got %d rows in %d ticks, want all in some", total, ticks)
	}
}

func TestRowsThatAreHardToRead(t *testing.T) {
	s := newScene(t, 10, Options{})
	s.tick()
	s.add(s.now, func(r *db.RequestRow) { r.Status = 0 })
	s.add(s.now, func(r *db.RequestRow) { r.HasDuration = false })
	s.add(s.now, func(r *db.RequestRow) { r.Time = time.Time{} })
	s.add(s.now.AddDate(5, 0, 0))
	s.add(time.Unix(-1e11, 0))
	s.add(s.now, func(r *db.RequestRow) { r.Status = 503 })
	s.add(s.now, func(r *db.RequestRow) { r.Status = 404 })
	s.add(s.now.Add(-30 * time.Minute)) // late
	s.tick()
	s.count("GET /users/{id}", 18)
	g := s.sum["GET /users/{id}"]
	if g.StatusCount != 17 || g.Latency.Count() != 17 || g.ClientErrors != 1 || g.ServerErrors != 1 {
		t.Errorf("got %d with status, %d with latency, %d 4xx, %d 5xx; want 17, 17, 1, 1", g.StatusCount, g.Latency.Count(), g.ClientErrors, g.ServerErrors)
	}
	for key, want := range map[string]string{"status": "1 rows", "latency": "1 rows", "time": "1 rows", "odd time": "2 rows", "resolution": "process_time_ms"} {
		if !strings.HasPrefix(s.last.Missing[key], want) {
			t.Errorf("missing[%s] is %q, want %q…", key, s.last.Missing[key], want)
		}
	}
	for _, b := range s.last.Buckets {
		if b.Start.After(s.now) {
			t.Errorf("a bucket lies in the future: %v", b.Start)
		}
	}
}

func TestAClockInAnotherZone(t *testing.T) {
	s := newScene(t, 0, Options{})
	for i := range 100 {
		s.add(s.now.Add(2*time.Hour - time.Duration(100-i)*time.Second))
	}
	s.tick()
	s.count("GET /users/{id}", 100)
	if end := s.last.Buckets[len(s.last.Buckets)-1].Start; end.After(s.now) || s.now.Sub(end) > time.Minute {
		t.Errorf("newest bucket is at %v, now is %v", end, s.now)
	}
	if !strings.HasPrefix(s.last.Missing["clock"], "times are 2h0m0s ahead") {
		t.Errorf("missing[clock] is %q", s.last.Missing["clock"])
	}
}

func TestATableThatChanges(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*scene)
		state  string
		more   uint64 // rows counted after the change
	}{
		{"a lock is a state", func(s *scene) { s.table.err = db.ErrBusy }, "busy", 0},
		{"a file that is gone is a state", func(s *scene) { s.table.err = db.ErrGone }, "gone", 0},
		{"a table that is gone too", func(s *scene) { s.table.tables = nil; s.now = s.now.Add(2 * relookAfter) }, "gone", 0},
		{"rows deleted behind us", func(s *scene) { s.table.rows = s.table.rows[50:]; s.add(s.now) }, "ok", 1},
		{"emptied", func(s *scene) { s.table.rows = nil }, "emptied", 0},
		{"emptied, ids begin at 1", func(s *scene) { s.table.rows = nil; s.add(s.now); s.add(s.now) }, "truncated", 2},
		{"newest rows deleted", func(s *scene) { s.table.rows = s.table.rows[:90] }, "truncated", 0},
		{"made anew, and longer already", func(s *scene) {
			s.table.rows = nil
			for range 150 {
				s.add(s.now)
			}
		}, "replaced", 150},
		{"ids given anew", func(s *scene) {
			for i := range s.table.rows {
				s.table.rows[i].ID += 30
			}
		}, "replaced", 0},
		{"new columns", func(s *scene) {
			s.table.tables[0].Size = "response_size"
			s.now = s.now.Add(2 * relookAfter)
		}, "columns changed", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, 100, Options{})
			s.tick()
			s.tick()
			c.change(s)
			s.tick()
			s.state(c.state)
			s.count("GET /users/{id}", 100+c.more)
			if c.more == 0 && (c.state == "busy" || c.state == "gone") && !s.last.At.Before(s.now) {
				t.Errorf("a section of old data says it is of now")
			}
			s.table.err, s.table.tables = nil, []db.RequestTable{s.table0()}
			before := s.sum["GET /users/{id}"].Count
			s.add(s.now)
			s.tick()
			s.add(s.now)
			s.tick()
			s.state("ok")
			s.count("GET /users/{id}", before+2)
		})
	}
}

func (s *scene) table0() db.RequestTable {
	if len(s.table.tables) > 0 {
		return s.table.tables[0]
	}
	return mockloop
}

func TestNoTable(t *testing.T) {
	s := newScene(t, 0, Options{})
	s.table.tables = nil
	sections, err := s.c.Collect(context.Background())
	if err == nil || len(sections) != 0 {
		t.Errorf("got %v, %v; want an error that says what to do", sections, err)
	}
}

func TestGroups(t *testing.T) {
	s := newScene(t, 0, Options{GroupBy: "test_scenario"})
	s.add(s.now, func(r *db.RequestRow) { r.Group = "smoke" })
	s.add(s.now)
	s.tick()
	s.count("smoke", 1)
	s.count("(none)", 1)
	if s.last.Source.GroupBy != "test_scenario" {
		t.Errorf("got group %q", s.last.Source.GroupBy)
	}
}

func TestParseColumns(t *testing.T) {
	got, err := ParseColumns(mockloop, "time=ts, status=code,duration=took:us,size=")
	want := mockloop
	want.Time, want.Status, want.Duration, want.DurationUnit = "ts", "code", "took", time.Microsecond
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	if got, err := ParseColumns(mockloop, "duration_seconds=took"); err != nil || got.Duration != "took" || got.DurationUnit != time.Second {
		t.Errorf("got %+v, %v; want took in seconds", got, err)
	}
	for _, bad := range []string{"when=ts", "time", "duration=x:weeks", "path_ms=x"} {
		if _, err := ParseColumns(mockloop, bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestATableThatWasNamed(t *testing.T) {
	bare, mapped := db.RequestTable{Name: "REQUEST_LOGS"}, db.RequestTable{Name: "hits", Path: "p", Time: "ts"}
	over := db.RequestTable{Name: "request_logs", Status: "code"}
	want := mockloop
	want.Status = "code"
	for _, c := range []struct {
		name  string
		named db.RequestTable
		want  db.RequestTable
	}{
		{"its columns are found", bare, mockloop},
		{"columns that are named stand", over, want},
		{"one like no request log, with columns", mapped, db.RequestTable{Name: "hits", Path: "p", Time: "ts", ID: "rowid"}},
	} {
		s := newScene(t, 3, Options{Table: c.named})
		s.tick()
		if got := s.c.table; got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
		s.count("GET /users/{id}", 3)
	}
	s := newScene(t, 3, Options{Table: db.RequestTable{Name: "nothing"}})
	if _, err := s.c.Collect(context.Background()); err == nil || !strings.Contains(err.Error(), "--request-columns") {
		t.Errorf("got %v, want an error that names the flag", err)
	}
}

func TestAFileThatWasReplaced(t *testing.T) {
	s := newScene(t, 100, Options{})
	s.tick()
	s.table.err = db.ErrReplaced
	s.tick()
	s.state("replaced")
	s.table.err, s.table.rows = nil, nil
	s.table.tables[0].Name = "other_logs"
	s.add(s.now)
	s.tick()
	s.state("columns changed")
	s.count("GET /users/{id}", 101)
	if s.last.Source.Name != "other_logs" {
		t.Errorf("got source %s", s.last.Source.Name)
	}
}
