package sqlite

import "strings"

// An affinity is SQLite's type affinity of a column or an expression, in the
// order that SQLite's own comparisons rely on.
type affinity int

const (
	affinityNone affinity = iota // literals, placeholders, most expressions
	affinityBlob
	affinityText
	affinityNumeric
	affinityInteger
	affinityReal
)

func (a affinity) numeric() bool { return a >= affinityNumeric }

// typeAffinity applies the rules of "Determination Of Column Affinity"
// (sqlite.org/datatype3.html, 3.1), in their order.
func typeAffinity(declared string) affinity {
	t := strings.ToUpper(declared)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(t, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("INT"):
		return affinityInteger
	case has("CHAR", "CLOB", "TEXT"):
		return affinityText
	case t == "" || t == "ANY" || has("BLOB"):
		return affinityBlob
	case has("REAL", "FLOA", "DOUB"):
		return affinityReal
	}
	return affinityNumeric
}

// comparisonAffinity is what a comparison applies to both sides
// (sqlite3CompareAffinity).
func comparisonAffinity(a, b affinity) affinity {
	switch {
	case a == affinityNone:
		return max(b, affinityBlob)
	case b == affinityNone:
		return max(a, affinityBlob)
	case a.numeric() || b.numeric():
		return affinityNumeric
	}
	return affinityBlob
}

// converts reports whether comparing a column with a value of that affinity
// makes an index on the column useless, because every stored value would be
// converted first (sqlite3IndexAffinityOk).
func converts(column, value affinity) bool {
	switch a := comparisonAffinity(column, value); {
	case a < affinityText:
		return false
	case a == affinityText:
		return column != affinityText
	}
	return !column.numeric()
}
