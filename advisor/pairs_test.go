package advisor

import (
	"testing"

	"mltop/internal/db"
)

// The processor's pace changes while the advisor measures: the index that
// changes nothing was measured in a quick moment, the statement without it in
// slow ones.
func TestAQuickMomentOfTheMachineIsNoGain(t *testing.T) {
	e, w := world([]*db.Table{table("t", "a")}, where("t", "a=1"))
	e.lab.slow = map[string]float64{"q0": 100} // the index takes as long as the scan
	const quick, slow = 1.0, 1.6
	e.lab.noise = func() float64 {
		switch i := e.lab.asked; {
		case i == 1, i > 2 && (i-3)/2%2 == 0:
			return slow
		}
		return quick
	}
	if got := indexes(advise(t, e, w, Options{})); len(got) != 0 {
		t.Errorf("got %v, want no index", got)
	}
}

// A true gain of a third stays one, whatever the pace.
func TestATrueGainIsSeenAtAnyPace(t *testing.T) {
	e, w := world([]*db.Table{table("t", "a")}, where("t", "a=1"))
	e.lab.slow = map[string]float64{"q0": 66}
	e.lab.noise = func() float64 { return 1 + float64(e.lab.asked/6%2) }
	if got := indexes(advise(t, e, w, Options{})); len(got) != 1 {
		t.Errorf("got %v, want the index", got)
	}
}
