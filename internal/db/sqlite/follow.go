package sqlite

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"mltop/internal/db"
)

// Follow answers a step as it is to be undone now: statistics move with the
// indexes they are of, and an index comes back without them where they are
// kept no longer.
func (e *Engine) Follow(ctx context.Context, s db.Step, now db.State) (db.Step, error) {
	switch s.Object.Kind {
	case db.ObjectStatistics:
		return e.followStatistics(ctx, s, now)
	case db.ObjectIndex:
		return e.followIndex(ctx, s)
	}
	return s, nil
}

// followIndex leaves out the rows that Complete saved, once no table takes them.
func (e *Engine) followIndex(ctx context.Context, s db.Step) (db.Step, error) {
	if s.After != db.Absent || len(s.Undo) < 2 {
		return s, nil
	}
	err := e.read(ctx, "statistics", func(c *conn) error {
		kept, err := hasTable(ctx, c, "sqlite_stat1")
		if err == nil && !kept {
			s.Undo = s.Undo[:1]
		}
		return err
	})
	return s, err
}

// Rebase answers the drop of an index as it is to be undone after an ANALYZE
// before it was undone: with the index's rows from before that, if it has
// those that the ANALYZE made.
func (e *Engine) Rebase(s, undone db.Step) db.Step {
	if undone.Object.Kind != db.ObjectStatistics || s.Object.Kind != db.ObjectIndex || s.After != db.Absent || len(s.Undo) < 2 {
		return s
	}
	before, ok1 := statRows(undone.Before)
	after, ok2 := statRows(undone.After)
	of := func(r statRow) bool { return strings.EqualFold(text(r.Index), s.Object.Name) }
	if made := insertsOf(filter(after, of)); ok1 && ok2 && slices.Equal(made, s.Undo[1:]) {
		s.Undo = append(slices.Clone(s.Undo[:1]), insertsOf(filter(before, of))...)
	}
	return s
}

func insertsOf(rows []statRow) (out []string) {
	for _, r := range rows {
		out = append(out, insertStat(r))
	}
	return out
}

// followStatistics answers a statistics step as it stands after other objects came and
// went: an index that is dropped takes its rows of sqlite_stat1 along, one that
// is brought back brings them. Any other difference is somebody's ANALYZE, and
// the step is answered as it was.
func (e *Engine) followStatistics(ctx context.Context, s db.Step, now db.State) (db.Step, error) {
	if now == db.Absent || now == s.After || now == s.Before {
		return s, nil
	}
	after, ok1 := statRows(s.After)
	have, ok2 := statRows(now)
	before, ok3 := statRows(s.Before)
	if !ok1 || !ok2 || !ok3 {
		return s, nil
	}
	gone, extra := without(after, have), without(have, after)
	if len(without(after, gone)) != len(rowsAlike(after, have)) {
		return s, nil // rows of one object differ
	}
	if left, err := e.anyExists(ctx, gone); left || err != nil {
		return s, err
	}
	before = append(append([]statRow{}, without(without(before, gone), extra)...), extra...)
	if s.Before == db.Absent && len(before) == 0 {
		return from(s, db.Absent, now), nil
	}
	slices.SortFunc(before, compareRows)
	text, err := json.Marshal(before)
	return from(s, db.State(text), now), err
}

// from is the step between two other states, with the undo that goes with them.
func from(s db.Step, before, after db.State) db.Step {
	s.Before, s.After = before, after
	if undo, err := undoStatistics(before); err == nil {
		s.Undo = undo
	}
	return s
}

// statRows reads a state; a table that does not exist has no rows.
func statRows(s db.State) (rows []statRow, ok bool) {
	if s == db.Absent {
		return nil, true
	}
	return rows, json.Unmarshal([]byte(s), &rows) == nil
}

func sameObject(a, b statRow) bool { return a.Table == b.Table && text(a.Index) == text(b.Index) }

// without are the rows of objects that others has no row of.
func without(rows, others []statRow) []statRow {
	return filter(rows, func(r statRow) bool {
		return !slices.ContainsFunc(others, func(o statRow) bool { return sameObject(r, o) })
	})
}

// rowsAlike are the rows that others has too.
func rowsAlike(rows, others []statRow) []statRow {
	return filter(rows, func(r statRow) bool {
		return slices.ContainsFunc(others, func(o statRow) bool { return compareRows(r, o) == 0 })
	})
}

func filter(rows []statRow, keep func(statRow) bool) []statRow {
	return slices.DeleteFunc(slices.Clone(rows), func(r statRow) bool { return !keep(r) })
}

// compareRows orders rows as a state lists them: nothing before any text.
func compareRows(a, b statRow) int {
	return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(text(a.Index), text(b.Index)), cmp.Compare(text(a.Stat), text(b.Stat)))
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// anyExists reports whether one of the objects that these rows are of is there.
func (e *Engine) anyExists(ctx context.Context, rows []statRow) (found bool, err error) {
	if len(rows) == 0 {
		return false, nil
	}
	err = e.read(ctx, "statistics", func(c *conn) error {
		for _, r := range rows {
			name := cmp.Or(text(r.Index), r.Table)
			n, _, err := intOf(ctx, c, "SELECT count(*) FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE", name)
			if found = found || n > 0; err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}
