package requestlog

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
)

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

// A writer in rollback mode locks its readers out again and again. The first
// look may meet it between two chunks of the past.
func TestALockBetweenTwoChunksLosesNoRow(t *testing.T) {
	const rows = 3*chunkRows + 7
	for _, busyAt := range [][]int{{1}, {2}, {3}, {4}, {2, 4, 5}, {1, 2, 3, 5}} {
		s := newScene(t, rows, Options{Past: 1000 * time.Hour})
		s.table.busyAt = busyAt
		for range len(busyAt) + 4 {
			if err := s.look(); err != nil && !errors.Is(err, db.ErrBusy) {
				t.Fatal(err)
			}
		}
		if s.last.Backfilled != 1 || s.last.State != "ok" {
			t.Errorf("locked at read %v: got %.2f of the past in state %q", busyAt, s.last.Backfilled, s.last.State)
		}
		s.count("GET /users/{id}", rows)
	}
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
