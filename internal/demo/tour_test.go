package demo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// plainMltop does by hand what mltop does by advice, on the same file.
type plainMltop struct{ db *sql.DB }

func (p plainMltop) Close() error { return p.db.Close() }

func (p plainMltop) Verdict(context.Context) (Verdict, error) {
	return Verdict{"the star route is slow", StarRoute}, nil
}

func (p plainMltop) Statement(context.Context, string) (string, error) { return selectItems, nil }

func (p plainMltop) Plan(ctx context.Context, statement string) ([]string, error) {
	rows, err := queryRows(ctx, p.db, "EXPLAIN QUERY PLAN "+statement, 1)
	var lines []string
	for _, row := range rows {
		lines = append(lines, fmt.Sprint(row["detail"]))
	}
	return lines, err
}

func (p plainMltop) Advise(context.Context, string) ([]Advice, error) {
	return []Advice{{ID: "1", Title: "index", Undo: "DROP INDEX zz", Table: StarTable, Columns: []string{StarColumn}, Gain: 50}}, nil
}

func (p plainMltop) Apply(ctx context.Context, a Advice) (string, error) {
	_, err := p.db.ExecContext(ctx, fmt.Sprintf("CREATE INDEX zz ON %s(%s)", a.Table, strings.Join(a.Columns, ", ")))
	return "e1", err
}

func (p plainMltop) Proof(context.Context, string) (string, error) { return "faster", nil }

func (p plainMltop) Blocking(context.Context) (Blocking, error) {
	return Blocking{}, errors.New("SQLite has no sessions")
}

func (p plainMltop) End(context.Context) error { return errors.New("SQLite has no sessions") }

func (p plainMltop) Undo(ctx context.Context, _ string) error {
	_, err := p.db.ExecContext(ctx, "DROP INDEX zz")
	return err
}

// takeTour makes a short tour with real processes.
func takeTour(t *testing.T, calls int, spoil func(Advice) Advice) (string, error) {
	t.Helper()
	var out strings.Builder
	err := Tour(t.Context(), TourOptions{
		Server: as("server", "MLTOP_DEMO_DIR="+t.TempDir()),
		Client: func(r Ready) []string {
			return as("client", "MLTOP_DEMO_ADDRESS="+r.Address, fmt.Sprintf("MLTOP_DEMO_VIEWS=%v", r.ViewsPerSecond))
		},
		Attach: func(_ context.Context, r Ready) (Mltop, error) {
			return plainMltop{openOne(fileDSN(r.Database, "?_busy_timeout=10000"), nil)}, nil
		},
		Calls: calls, Wait: time.Minute, BreakAdvice: spoil,
	}, &out)
	return out.String(), err
}

func TestTheTourShowsWhatItPromises(t *testing.T) {
	out, err := takeTour(t, 50, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	// What clients see beside another program's load is an aim, and no failure.
	aims := strings.Count(out, "check           missed clients see it ten times faster")
	if n := strings.Count(out, "check "); n%10 != 0 || strings.Count(out, "check           ok")+aims < 10 {
		t.Errorf("want ten checks, all well in the last tour, got\n%s", out)
	}
}

func TestATourIsMadeAgainOnlyWhenLatenciesAloneFailed(t *testing.T) {
	latency, other := Check{What: "P95", Kind: Latency}, Check{What: "the plan changed"}
	for _, c := range []struct {
		name   string
		failed Failed
		want   bool
	}{
		{"the P95 did not fall", Failed{latency}, true},
		{"the plan did not change", Failed{other}, false},
		{"neither", Failed{latency, other}, false},
	} {
		if got := c.failed.onlyLatency(); got != c.want {
			t.Errorf("%s: made again %v, want %v", c.name, got, c.want)
		}
	}
}

func TestTheTourFailsWhenTheAdviceIsSpoiled(t *testing.T) {
	out, err := takeTour(t, 20, func(a Advice) Advice { a.Columns = []string{"qty"}; return a })
	var failed Failed
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want failed checks\n%s", err, out)
	}
	if what := "the plan changed"; !strings.Contains(err.Error(), what) {
		t.Errorf("got %v, want it to name %q", err, what)
	}
}

// seenWell is a tour that went as it should.
func seenWell() Seen {
	report := func(low, p95, high float64) Report {
		return Report{Routes: []RouteReport{{Route: StarRoute, Count: 200, P50: p95 / 4, P95: p95, P95Low: low, P95High: high}}}
	}
	return Seen{
		Before: report(0.3, 0.4, 0.6), After: report(0.01, 0.012, 0.02), Again: report(0.2, 0.4, 0.5),
		PlanBefore: []string{"SCAN i"}, PlanAfter: []string{"SEARCH i"}, PlanUndone: []string{"SCAN i"},
		DumpBefore: "d", DumpAfter: "d", Measured: 50,
	}
}

func TestATourIsJudgedByWhatClientsSawAndWhatIsLeft(t *testing.T) {
	for _, c := range []struct {
		name   string
		spoil  func(*Seen)
		failed string
	}{
		{"all as promised", func(*Seen) {}, ""},
		{"too few calls before", func(s *Seen) { s.Before.Routes[0].Count = 199 }, "calls before"},
		{"an error after", func(s *Seen) { s.After.Routes[0].Errors = 1 }, "calls after"},
		{"no calls of the star route after the undo", func(s *Seen) { s.Again.Routes = nil }, "calls after the undo; it climbed back after the undo"},
		{"a gain too small to be none of chance", func(s *Seen) { s.After.Routes[0].P95, s.After.Routes[0].P50 = 0.25, 0.1 }, "the P95 that clients see fell; it climbed back after the undo"},
		{"four times faster for clients fails nothing", func(s *Seen) { s.After.Routes[0].P95, s.After.Routes[0].P50 = 0.1, 0.025 }, ""},
		{"ten times by the median, where the disk held up some", func(s *Seen) { s.After.Routes[0].P95, s.After.Routes[0].P50 = 0.08, 0.008 }, ""},
		{"nine times by mltop's own measure", func(s *Seen) { s.Measured = 9 }, "mltop measured the statement ten times faster"},
		{"a gain that is not certain", func(s *Seen) { s.Before.Routes[0].P95Low = 0.015 }, "the P95 that clients see fell"},
		{"the same plan as before", func(s *Seen) { s.PlanAfter = s.PlanBefore }, "the plan changed"},
		{"no plan at all", func(s *Seen) { s.PlanAfter = nil }, "the plan changed"},
		{"another plan after the undo", func(s *Seen) { s.PlanUndone = s.PlanAfter }, "undo restored the plan"},
		{"an index left behind", func(s *Seen) { s.DumpAfter = "d2" }, "undo restored schema and settings"},
		{"no dump", func(s *Seen) { s.DumpBefore, s.DumpAfter = "", "" }, "undo restored schema and settings"},
	} {
		s := seenWell()
		c.spoil(&s)
		var failed []string
		for _, check := range Judge(s, 200) {
			if check.word() == "FAILED" {
				failed = append(failed, check.What)
			}
		}
		if got := strings.Join(failed, "; "); got != c.failed {
			t.Errorf("%s: failed %q, want %q", c.name, got, c.failed)
		}
	}
}

func TestAMissedAimIsSaid(t *testing.T) {
	s := seenWell()
	s.After.Routes[0].P50 = 0.025
	for _, check := range Judge(s, 200) {
		if check.Kind != Aim {
			continue
		}
		if got, want := check.word()+" "+check.Got, "missed 4.0 times, 100.0 ms to 25.0 ms"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		return
	}
	t.Error("no check is an aim")
}

func TestADumpShowsEachChangeOfSchemaAndSettings(t *testing.T) {
	path := t.TempDir() + "/a b?.db"
	db := openOne(fileDSN(path, ""), nil)
	defer db.Close()
	last := ""
	for _, change := range []string{
		"CREATE TABLE t(a)", "CREATE INDEX i ON t(a)", "DROP INDEX i", "PRAGMA journal_mode=WAL", "PRAGMA user_version=3", "ANALYZE",
	} {
		if err := run(t.Context(), db, change); err != nil {
			t.Fatal(err)
		}
		dump, err := Dump(t.Context(), SQLite, path)
		if err != nil {
			t.Fatal(err)
		}
		if dump == last {
			t.Errorf("the dump is the same after %s", change)
		}
		last = dump
		if err := run(t.Context(), db, "INSERT INTO t VALUES (1)"); err != nil {
			t.Fatal(err)
		}
		if again, err := Dump(t.Context(), SQLite, path); err != nil || again != dump {
			t.Errorf("after %s a row changed the dump from\n%s to\n%s (%v)", change, dump, again, err)
		}
	}
}
