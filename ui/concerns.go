package ui

import (
	"fmt"

	"mltop/advisor"
)

// What of a catalog is worth a look stands where the settings are, while it
// has the keys: dead rows, bloat, unused indexes, keys that run out.

func (s *State) concerns() []advisor.Concern {
	if s.Snap.Database == nil {
		return nil
	}
	return advisor.Concerns(s.Snap.Database.Schema, s.end())
}

func worthALook(n int) string {
	if n == 0 {
		return "worth a look"
	}
	return fmt.Sprintf("▲%d", n) // short: at 80 columns the key would give way
}

func (s *State) concernRows() []row {
	var rows []row
	for i, c := range s.concerns() {
		sign, k := "▲ ", inkWarn
		if c.Grave {
			sign, k = "■ ", inkCrit
		}
		rows = append(rows, row{id: c.Kind + "\x00" + c.Object + "\x00" + c.Text, match: c.Kind + " " + c.Object + ": " + c.Text,
			cells: []span{{k, sign + c.Kind}, {inkText, c.Object}, {inkDim, c.Text}},
			keys:  []any{fmt.Sprintf("%06d", i), c.Object, c.Text}})
	}
	return rows
}

// noConcern claims no more than was looked at: not every server counts the
// uses of indexes.
func (s *State) noConcern() string {
	said := "no bloat to speak of, no doubled index, no key near its end"
	if d := s.Snap.Database; d != nil && d.Schema != nil && !d.Schema.UsesSince.IsZero() {
		return said + ", no unused index"
	}
	return said
}

// drawConcerns draws them, and the one under the cursor in full.
func (d *database) drawConcerns(s *State, a area, on bool) {
	a = d.concerns.drawLast(a, on)
	d.concerns.draw(a, d.concerns.arrange(s, s.concernRows), on, s.noConcern())
}
