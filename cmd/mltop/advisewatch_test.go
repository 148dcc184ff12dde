package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
)

func TestWhatHasChangedInAdvice(t *testing.T) {
	rec := func(id, severity string, saved float64) recommendationDoc {
		return recommendationDoc{ID: id, Title: "advice " + id, Severity: severity, Saved: &saved}
	}
	for _, c := range []struct {
		name    string
		known   []recommendationDoc
		now     adviceDoc
		partial bool
		fate    advisor.Fate // of a
		want    string
		left    int
	}{
		{"the first round is all new", nil, adviceDoc{Recommendations: []recommendationDoc{rec("a", "info", 1), rec("b", "info", 1)}}, false, advisor.Fate{}, "new a, new b", 2},
		{"the same again is no line", []recommendationDoc{rec("a", "info", 1)}, adviceDoc{Recommendations: []recommendationDoc{rec("a", "info", 1.5)}}, false, advisor.Fate{}, "", 1},
		{"three times the saving is one", []recommendationDoc{rec("a", "info", 1)}, adviceDoc{Recommendations: []recommendationDoc{rec("a", "info", 3)}}, false, advisor.Fate{}, "changed a", 1},
		{"and another severity", []recommendationDoc{rec("a", "info", 1)}, adviceDoc{Recommendations: []recommendationDoc{rec("a", "critical", 1)}}, false, advisor.Fate{}, "changed a", 1},
		{"what is not advised any more is gone", []recommendationDoc{rec("a", "info", 1)}, adviceDoc{}, false, advisor.Fate{Why: "x"}, "gone a (x)", 0},
		{"but not where time was up", []recommendationDoc{rec("a", "info", 1)}, adviceDoc{Recommendations: []recommendationDoc{rec("b", "info", 1)}}, true, advisor.Fate{}, "new b", 2},
		{"it says why where that is known", []recommendationDoc{rec("a", "info", 1)}, adviceDoc{Declined: []declinedDoc{{What: "advice a", Reason: "dismissed: no"}}}, false, advisor.Fate{}, "gone a (dismissed: no)", 0},
		{"what stands now was applied", []recommendationDoc{rec("a", "info", 1)}, adviceDoc{}, false, advisor.Fate{Applied: true, Why: "entry 7 of the journal"}, "applied a (entry 7 of the journal)", 0},
		{"also where time was up", []recommendationDoc{rec("a", "info", 1)}, adviceDoc{}, true, advisor.Fate{Applied: true}, "applied a", 0},
		{"what went away says what took its ground", []recommendationDoc{rec("a", "info", 1)}, adviceDoc{}, false, advisor.Fate{Why: "table t is gone"}, "gone a (table t is gone)", 0},
		{"and that it was not applied, where nothing else is known", []recommendationDoc{rec("a", "info", 1)}, adviceDoc{}, false, advisor.Fate{}, "gone a (not applied: nothing seen now gains enough by it)", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			fates := map[string]advisor.Fate{"a": c.fate}
			var got []string
			for _, x := range adviceChanges(c.known, c.now, c.partial, fates) {
				line := x.Change + " " + x.Recommendation.ID
				if x.Reason != "" && x.Change != adviceChanged {
					line += " (" + x.Reason + ")"
				}
				got = append(got, line)
			}
			if left := remembered(c.known, c.now, c.partial, fates); strings.Join(got, ", ") != c.want || len(left) != c.left {
				t.Errorf("got %q and %d remembered, want %q and %d", strings.Join(got, ", "), len(left), c.want, c.left)
			}
		})
	}
}

// A firstLine cancels once a line has been written.
type firstLine struct {
	text   strings.Builder
	cancel func()
}

func (f *firstLine) Write(p []byte) (int, error) {
	f.cancel()
	return f.text.Write(p)
}

func TestASignalEndsTheWatchInOrder(t *testing.T) {
	dir := t.TempDir()
	path, queries := filepath.Join(dir, "shop.db"), filepath.Join(dir, "hot.sql")
	d, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Exec(`CREATE TABLE items(id INTEGER PRIMARY KEY, order_id INT);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO items SELECT i, i * 7919 % 5000 FROM n`)
	if err := errors.Join(err, d.Close(), os.WriteFile(queries, []byte("SELECT * FROM items WHERE order_id = 4711;"), 0o600)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out := &firstLine{cancel: cancel}
	var said strings.Builder
	w := &world{
		in: strings.NewReader(""), out: out, err: &said, terminal: func() bool { return false }, width: func() int { return 0 }, height: func() int { return 0 },
		getenv: func(name string) string { return map[string]string{"XDG_STATE_HOME": dir, "HOME": dir}[name] },
	}
	if code := run(ctx, w, []string{"advise", path, "--queries", queries, "--interval", "100ms", "--watch"}); code != exitOK || !strings.Contains(out.text.String(), "+ ") {
		t.Errorf("got code %d, %q and %q; want 0 and a line of new advice", code, out.text.String(), said.String())
	}
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("it ended by %v, not by the signal", err)
	}
}
