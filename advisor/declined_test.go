package advisor

import (
	"testing"

	"mltop/internal/db"
)

// A statement that there was no time for is told with what advice on others
// makes of it: what it took at first alone would hide a loss.
func TestWhatThereWasNoTimeForIsToldAsItIsBesideTheAdvice(t *testing.T) {
	for _, row := range []struct {
		name string
		now  float64
		want string
	}{
		{"untouched", 0.077, "time was up before its indexes were all measured: so far it takes 77 ms"},
		{"hardly slower", 0.078, "time was up before its indexes were all measured: so far it takes 77 ms"},
		{"made slower", 0.902, "time was up before its indexes were all measured: so far other advice makes it slower: 77 ms → 902 ms"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := &bound{}
			first := measure{value: 0.077, unit: db.UnitSeconds}
			s := newSearch(nil, nil, nil, nil, 0)
			s.base[b], s.now[b] = first, measure{value: row.now, unit: db.UnitSeconds}
			s.cut[b], s.tried[b] = true, 1
			if got := s.unfinished(b, first, 1); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}
