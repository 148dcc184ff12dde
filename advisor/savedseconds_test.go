package advisor

import (
	"math"
	"testing"

	"mltop/internal/db"
)

// A planner's cost is no time: what a statement of known time saves is a share
// of that time, and what the writes cost is turned into seconds first.
func TestWhatIsSavedIsInSecondsWhateverTheLabCountsIn(t *testing.T) {
	timed := &bound{Statement: Statement{CallsPerHour: 3600, MeanSeconds: 0.08}}
	guessed := &bound{Statement: Statement{CallsPerHour: 3600, MeanSeconds: math.NaN()}}
	at := func(v float64, u db.Unit) measure { return measure{value: v, unit: u} }
	planner := db.UnitCost
	// A look-up waits for the disk's commit, or for its turn: that is no cost of its pages.
	lookup := &bound{Statement: Statement{CallsPerHour: 36000, MeanSeconds: 0.001}}
	short := &search{base: map[*bound]measure{lookup: at(5, planner)}}
	if got := short.savedSeconds([]served{{guessed, at(200_000, planner), at(0, planner)}}); math.Abs(got-2) > 1e-9 {
		t.Errorf("one that is far dearer than all of known time: got %g s, want 2 s, ten millionths of a second for each page", got)
	}
	s := &search{base: map[*bound]measure{timed: at(5500, planner), lookup: at(1, planner)}}
	for _, row := range []struct {
		name string
		v    served
		want float64
	}{
		{"a statement of known time saves its share of it", served{timed, at(5500, planner), at(550, planner)}, 0.072},
		{"another one what its cost takes elsewhere", served{guessed, at(1100, planner), at(0, planner)}, 0.081 / 5501 * 1100},
		{"seconds are seconds", served{guessed, at(0.5, db.UnitSeconds), at(0.25, db.UnitSeconds)}, 0.25},
		{"what gets slower counts against it", served{timed, at(550, planner), at(1100, planner)}, -0.08},
	} {
		if got := s.savedSeconds([]served{row.v}); math.Abs(got-row.want) > 1e-9 {
			t.Errorf("%s: got %g s, want %g", row.name, got, row.want)
		}
	}
}
