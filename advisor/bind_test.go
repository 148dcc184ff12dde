package advisor

import (
	"fmt"
	"strings"
	"testing"

	"mltop/internal/db"
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
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, w := people(tt.logged, tt.ages...)
			b, err := bind(w.Statements[0], e, e.schema)
			if err != nil {
				t.Fatal(err)
			}
			if b.fixed["age=1"] != tt.partial {
				t.Errorf("age=1 may be the condition of an index: %v, want %v", b.fixed["age=1"], tt.partial)
			}
			got := strings.Join(indexes(advise(t, e, w, Options{})), "; ")
			if !tt.partial && (got == "" || strings.Contains(got, "WHERE")) {
				t.Errorf("advised %q, want an index without a condition", got)
			}
		})
	}
}
