package sqlite

import (
	"strings"

	"github.com/sqlc-dev/meyer/ast"

	"mltop/internal/db"
)

// joinNames binds USING and NATURAL between the relations before first and
// those that the item added.
func (b *binder) joinNames(sc *scope, ref *ast.TableRef, kind ast.JoinType, first int, on *[]func()) {
	if first == 0 || first >= len(sc.relations) {
		return
	}
	right := sc.relations[first]
	names := usingNames(ref)
	if kind&ast.JoinNatural != 0 {
		names = commonNames(sc.relations[:first], right)
	}
	for _, n := range names {
		b.joinName(sc, n, first, right, on)
	}
}

func usingNames(ref *ast.TableRef) []string {
	var names []string
	for _, id := range ref.Using {
		names = append(names, id.Name)
	}
	return names
}

func commonNames(left []*relation, right *relation) []string {
	var names []string
	for _, n := range right.columnNames() {
		for _, l := range left {
			if l.has(n) {
				names = append(names, n)
				break
			}
		}
	}
	return names
}

func (r *relation) has(name string) bool {
	for _, n := range r.columnNames() {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// joinName joins by one shared column; unqualified, it then means the left one.
func (b *binder) joinName(sc *scope, name string, first int, right *relation, on *[]func()) {
	left := (*relation)(nil)
	for _, r := range sc.relations[:first] {
		if r.has(name) && !r.merged[strings.ToLower(name)] {
			left = r
			break
		}
	}
	if left == nil || !right.has(name) {
		db.Decline("cannot join using column %s: it is not in both tables", name)
	}
	if right.merged == nil {
		right.merged = map[string]bool{}
	}
	right.merged[strings.ToLower(name)] = true
	*on = append(*on, func() { sc.equate(left, right, name) })
}

func (sc *scope) equate(left, right *relation, name string) {
	x, okx := left.lookup(sc.block, name)
	y, oky := right.lookup(sc.block, name)
	if !okx || !oky || x.constant() || y.constant() || x.relation() < 0 || y.relation() < 0 {
		return
	}
	sc.block.log = append(append(sc.block.log, x.cols...), y.cols...)
	collation := x.comparedBy(y)
	sc.block.Joins = append(sc.block.Joins, db.Join{
		Left: x.ref(), Right: y.ref(),
		LeftNoIndex: joinSide(x, y, collation), RightNoIndex: joinSide(y, x, collation),
	})
}
