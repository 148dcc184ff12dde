package collectors

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
)

// counted is a server that answers what a test says, look by look.
type counted struct {
	looks []db.StatementTotals
	at    int
}

func (c *counted) StatementTotals(context.Context) (db.StatementTotals, error) {
	c.at++
	return c.looks[c.at-1], nil
}

func total(key, text string, calls, seconds float64) db.StatementTotal {
	rows, errors := 2*calls, 0.0
	return db.StatementTotal{Key: key, Text: text, Calls: &calls, Seconds: seconds, Rows: &rows, Errors: &errors}
}

func look(at int, since time.Time, evicted float64, list ...db.StatementTotal) db.StatementTotals {
	return db.StatementTotals{At: start.Add(time.Duration(at) * time.Second), Since: since, Evicted: &evicted, Source: "pg_stat_statements", List: list}
}

var start = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func TestTotalsBecomeWhatWasCalledMeanwhile(t *testing.T) {
	old := start.Add(-time.Hour)
	for _, row := range []struct {
		name          string
		before, after db.StatementTotals
		calls         uint64 // of select a from t where b = ?
		seconds       float64
		rows          int
		missing       string
	}{
		{"more calls", look(0, old, 0, total("1", "select a from t where b = $1", 10, 1)), look(2, old, 0, total("1", "select a from t where b = $1", 14, 3)), 4, 2, 1, ""},
		{"no call", look(0, old, 0, total("1", "select a from t where b = $1", 10, 1)), look(2, old, 0, total("1", "select a from t where b = $1", 10, 1)), 0, 0, 0, ""},
		{"a new statement", look(0, old, 0), look(2, old, 0, total("1", "select a from t where b = $1", 3, 1)), 3, 1, 1, ""},
		{"one text of two users", look(0, old, 0, total("1", "select a from t where b = $1", 1, 1)),
			look(2, old, 0, total("1", "select a from t where b = $1", 2, 2), total("2", "SELECT a FROM t WHERE b=$1", 5, 1)), 6, 2, 1, ""},
		{"one that made room and came back", look(0, old, 5, total("1", "select a from t where b = $1", 100, 9)),
			look(2, old, 6, total("1", "select a from t where b = $1", 7, 1)), 7, 1, 1, "found no room"},
		{"the server was reset", look(0, old, 0, total("1", "select a from t where b = $1", 10, 1)),
			look(2, start.Add(time.Second), 0, total("1", "select a from t where b = $1", 12, 3)), 12, 3, 1, "began anew"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := NewStatementTotals(&counted{looks: []db.StatementTotals{row.before, row.after}})
			first := collectOne(t, c)
			if len(first.Rows) != 0 || !first.Source.Live || first.Source.Kind != "pg_stat_statements" {
				t.Errorf("the first look: got %+v, want the source and no calls", first)
			}
			c.rest = time.Time{}
			got := collectOne(t, c)
			if len(got.Rows) != row.rows || got.Interval != 2*time.Second {
				t.Fatalf("got %d statements in %v, want %d in 2s", len(got.Rows), got.Interval, row.rows)
			}
			if row.rows == 1 {
				g := got.Rows[0]
				if g.Calls != row.calls || math.Abs(g.Latency.Sum()-row.seconds) > 1e-9 || g.Rows != 2*row.calls {
					t.Errorf("got %d calls, %v s, %d rows, want %d and %v s", g.Calls, g.Latency.Sum(), g.Rows, row.calls, row.seconds)
				}
				if mean := row.seconds / float64(row.calls); math.Abs(g.Latency.Mean()-mean) > 1e-9 || !math.IsNaN(g.Latency.Quantile(.95)) {
					t.Errorf("got a mean of %v and a P95 of %v, want %v and none", g.Latency.Mean(), g.Latency.Quantile(.95), mean)
				}
			}
			told := ""
			for _, why := range got.Missing {
				told += why
			}
			if !strings.Contains(told, row.missing) || row.missing == "" && told != "" {
				t.Errorf("said: got %q, want %q", told, row.missing)
			}
		})
	}
}

func collectOne(t *testing.T, c *StatementTotals) *Statements {
	t.Helper()
	list, err := c.Collect(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatalf("got %d sections, %v", len(list), err)
	}
	return list[0].(*Statements)
}

// What a server spent before mltop came is workload, and not of now.
func TestThePastOfTotals(t *testing.T) {
	since := start.Add(-10 * time.Hour)
	c := NewStatementTotals(&counted{looks: []db.StatementTotals{
		look(0, since, 0, total("1", "select 1 from t", 3600, 36)),
		look(1, since, 0, total("1", "select 1 from t", 3601, 37)),
	}})
	past, ok, err := c.Past(t.Context())
	if err != nil || !ok || past.Interval != 10*time.Hour || len(past.Rows) != 1 || past.Rows[0].Calls != 3600 {
		t.Fatalf("got %+v, %v, %v, want 3600 calls of 10 h", past, ok, err)
	}
	if now := collectOne(t, c); len(now.Rows) != 1 || now.Rows[0].Calls != 1 || now.Rows[0].Latency.Sum() != 1 {
		t.Errorf("behind it: got %+v, want one call", now.Rows)
	}
}

// Looks rest between, so that what they saw is of more than a second.
func TestTotalsOfAFewSecondsKeepTheirTime(t *testing.T) {
	for _, seconds := range []int{1, 2, 3, 5} {
		for _, sampled := range []bool{false, true} {
			at := func(n int, calls float64) db.StatementTotals {
				l := look(n, start.Add(-time.Hour), 0, total("1", "select 1 from t", calls, calls/4))
				if l.Sampled = sampled; sampled {
					l.List[0].Calls, l.List[0].Rows, l.List[0].Errors = nil, nil, nil
				}
				return l
			}
			c := NewStatementTotals(&counted{looks: []db.StatementTotals{at(0, 10), at(seconds, 21)}})
			h := NewHistory(0)
			for range 2 {
				c.rest = time.Time{}
				s := collectOne(t, c)
				h.Put(Sample{Time: s.At, Sections: []Section{s}})
			}
			w := h.Window(start.Add(time.Duration(seconds)*time.Second), time.Minute).Statements
			if len(w) != 1 || math.Abs(w[0].Latency.Sum()-2.75) > 1e-6 || !sampled && w[0].Calls != 11 || sampled && w[0].Calls != 0 {
				t.Errorf("%d s, sampled %v: got %+v, want 2.75 s", seconds, sampled, w)
			}
		}
	}
}

// A server is made to count while it is watched: its totals of before are not
// of now.
func TestAnotherSourceBeginsAnew(t *testing.T) {
	seen := look(0, start, 0)
	seen.Source, seen.Sampled = "pg_stat_activity, sampled", true
	c := NewStatementTotals(&counted{looks: []db.StatementTotals{seen, look(1, start.Add(-time.Hour), 0, total("1", "select 1 from t", 1000, 10)), look(2, start.Add(-time.Hour), 0, total("1", "select 1 from t", 1003, 11))}})
	for i, want := range []uint64{0, 0, 3} {
		c.rest = time.Time{}
		got := uint64(0)
		for _, r := range collectOne(t, c).Rows {
			got += r.Calls
		}
		if got != want {
			t.Errorf("look %d: got %d calls, want %d", i, got, want)
		}
	}
}

// Time without calls, as sampling sees it, keeps its share through History.
func TestSampledTimeHasAShareAndNoMean(t *testing.T) {
	sampled := func(at int, seconds float64) db.StatementTotals {
		return db.StatementTotals{At: start.Add(time.Duration(at) * time.Second), Source: "sampled", Sampled: true, List: []db.StatementTotal{
			{Key: "1", Text: "select 1", Seconds: seconds}, {Key: "2", Text: "select 2 from t", Seconds: seconds / 3}}}
	}
	c := NewStatementTotals(&counted{looks: []db.StatementTotals{sampled(0, 0), sampled(1, 0.75)}})
	h := NewHistory(0)
	for range 2 {
		c.rest = time.Time{}
		s := collectOne(t, c)
		h.Put(Sample{Time: s.At, Sections: []Section{s}})
	}
	w := h.Window(start.Add(time.Second), 0)
	if len(w.Statements) != 2 || math.Abs(w.Statements[0].Share-0.75) > 1e-9 || !math.IsNaN(w.Statements[0].Latency.Mean()) || w.Statements[0].Calls != 0 {
		t.Errorf("got %+v, want three quarters of the time, and no mean", w.Statements)
	}
}

// A look at thousands of totals is followed by a rest; a sample of the
// sessions, which is added up elsewhere, by a short one.
// The log of long calls and the looks at the sessions that see the short ones
// are two sources, which share the time.
func TestBesideALogOfLongCallsTheShortOnesHaveAShare(t *testing.T) {
	of := func(at int, long, short float64) db.StatementTotals {
		log := look(at, start, 0, total("1", "select a from t", long, 2*long))
		log.Source, log.Least = "slow log, ≥ 0.1 s", 0.1
		seen := look(at, start, 0, db.StatementTotal{Key: "2", Text: "update t set a = 1", Seconds: short})
		seen.Source, seen.Sampled = "PROCESSLIST, sampled", true
		log.Beside = &seen
		return log
	}
	c := NewStatementTotals(&counted{looks: []db.StatementTotals{of(0, 10, 5), of(10, 13, 7), of(20, 13, 8)}})
	h := NewHistory(0)
	for at := range 3 {
		c.rest = time.Time{}
		sections, err := c.Collect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		h.Put(Sample{Time: start.Add(time.Duration(10*at) * time.Second), Sections: sections})
	}
	shares := map[string]float64{}
	for _, w := range h.Window(start.Add(20*time.Second), 20*time.Second).Statements {
		shares[w.Text] = w.Share
		if w.Source.Sampled != (w.Calls == 0) {
			t.Errorf("%s: %d calls of the source %+v", w.Text, w.Calls, w.Source)
		}
	}
	if long, short := shares["select a from t"], shares["update t set a = ?"]; math.Abs(long-6.0/9) > 0.01 || math.Abs(short-3.0/9) > 0.01 {
		t.Errorf("got the shares %v, want two thirds for the log's and one for the short one", shares)
	}
}

func TestLooksRest(t *testing.T) {
	for _, row := range []struct {
		name    string
		took    time.Duration
		sampled bool
		want    time.Duration
	}{
		{"a quick look", 500 * time.Microsecond, false, 500 * time.Millisecond},
		{"a look of some milliseconds", 10 * time.Millisecond, false, statementRest},
		{"a slow look takes a fiftieth of the time", time.Second, false, 50 * time.Second},
		{"sums of samples", 2 * time.Millisecond, true, 100 * time.Millisecond},
	} {
		if got := restOf(row.took, row.sampled); got != row.want {
			t.Errorf("%s: got %v, want %v", row.name, got, row.want)
		}
	}
}

func TestAnExampleHoldsNoCredentials(t *testing.T) {
	c := NewStatementTotals(&counted{looks: []db.StatementTotals{{At: start, Since: start.Add(-time.Hour), List: []db.StatementTotal{total("1", "alter role bare password 'GEHEIM'", 1, 1)}}}})
	s, _, err := c.Past(t.Context())
	if err != nil || len(s.Rows) != 1 {
		t.Fatalf("got %+v, %v", s, err)
	}
	if got, want := s.Rows[0].Example, "alter role bare password '***'"; got != want {
		t.Errorf("kept %q, want %q", got, want)
	}
}
