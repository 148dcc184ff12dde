package advisor

import (
	"fmt"
	"slices"
	"strings"

	"mltop/internal/db"
	"mltop/internal/units"
)

// PostgreSQL writes a changed row as a new one. Where no indexed column was
// changed and the page has room, no index hears of it: a heap-only tuple (HOT).
// Else every index of the table gets a new entry, changed or not. So the first
// index on a column that is often changed costs the writes to all others, too
// (https://www.postgresql.org/docs/current/storage-hot.html).

// written is how many rows a second get a new entry in an index.
func (s *search) written(ix db.Index) float64 {
	rows := rowsWritten(s.all, s.rows, ix)
	if _, counted := s.rows[strings.ToLower(ix.Table)]; counted {
		return rows
	}
	s.eachUpdate(ix, func(b *bound, w db.Write, hot float64) {
		if !touches(w, ix) {
			rows += b.rows() * (1 - hot)
		}
	})
	return rows
}

// lostUpdates are the updates a second that an index would keep from being
// heap-only, and how many indexes they then write to beside it.
func (s *search) lostUpdates(ix db.Index) (lost float64, others int) {
	s.eachUpdate(ix, func(b *bound, w db.Write, hot float64) {
		if touches(w, ix) {
			lost += b.rows() * hot
		}
	})
	if t := s.schema.Table(ix.Table); t != nil && lost > 0 {
		others = len(t.Indexes)
	}
	return lost, others
}

// eachUpdate visits the updates of an index's table, each with the part of it
// that is heap-only now. Elsewhere than on PostgreSQL there are none.
func (s *search) eachUpdate(ix db.Index, visit func(b *bound, w db.Write, hot float64)) {
	lab, ok := s.what.lab.(db.HotCounter)
	t := s.schema.Table(ix.Table)
	if !ok || t == nil {
		return
	}
	share, known := lab.HotShare(t.ID())
	for _, b := range s.all {
		for _, w := range b.shapes[0].Writes {
			if w.Kind != db.KindUpdate || !strings.EqualFold(w.Table, ix.Table) {
				continue
			}
			hot := 0.0
			if !slices.ContainsFunc(t.Indexes, func(have *db.Index) bool { return touches(w, *have) }) {
				if hot = 1; known {
					hot = share
				}
			}
			visit(b, w, hot)
		}
	}
}

// hotEvidence says what an index does to updates that no index hears of yet.
func (s *search) hotEvidence(c *candidate) []string {
	if c.lost == 0 {
		return nil
	}
	var who []string
	s.eachUpdate(c.index, func(b *bound, w db.Write, hot float64) {
		if hot > 0 && touches(w, c.index) {
			who = append(who, b.Label())
		}
	})
	text := fmt.Sprintf("%s heap-only updates (HOT) an hour by %s change what it indexes: each will write to it", units.SI(c.lost*3600), strings.Join(who, ", "))
	if c.others > 0 {
		text += fmt.Sprintf(" and to the table's %s besides, which is counted as its cost", units.Plural(c.others, "other index"))
	}
	if share, known := s.what.lab.(db.HotCounter).HotShare(c.index.Table); known {
		text += fmt.Sprintf(" (%.0f %% of the table's updates were heap-only since the server counts)", 100*share)
	}
	return []string{text}
}
