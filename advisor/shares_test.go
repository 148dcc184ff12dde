package advisor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
)

// A patientLab ends runs as it is told, and counts how long they would have taken.
type patientLab struct {
	*fakeLab
	spent, longest float64
	blocks         string // a table whose statements take all the time there is
}

func (l *patientLab) Cost(ctx context.Context, q db.Query, c db.Config) (db.Estimate, error) {
	if l.blocks != "" && l.shapes[q.SQL].Tables()[0] == l.blocks {
		<-ctx.Done()
		return db.Estimate{}, ctx.Err()
	}
	e, err := l.fakeLab.Cost(ctx, q, c)
	if err == nil && c.Most > 0 && e.Value > c.Most {
		e.Value, e.Low, e.High, e.AtLeast = c.Most, c.Most, c.Most, true
	}
	e.Ran = e.Value
	l.spent, l.longest = l.spent+e.Value, max(l.longest, e.Value)
	return e, err
}

type patientEngine struct {
	*fakeEngine
	lab *patientLab
}

func (e *patientEngine) Lab(context.Context, db.LabOptions, func(db.Progress)) (db.Lab, error) {
	return e.lab, nil
}

func patientWorld(rows float64, tables []*db.Table, shapes ...*db.Shape) (*patientEngine, Workload) {
	e, w := world(tables, shapes...)
	e.lab.rows = rows
	return &patientEngine{e, &patientLab{fakeLab: e.lab}}, w
}

// Each statement takes longer than the whole search may, and each index that does
// not serve it would as well.
func TestStatementsThatTakeLongerThanTheSearchAreServed(t *testing.T) {
	tables, shapes := manyShapes()
	e, w := patientWorld(600e6, tables, shapes...)
	got, err := newAdvisor(t, e, Config{}).Advise(t.Context(), w, Seen{}, Options{Duration: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if e.lab.longest > 20 || e.lab.spent > 120 {
		t.Errorf("got a run of %.0f s and %.0f s of runs, want shares of a minute for statements of 600 s", e.lab.longest, e.lab.spent)
	}
	if list := indexes(got); len(list) < 3 {
		t.Errorf("got %d indexes, want several: %v, declined %+v", len(list), list, got.Declined)
	}
	if !slices.ContainsFunc(got.Recommendations, func(r Recommendation) bool { return strings.Contains(fmt.Sprint(r.Evidence), "at least") }) {
		t.Errorf("got %+v: want it to say of some statement that it takes at least so long", got.Recommendations)
	}
}

// The statements of one group take whatever time they are given.
func TestAGroupThatNeverEndsLeavesTimeForTheOthers(t *testing.T) {
	tables := []*db.Table{table("logs", "a"), table("users", "x")}
	e, w := patientWorld(1e6, tables, where("logs", "a="), where("users", "x="))
	e.lab.blocks = "logs"
	for i := range w.Statements {
		w.Statements[i].MeanSeconds = float64(10 * (2 - i)) // logs first
	}
	got, err := newAdvisor(t, e, Config{}).Advise(t.Context(), w, Seen{}, Options{Duration: 4 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if list := indexes(got); len(list) != 1 || !strings.Contains(list[0], "users") || got.Partial == "" {
		t.Errorf("got %v, partial %q; want the index of the other group, and that time was up", list, got.Partial)
	}
	if !slices.ContainsFunc(got.Declined, func(d Declined) bool { return strings.HasPrefix(d.Reason, "time was up before") }) {
		t.Errorf("got %+v, want it to say that there was no time for the first", got.Declined)
	}
}

func TestOfWhatTakesAtLeastSoLongAnIndexMayOnlySave(t *testing.T) {
	exact := func(v float64) measure { return measure{value: v, low: v, high: v, ran: v} }
	cut := func(v float64) measure { m := exact(v); m.cut = true; return m }
	for _, c := range []struct {
		name          string
		before, after measure
		want          float64
	}{
		{"both known", exact(2), exact(0.5), 1.5},
		{"a loss that is known", exact(1), exact(1.8), -0.8},
		{"a loss that was ended is at least so much", exact(1), cut(2), -1},
		{"at least so much, and less with the index", cut(2), exact(0.5), 1.5},
		{"at least so much, and more with the index", cut(2), exact(3), 0},
		{"both at least so much", cut(2), cut(2), 0},
		{"ended early, so it is not known to be less", exact(2), cut(0.5), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.before.saves(c.after); got < c.want-1e-9 || got > c.want+1e-9 {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestARunThatWasEndedCountsForAsMuchAsItHadToBeat(t *testing.T) {
	base := measure{value: 100, ran: 1} // rows, and seconds
	if got := base.bound(measure{value: 60, ran: 2, cut: true}, 2); got.value != 200 || got.low != 200 {
		t.Errorf("twice as long as at first: got %+v, want twice as many rows", got)
	}
	base.cut = true
	if got := base.bound(measure{value: 400, ran: 0.5}, 1); got.value != 100 || !got.cut {
		t.Errorf("more than at least so much: got %+v, want no more than is known", got)
	}
}

func TestWhatThereWasNoTimeForIsSaid(t *testing.T) {
	b := &bound{}
	at := func(v float64) map[*bound]measure { return map[*bound]measure{b: {value: v, unit: db.UnitSeconds}} }
	for _, c := range []struct {
		name   string
		s      search
		tried  int
		users  int
		begins string
	}{
		{"all was looked at", search{now: at(1)}, 9, 2, ""},
		{"no index was looked for", search{now: at(1), cut: map[*bound]bool{b: true}}, 0, 0, "time was up before an index was looked for"},
		{"some were planned", search{now: at(1), rushed: map[*bound]bool{b: true}}, 9, 0, "time was up before all indexes for it were looked at: the planner would use none of the first 9"},
		{"some were measured", search{now: at(1), cut: map[*bound]bool{b: true}}, 9, 2, "time was up before its indexes were all measured"},
		{"it is served all the same", search{now: at(0.1), cut: map[*bound]bool{b: true}}, 9, 2, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.s.tried = map[*bound]int{b: c.tried}
			got := c.s.unfinished(b, measure{value: 1, unit: db.UnitSeconds}, c.users)
			if !strings.HasPrefix(got, c.begins) || (c.begins == "") != (got == "") {
				t.Errorf("got %q, want %q", got, c.begins)
			}
		})
	}
}
