package advisor

import (
	"strings"

	"mltop/internal/db"
)

// selectivePart is the most of a table's rows that a range by a literal may
// meet to be the condition of an index, where that literal was seen in few
// calls: an index that spares less is as large as the plain one, which serves
// the next literal too.
const selectivePart = 0.5

// doubtLiterals takes ranges by a literal that does not recur (age > 30, once in
// a queries file) from the conditions of partial indexes, unless they meet few
// rows, or end at a class of codes.
func (s *search) doubtLiterals(list []*bound) {
	for _, b := range list {
		if _, looked := s.base[b]; looked || b.Assumed || len(b.shapes) >= severalCalls || b.shapes[0].Params > 0 {
			continue
		}
		doubted := map[string]bool{}
		eachNeed(b, s.schema, nil, func(n *need) {
			for _, p := range n.fixed {
				if _, counted := b.mostly[p.Text]; p.Op == db.PredRange && !counted && !ofCodes(p) && !s.selective(n, p) {
					doubted[p.Text] = true
				}
			}
		})
		for text := range doubted {
			delete(b.fixed, text)
		}
	}
}

// ofCodes reports a range that ends where a class of codes does, at a whole
// hundred of three digits (a status below 400): an application's own constant,
// however many rows it meets.
func ofCodes(p db.Predicate) bool {
	return len(p.Constant) == smallNumber && strings.HasSuffix(p.Constant, "00")
}

// selective reports whether a predicate leaves out enough rows, by the sizes of
// an index with and without it.
func (s *search) selective(n *need, p db.Predicate) bool {
	ix := db.Index{Schema: n.table.Schema, Table: n.table.ID(), Columns: []db.IndexColumn{indexColumn(p.Column)}, Method: "btree"}
	whole := s.what.lab.Size(ix)
	ix.Where = condition(p.Text)
	return s.what.lab.Size(ix).Value <= selectivePart*whole.Value
}
