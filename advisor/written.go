package advisor

import (
	"slices"
	"strings"

	"mltop/internal/db"
)

// rowsWritten estimates rows written a second by table, for an index with
// these columns: every insert and delete, and updates that set one of them.
func rowsWritten(all []*bound, extra map[string]float64, ix db.Index) float64 {
	if rows, ok := extra[strings.ToLower(ix.Table)]; ok {
		return rows / 3600
	}
	var sum float64
	for _, b := range all {
		for _, w := range b.shapes[0].Writes {
			if strings.EqualFold(w.Table, ix.Table) && touches(w, ix) {
				sum += b.rows()
			}
		}
	}
	return sum
}

// touches reports whether a write changes entries of the index.
func touches(w db.Write, ix db.Index) bool {
	if w.Kind != db.KindUpdate || w.Columns == nil {
		return true
	}
	for _, set := range w.Columns {
		for _, c := range ix.Columns {
			if strings.EqualFold(set, c.Name) || mentions(c.Expr, set) {
				return true
			}
		}
		if mentions(ix.Where, set) || slices.ContainsFunc(ix.Include, func(name string) bool { return strings.EqualFold(name, set) }) {
			return true
		}
	}
	return false
}

// mentions reports whether a column may occur in an expression; it errs
// towards yes.
func mentions(expr, column string) bool {
	return expr != "" && strings.Contains(strings.ToLower(expr), strings.ToLower(column))
}
