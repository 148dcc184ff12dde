package rewrite

// joinWords begin the next table of a FROM, before which an ON is over.
var joinWords = []string{"JOIN", "INNER", "CROSS", "NATURAL", "STRAIGHT_JOIN", "WHERE", "SET", "ON"}

// ons are the ON clauses of a statement's joins. PostgreSQL takes no FULL JOIN
// without an equality that it can sort or hash by: there they stay as they are.
func (t *text) ons() []span {
	var out []span
	for i := range t.toks {
		if t.is(i, "FULL") && t.is(i+1, "JOIN", "OUTER") {
			return nil
		}
		if t.is(i, "ON") && !t.is(i-1, "DISTINCT") && !t.is(i+1, "CONFLICT", "DUPLICATE") && !t.elsewhere(i) {
			out = append(out, span{i + 1, t.onEnd(i + 1)})
		}
	}
	return out
}

// onEnd is where an ON clause ends that begins at i. LEFT and RIGHT are
// functions, too.
func (t *text) onEnd(i int) int {
	for ; i < len(t.toks); i++ {
		switch {
		case t.is(i, "("):
			i = t.closing(i) - 1
		case t.is(i, ")", ";", ","), t.is(i, clauseEnds...), t.is(i, joinWords...),
			t.is(i, "LEFT", "RIGHT", "FULL") && t.is(i+1, "JOIN", "OUTER"):
			return i
		}
	}
	return i
}
