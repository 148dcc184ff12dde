package advisor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
)

// table makes a table of 100,000 rows from column names.
func table(name string, columns ...string) *db.Table {
	t := &db.Table{Schema: "main", Name: name, RowID: "id", SQL: "…"}
	for _, c := range append([]string{"id"}, columns...) {
		t.Columns = append(t.Columns, db.Column{Name: c})
	}
	return t
}

// where makes a SELECT over one table from "a=", "b<", "order c", "a=7".
func where(table string, terms ...string) *db.Shape {
	b := db.Block{Relations: []db.Relation{{Table: table}}, Star: []int{0}}
	for _, t := range terms {
		if name, ok := strings.CutPrefix(t, "order "); ok {
			b.OrderBy = append(b.OrderBy, db.OrderTerm{Column: db.ColumnRef{Column: name}})
			continue
		}
		i := strings.IndexAny(t, "=<")
		op := db.PredEq
		if t[i] == '<' {
			op = db.PredRange
		}
		b.Predicates = append(b.Predicates, db.Predicate{Column: db.ColumnRef{Column: t[:i]}, Op: op, Constant: t[i+1:], Text: t})
	}
	return &db.Shape{Kind: db.KindSelect, Pure: true, Params: 1, Blocks: []db.Block{b}}
}

// world is a fake engine with one statement for each shape, called q0, q1, …
func world(tables []*db.Table, shapes ...*db.Shape) (*fakeEngine, Workload) {
	schema := &db.Schema{Tables: tables}
	e := &fakeEngine{objects: map[db.Object]db.State{}, schema: schema, shapes: map[string]*db.Shape{}}
	var w Workload
	for i, s := range shapes {
		text := fmt.Sprintf("q%d", i)
		e.shapes[text] = s
		w.Statements = append(w.Statements, Statement{
			Fingerprint: "f" + text, Name: text, Text: text, Examples: []string{text}, CallsPerHour: 36000,
		})
	}
	e.lab = &fakeLab{rows: 1e5, shapes: e.shapes, schema: schema, rowCost: 1e-6, refuse: map[string]error{}}
	return e, w
}

func newAdvisor(t *testing.T, e db.Engine, c Config) *Advisor {
	t.Helper()
	if c.StateDir == "" {
		c.StateDir = t.TempDir()
	}
	a := New(e, c)
	t.Cleanup(func() { _ = a.Close() })
	return a
}

func advise(t *testing.T, e *fakeEngine, w Workload, o Options) Advice {
	t.Helper()
	got, err := newAdvisor(t, e, Config{}).Advise(context.Background(), w, Seen{}, o)
	if err != nil {
		t.Fatalf("Advise: %v", err)
	}
	return got
}

// indexes lists the advised indexes as "t(a, b)".
func indexes(a Advice) []string {
	var out []string
	for _, r := range a.Recommendations {
		if r.Kind == KindCreateIndex {
			out = append(out, strings.TrimPrefix(r.Title, "Create index on "))
		}
	}
	slices.Sort(out)
	return out
}

func TestSearch(t *testing.T) {
	logs := table("logs", "path", "method", "status", "server", "ts")
	tests := []struct {
		name   string
		shapes []*db.Shape
		want   []string
	}{
		{"an equality asks for its column", []*db.Shape{where("logs", "path=")}, []string{"logs(path)"}},
		{"equality comes before the range", []*db.Shape{where("logs", "ts<", "server=")}, []string{"logs(server, ts)"}},
		{"the order follows the equality", []*db.Shape{where("logs", "server=", "order ts")}, []string{"logs(server, ts)"}},
		{"one index that serves three beats three",
			[]*db.Shape{where("logs", "server="), where("logs", "server=", "ts<"), where("logs", "server=", "order ts")},
			[]string{"logs(server, ts)"}},
		{"equality columns are put in the order that statements share",
			[]*db.Shape{where("logs", "path=", "method="), where("logs", "method="), where("logs", "method=", "ts<")},
			[]string{"logs(method, path)", "logs(method, ts)"}},
		{"a constant that belongs to the statement makes a partial index",
			[]*db.Shape{where("logs", "path=", "method=", "status<400")},
			[]string{"logs(path, method) where status<400"}},
		{"a statement that reads everything gets none", []*db.Shape{where("logs")}, nil},
		{"the row id needs no index", []*db.Shape{where("logs", "id=")}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, w := world([]*db.Table{logs}, tt.shapes...)
			got := indexes(advise(t, e, w, Options{}))
			if !slices.Equal(got, tt.want) {
				t.Errorf("advised %q, want %q", got, tt.want)
			}
		})
	}
}

func TestEveryStatementIsAnswered(t *testing.T) {
	logs := table("logs", "path", "ts")
	logs.Indexes = []*db.Index{{Table: "logs", Name: "by_ts", Columns: named([]string{"ts"})}}
	like := where("logs")
	like.Blocks[0].Predicates = []db.Predicate{{Column: db.ColumnRef{Column: "path"}, NoIndex: "leading wildcard"}}
	e, w := world([]*db.Table{logs}, where("logs", "path="), where("logs", "ts="), like)
	w.Statements = append(w.Statements, Statement{Name: "broken", Text: "SELEC 1"})
	got := advise(t, e, w, Options{})
	reasons := map[string]string{}
	for _, d := range got.Declined {
		for _, q := range d.Queries {
			reasons[q] = d.Reason
		}
	}
	for q, want := range map[string]string{
		"q1": "well served", "q2": "leading wildcard", "broken": "could not be parsed",
	} {
		if !strings.Contains(reasons[q], want) {
			t.Errorf("%s was declined with %q, want it to say %q", q, reasons[q], want)
		}
	}
	if reasons["q0"] != "" {
		t.Errorf("q0 was declined with %q although it has advice", reasons["q0"])
	}
}

func TestSearchMindsWhatAnIndexCosts(t *testing.T) {
	logs := table("logs", "path", "ts")
	t.Run("an index whose writes cost more than it saves is not offered", func(t *testing.T) {
		e, w := world([]*db.Table{logs}, where("logs", "path="))
		e.shapes["insert"] = &db.Shape{Kind: db.KindInsert, Writes: []db.Write{{Table: "logs", Kind: db.KindInsert}}}
		w.Statements[0].CallsPerHour = 1
		w.Statements = append(w.Statements, Statement{Name: "insert", Examples: []string{"insert"}, CallsPerHour: 1e6})
		got := advise(t, e, w, Options{})
		if len(got.Recommendations) != 0 {
			t.Errorf("advised %q for one call an hour against a million writes", indexes(got))
		}
	})
	t.Run("the budget bounds the bytes of all indexes together", func(t *testing.T) {
		e, w := world([]*db.Table{logs}, where("logs", "path="), where("logs", "ts="))
		got := advise(t, e, w, Options{Budget: 1_000_000}) // one column takes exactly this
		if len(indexes(got)) != 1 {
			t.Errorf("advised %q, want one index in the budget", indexes(got))
		}
		if why := fmt.Sprint(got.Declined); !strings.Contains(why, "fits into the --budget of 1 MB, of which other advice takes 1 MB: the smallest takes 1 MB") {
			t.Errorf("declined %s, want the budget to be the reason", why)
		}
	})
	t.Run("that OFFSET is slow hides no other reason", func(t *testing.T) {
		page := where("logs", "order ts")
		page.Blocks[0].Offset = true
		e, w := world([]*db.Table{logs}, page)
		why := fmt.Sprint(advise(t, e, w, Options{Budget: 1000}).Declined)
		if !strings.Contains(why, "fits into the --budget of 1 kB") || !strings.Contains(why, "; and OFFSET: the rows before it are read") {
			t.Errorf("declined %s, want the budget, and OFFSET beside it", why)
		}
	})
	t.Run("what the engine refuses is declined with its words", func(t *testing.T) {
		e, w := world([]*db.Table{logs}, where("logs", "path="))
		e.lab.refuse["logs(path)"] = errors.New("non-deterministic use of datetime()")
		got := advise(t, e, w, Options{})
		if len(got.Recommendations) != 0 || !strings.Contains(fmt.Sprint(got.Declined), "non-deterministic") {
			t.Errorf("advised %q, declined %v", indexes(got), got.Declined)
		}
	})
	t.Run("a statement that gets slower is named on the card", func(t *testing.T) {
		e, w := world([]*db.Table{logs}, where("logs", "path="), where("logs", "path="))
		e.lab.slow = map[string]float64{"q1": 200}
		w.Statements[1].CallsPerHour = 36
		got := advise(t, e, w, Options{})
		if len(got.Recommendations) != 1 || len(got.Recommendations[0].Warnings) != 1 || got.Recommendations[0].Warnings[0].Queries[0] != "q1" {
			t.Errorf("got %+v, want one card that warns of q1", got.Recommendations)
		}
	})
}

func TestTimeIsUp(t *testing.T) {
	logs := table("logs", "path", "ts", "server")
	e, w := world([]*db.Table{logs}, where("logs", "path="), where("logs", "ts="), where("logs", "server="))
	e.lab.onCost = func() { time.Sleep(20 * time.Millisecond) }
	got := advise(t, e, w, Options{Duration: 50 * time.Millisecond})
	if got.Partial == "" {
		t.Errorf("a run that was cut short does not say so: %+v", got)
	}
}

func TestABusyMachineGetsTheFirstIndexes(t *testing.T) {
	const given = 600 * time.Millisecond
	for _, tt := range []struct {
		name string
		held int           // the measurement that other work holds up
		by   time.Duration // for so long
	}{
		{"what is only assumed has the time that nothing else takes", 1, given / 2},
		{"what was measured just before time was up is offered", 5, 2 * given},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, w := world([]*db.Table{table("logs", "path", "ts", "server")}, where("logs", "path="), where("logs", "ts="), where("logs", "server="))
			for i := range w.Statements {
				w.Statements[i].Assumed = true
			}
			n := 0
			e.lab.onCost = func() {
				if n++; n == tt.held {
					time.Sleep(tt.by)
				}
			}
			if got := advise(t, e, w, Options{Duration: given}); len(indexes(got)) == 0 {
				t.Errorf("no index is advised, declined %+v, partial %q", got.Declined, got.Partial)
			}
		})
	}
}

func TestAnIndexIsCreditedWithWhatItAddsToThoseBeforeIt(t *testing.T) {
	logs := table("logs", "path", "ts", "server")
	e, w := world([]*db.Table{logs}, where("logs", "path=", "ts<"), where("logs", "path=", "order server"))
	got := advise(t, e, w, Options{})
	served := map[string]int{}
	for _, r := range got.Recommendations {
		for _, q := range r.Queries {
			served[q]++
		}
	}
	if len(indexes(got)) != 2 || served["q0"]+served["q1"] != 3 {
		t.Errorf("advised %q, serving %v; want two, of which only the first serves both", indexes(got), served)
	}
}

func TestAdviceIsTheSameInEveryRun(t *testing.T) {
	logs := table("logs", "path", "ts", "server", "status")
	ids := func() (out []string) {
		e, w := world([]*db.Table{logs}, where("logs", "path=", "ts<"), where("logs", "server=", "status<400"), where("logs", "path="))
		for _, r := range advise(t, e, w, Options{}).Recommendations {
			out = append(out, r.ID+" "+r.Statement)
		}
		return out
	}
	first := ids()
	for i := 0; i < 5; i++ {
		if got := ids(); !slices.Equal(got, first) {
			t.Fatalf("run %d gave %q, the first %q", i+2, got, first)
		}
	}
	if len(first) == 0 {
		t.Fatal("no advice at all")
	}
}
