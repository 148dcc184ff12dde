package advisor

import (
	"context"
	"math"
	"testing"

	"mltop/internal/db"
)

// What is left of a call's time is a floor, and of the rest as much as of the
// work: 5,000 times less work is 30 times less time.
func TestWhatACallWillTakeLive(t *testing.T) {
	rows := func(v float64) measure {
		return measure{value: v, low: v, high: v, timed: v, unit: db.UnitHandlerReads, method: db.MethodSample}
	}
	copied := func(v, low, high float64) measure {
		return measure{value: v, low: low, high: high, timed: v, unit: db.UnitSeconds, method: db.MethodCopy}
	}
	for _, c := range []struct {
		name         string
		known, floor float64
		today, at    measure
		want         live
	}{
		{"the floor is what is left of it", 0.010, 0.0001, rows(100_000), rows(0), live{0.0001, 0.00005, 0.0002}},
		{"a tenth of the work, by the counts of a rule: half as much or twice", 0.0101, 0.0001, rows(1000), rows(100), live{0.0011, 0.0005525, 0.00218}},
		{"nothing changes", 0.010, 0.0001, rows(1000), rows(1000), live{0.010, 0.005025, 0.0198}},
		{"a copy that is slower today is as fast with the index", 0.010, 0.00001, copied(0.02, 0.02, 0.02), copied(0.002, 0.001, 0.003), live{0.002, 0.001 / 1.5, 0.0045}},
		{"one that is faster is so of all", 0.040, 0.00001, copied(0.02, 0.02, 0.02), copied(0.002, 0.002, 0.002), live{0.004, 0.004 / 1.5, 0.006}},
		{"and none is faster than the fastest statement", 0.010, 0.00001, copied(0.02, 0.02, 0.02), copied(0.000004, 0.000004, 0.000004), live{0.00001, 0.00001, 0.00001}},
		{"what gets slower on the copy does so live", 0.010, 0.00001, copied(0.02, 0.02, 0.02), copied(0.04, 0.04, 0.04), live{0.020, 0.020 / 1.5, 0.030}},
		{"a statement faster than the floor has itself as one", 0.00005, 0.0001, rows(1000), rows(10), live{0.00005, 0.00005, 0.00005}},
		{"no work today tells nothing", 0.010, 0.0001, rows(0), rows(10), live{}},
		{"nor does what was not weighed", 0.010, 0.0001, rows(10), measure{timed: math.NaN()}, live{}},
	} {
		got := livesAt(c.known, c.floor, c.today, c.at)
		for _, v := range [][2]float64{{got.seconds, c.want.seconds}, {got.low, c.want.low}, {got.high, c.want.high}} {
			if math.Abs(v[0]-v[1]) > 1e-9 {
				t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
			}
		}
	}
}

func TestTheFloorIsTheFastestStatement(t *testing.T) {
	at := func(mean float64) *bound { return &bound{Statement: Statement{MeanSeconds: mean}} }
	looked := at(1e-6)
	looked.Sampled = true
	for _, c := range []struct {
		name string
		all  []*bound
		unit db.Unit
		want float64
	}{
		{"twice the fastest that is known", []*bound{at(0.012), at(40e-6), at(math.NaN()), at(0.0001)}, db.UnitCost, 80e-6},
		{"of a copy the fastest itself", []*bound{at(0.012), at(7e-6)}, db.UnitSeconds, 7e-6},
		{"only slow ones", []*bound{at(0.012)}, db.UnitHandlerReads, mostFloor},
		{"only slow ones, within the process", []*bound{at(0.012)}, db.UnitSeconds, mostFloorHere},
		{"sessions that were looked at tell no time of a call", []*bound{looked}, db.UnitCost, mostFloor},
		{"none", nil, db.UnitCost, mostFloor},
	} {
		if got := callFloor(c.all, c.unit); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// A lab that has to be asked again is asked once for each plan, and of what is
// advised alone.
type timingLab struct {
	*fakeLab
	timed map[string]int // by the statement and its index
}

func (l timingLab) Cost(ctx context.Context, q db.Query, c db.Config) (db.Estimate, error) {
	e, err := l.fakeLab.Cost(ctx, q, c)
	e.Value, e.Low, e.High = e.Value/fakeRowSeconds, e.Value/fakeRowSeconds, e.Value/fakeRowSeconds
	e.Unit, e.Method = db.UnitCost, db.MethodHypothetical
	return e, err
}

func (l timingLab) Timed(ctx context.Context, q db.Query, c db.Config) (float64, error) {
	key := q.SQL
	for _, ix := range c.Add {
		key += " " + ix.Name
	}
	l.timed[key]++
	e, err := l.fakeLab.Cost(ctx, q, c)
	return math.Sqrt(e.Value), err
}

func (l timingLab) Close() error { return nil }

type timingEngine struct {
	*fakeEngine
	lab timingLab
}

func (e timingEngine) Lab(context.Context, db.LabOptions, func(db.Progress)) (db.Lab, error) {
	return e.lab, nil
}

func TestACardPredictsTheTimeOfACallByTheTimesOfItsPlans(t *testing.T) {
	for _, c := range []struct {
		name  string
		mean  float64
		want  *Prediction
		words string
	}{
		{"its time is known", 0.01015, &Prediction{Before: 0.01015, After: 0.00115, Low: 0.00058, High: 0.00227, Floor: mostFloor},
			"q0: 100000 planner cost → 1000 planner cost (100×), 36k calls an hour; live 10 ms → about 1.1 ms (579 µs to 2.3 ms)"},
		{"it is not", math.NaN(), nil, "q0: 100000 planner cost → 1000 planner cost (100×), 36k calls an hour"},
	} {
		e, w := world([]*db.Table{table("logs", "path", "ts")}, where("logs", "path="))
		w.Statements[0].MeanSeconds = c.mean
		lab := timingLab{e.lab, map[string]int{}}
		got, err := newAdvisor(t, timingEngine{e, lab}, Config{}).Advise(t.Context(), w, Seen{}, Options{})
		if err != nil || len(got.Recommendations) == 0 {
			t.Fatalf("%s: %+v, %v", c.name, got.Declined, err)
		}
		r := got.Recommendations[0]
		if !closeTo(r.Estimate.Time, c.want) || r.Evidence[0] != c.words {
			t.Errorf("%s: got %+v, %q", c.name, r.Estimate.Time, r.Evidence[0])
		}
		for key, n := range lab.timed {
			if n != 1 || c.want == nil {
				t.Errorf("%s: %q was asked %d times", c.name, key, n)
			}
		}
	}
}

func closeTo(got, want *Prediction) bool {
	if got == nil || want == nil {
		return got == want
	}
	for _, v := range [][2]float64{{got.Before, want.Before}, {got.After, want.After}, {got.Low, want.Low}, {got.High, want.High}, {got.Floor, want.Floor}} {
		if math.Abs(v[0]-v[1]) > 1e-5 {
			return false
		}
	}
	return true
}
