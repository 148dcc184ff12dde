package sqlite

import (
	"strings"

	"mltop/internal/db"
)

// pushDown repeats conditions on a subquery's columns inside of it, as SQLite
// does ("push-down optimization"): "WHERE city = ?" on a view that groups by
// city, or on a view that is a UNION ALL, searches the tables below.
func (sc *scope) pushDown() {
	for _, p := range sc.block.Predicates {
		r := sc.derivedAt(p.Column.Relation)
		if r == nil || p.OrGroup > 0 || p.Column.Column == "" || !pushable(p.Op) || sc.block.Relations[r.index].Outer {
			continue
		}
		at := r.position(p.Column.Column)
		for _, arm := range r.arms {
			if at >= 0 && at < len(arm) {
				pushInto(p, arm[at].operand)
			}
		}
	}
}

func (sc *scope) derivedAt(index int) *relation {
	for _, r := range sc.relations {
		if r.index == index && r.arms != nil {
			return r
		}
	}
	return nil
}

func pushable(op db.PredicateOp) bool {
	switch op {
	case db.PredEq, db.PredIn, db.PredRange, db.PredPrefix, db.PredIsNull:
		return true
	}
	return false
}

func (r *relation) position(name string) int {
	for i, c := range r.cols {
		if strings.EqualFold(c.name, name) {
			return i
		}
	}
	return -1
}

// pushInto adds the condition to the block that o belongs to, where that
// gives the same rows: not below a LIMIT or a window, and in a grouped block
// only on what it is grouped by.
func pushInto(p db.Predicate, o operand) {
	if !o.bare || len(o.cols) != 1 {
		return
	}
	bl := o.cols[0].block
	if bl.Limit || len(bl.Windows) > 0 || bl.Aggregate && !bl.groupedBy(o.ref()) {
		return
	}
	p.Column, p.NoIndex = o.ref(), o.noIndex()
	bl.Predicates = append(bl.Predicates, p)
}

func (bl *block) groupedBy(c db.ColumnRef) bool {
	for _, t := range bl.GroupBy {
		if sameKey(t.Column, c) {
			return true
		}
	}
	return false
}
