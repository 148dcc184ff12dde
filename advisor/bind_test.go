package advisor

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
	"mltop/internal/db/sqlite"
)

func TestNoPartialIndexFromTheLiteralsOfSomeCalls(t *testing.T) {
	people := func(logged bool, ages ...int) (*fakeEngine, Workload) {
		e, w := world([]*db.Table{table("customers", "name", "age")}, where("customers", "name=", "age=1"))
		s := &w.Statements[0]
		s.Logged, s.Examples = logged, nil
		for i, age := range ages {
			text := fmt.Sprintf("call %d", i)
			e.shapes[text] = where("customers", fmt.Sprintf("name=n%d", i), fmt.Sprintf("age=%d", age))
			e.shapes[text].Params = 0
			s.Examples = append(s.Examples, text)
		}
		return e, w
	}
	tests := []struct {
		name    string
		logged  bool
		ages    []int
		partial bool
	}{
		{"one call of a log with a flag", true, []int{1}, false},
		{"two calls with the same flag are too few", true, []int{1, 1}, false},
		{"many calls of which one differs, not among those measured", true, []int{1, 1, 1, 7, 1, 1, 1}, false},
		{"the same in all of several calls", true, []int{1, 1, 1}, true},
		{"one query of a file, whose flag its writer chose", false, []int{1}, true},
		{"one query of a file with what looks like a parameter", false, []int{47}, false},
		{"two queries of a file with the same one", false, []int{47, 47}, false},
		{"three of them", false, []int{47, 47, 47}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, w := people(tt.logged, tt.ages...)
			b, err := bind(w.Statements[0], e, e.schema)
			if err != nil {
				t.Fatal(err)
			}
			if age := fmt.Sprintf("age=%d", tt.ages[0]); b.fixed[age] != tt.partial {
				t.Errorf("%s may be the condition of an index: %v, want %v", age, b.fixed[age], tt.partial)
			}
			got := strings.Join(indexes(advise(t, e, w, Options{})), "; ")
			if !tt.partial && (got == "" || strings.Contains(got, "WHERE")) {
				t.Errorf("advised %q, want an index without a condition", got)
			}
		})
	}
}

func TestMariaDBIsOfferedNoIndexWithACondition(t *testing.T) {
	s := &db.Schema{Tables: []*db.Table{table("logs", "at", "status")}}
	st := Statement{Text: "SELECT at FROM logs WHERE at > ? AND status >= 500", Examples: []string{"SELECT at FROM logs WHERE at > 7 AND status >= 500"}}
	for _, row := range []struct {
		dialect db.Dialect
		want    bool
	}{{sqlite.Dialect{}, true}, {postgres.Dialect{}, true}, {mysql.Dialect{}, false}} {
		b, err := bind(st, row.dialect, s)
		if err != nil {
			t.Fatal(err)
		}
		got := false
		for _, ix := range candidatesOf(b, s, nil) {
			got = got || ix.Where != ""
		}
		if got != row.want {
			t.Errorf("%s: a candidate with a condition: %v, want %v", row.dialect.Name(), got, row.want)
		}
	}
}

func TestAConditionSaysWhyItIsConstant(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Statement)
		texts  int
		want   string
	}{
		{"one query of a file", func(*Statement) {}, 1, "status<400 is taken as constant because the queries file has it so"},
		{"several of a file", func(*Statement) {}, 2, "because all of 2 different texts given have it so"},
		{"calls of a log", func(s *Statement) { s.Logged, s.Seen = true, 6000 }, 5, "because all of 6,000 calls logged have it so, in 5 different texts kept"},
		{"a guess", func(s *Statement) { s.Assumed = true }, 1, "assumed to be constant"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, w := world([]*db.Table{table("logs", "path", "method", "status")}, where("logs", "path=", "method=", "status<400"))
			s := &w.Statements[0]
			s.Examples = nil
			for i := range tt.texts {
				text := fmt.Sprintf("call %d", i)
				e.shapes[text] = where("logs", "path=", "method=", "status<400")
				e.shapes[text].Params = 0 // else a literal among placeholders is its writer's
				s.Examples = append(s.Examples, text)
			}
			tt.change(s)
			got := advise(t, e, w, Options{})
			if len(got.Recommendations) == 0 || !strings.Contains(got.Recommendations[0].Statement, "status<400") {
				t.Fatalf("advised %q, want a partial index", indexes(got))
			}
			if why := got.Recommendations[0].Reason; !strings.Contains(why, tt.want) {
				t.Errorf("advised because %q, want it to say %q", why, tt.want)
			}
		})
	}
}

// The weights of a queries file say how many calls a partial index serves.
func TestAPartialIndexIsCreditedWithTheCallsThatMeetItsCondition(t *testing.T) {
	const whole, found = 1.0, 1e-4 // what the fake lab takes without the index, and with it
	tests := []struct {
		name    string
		calls   []float64
		partial bool
		want    float64 // seconds a call with the partial index
		why     string
	}{
		{"nine of ten calls meet it", []float64{9000, 1000}, true, 0.9*found + 0.1*whole, "the condition of 90 % of its calls, by the weights given"},
		{"a text without calls counts for nothing", []float64{9000, 0}, true, found, "the condition of 100 % of its calls"},
		{"too few meet it", []float64{6, 4}, false, 0.6*found + 0.4*whole, ""},
		{"the weights are not known", nil, false, 0.5*found + 0.5*whole, ""},
		{"nor those of all texts", []float64{9000}, false, 0.5*found + 0.5*whole, ""},
		{"nothing is called", []float64{0, 0}, false, 0.5*found + 0.5*whole, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			jobs := table("jobs", "state", "due")
			e, w := world([]*db.Table{jobs}, where("jobs", "state=failed", "due=1"))
			e.lab.rows = whole / fakeRowSeconds
			s := &w.Statements[0]
			s.Examples, s.Calls = []string{"failed", "done"}, tt.calls
			for _, state := range s.Examples {
				e.shapes[state] = where("jobs", "state="+state, "due=1")
				e.shapes[state].Params = 0
			}
			b, err := bind(*s, e, e.schema)
			if err != nil {
				t.Fatal(err)
			}
			if b.fixed["state=failed"] != tt.partial {
				t.Errorf("state=failed may be the condition of an index: %v, want %v", b.fixed["state=failed"], tt.partial)
			}
			ix := db.Index{Name: "i", Table: "jobs", Columns: named([]string{"due"}), Where: "state=failed"}
			m, err := newWhatIf(e.lab).measure(context.Background(), b, db.Config{Add: []db.Index{ix}})
			if err != nil || math.Abs(m.value-tt.want) > 0.05*tt.want {
				t.Errorf("a call takes %g with it, %v; want %g", m.value, err, tt.want)
			}
			if why := b.whyConstant("state=failed"); !strings.Contains(why, tt.why) || (tt.why == "") != (why == "") {
				t.Errorf("the card says %q, want %q", why, tt.why)
			}
		})
	}
}

func TestAdviceKnowsTheTextsOfItsStatements(t *testing.T) {
	e, w := world([]*db.Table{table("customers", "name", "age")}, where("customers", "name="))
	w.Statements[0].Fingerprint, w.Statements[0].Text = "1bf02ab856ac7e86", "SELECT age FROM customers WHERE name = ?"
	if got := advise(t, e, w, Options{}).Texts["1bf02ab856ac7e86"]; got != w.Statements[0].Text {
		t.Errorf("got %q, want %q", got, w.Statements[0].Text)
	}
}
