package postgres

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"mltop/internal/db"
)

// along copies the rows that refer to sampled rows of one table.
func (f *filler) along(ctx context.Context, r *db.Room) error {
	parent := f.l.Find(r.Along.Table)
	if parent == nil {
		r.Why = "the table that it refers to is not in the sample"
		return nil
	}
	r.Why = "it comes with the sampled rows of " + parent.Table.Name
	refs, same := pairs(r.Along.RefColumns, "d.", r.Along.Columns, "x.")
	for at := 0; float64(at) < parent.Rows; at += followAtOnce {
		if time.Now().After(f.until) {
			r.Why = "time was up"
			return nil
		}
		from := fmt.Sprintf("(SELECT %s FROM %s ORDER BY %s LIMIT %d OFFSET %d) d", refs, f.here(parent.Table), refs, followAtOnce, at)
		n, err := f.copy(ctx, r, f.insert(r.Table, "live.")+lookedUp(from, r.Table, same, mostAlong))
		if err != nil {
			return err
		}
		if n >= mostAlong {
			r.Why = "so many rows refer to some row that not all were copied"
		}
	}
	return nil
}

// lookedUp joins what is wanted with the live rows, one by one: OFFSET 0 keeps
// the planner from reading the live table whole.
func lookedUp(from string, t *db.Table, same string, most int) string {
	return fmt.Sprintf("%s CROSS JOIN LATERAL (SELECT * FROM %s x WHERE %s OFFSET 0) live LIMIT %d ON CONFLICT DO NOTHING", from, live(t), same, most)
}

// pairs lists the columns of one side, and the equalities of both.
func pairs(left []string, l string, right []string, r string) (list, same string) {
	var names, equal []string
	for i, c := range left {
		names = append(names, quote(c))
		equal = append(equal, l+quote(c)+" = "+r+quote(right[i]))
	}
	return strings.Join(names, ", "), strings.Join(equal, " AND ")
}

// follow fetches the rows that rows of the sample refer to, so that joins
// meet. Where that cannot be done whole, the table is as any other.
func (f *filler) follow(ctx context.Context, r *db.Room) error {
	most := followShare * math.Max(r.Rows, followAtOnce)
	for _, child := range f.l.List {
		for i, fk := range child.Table.ForeignKeys {
			if !strings.EqualFold(fk.Table, r.Table.Name) || child == r || child.Rows == 0 {
				continue
			}
			whole := child.Along == &child.Table.ForeignKeys[i]
			if !whole {
				var err error
				if whole, err = f.followKey(ctx, r, child.Table, fk, most); err != nil {
					return err
				}
			}
			if whole {
				child.Parents = append(child.Parents, strings.ToLower(r.Table.Name))
			}
		}
	}
	return nil
}

// followKey fetches the rows of one foreign key, and reports whether all are
// there.
func (f *filler) followKey(ctx context.Context, r *db.Room, child *db.Table, fk db.ForeignKey, most float64) (bool, error) {
	if r.Table.IndexOn(fk.RefColumns) == nil {
		return false, nil
	}
	keys, missing := pairs(fk.Columns, "c.", fk.RefColumns, "p.")
	_, same := pairs(fk.RefColumns, "x.", fk.Columns, "d.")
	from := fmt.Sprintf("(SELECT DISTINCT %s FROM %s c WHERE (%s) IS NOT NULL AND NOT EXISTS (SELECT FROM %s p WHERE %s) LIMIT %d) d",
		keys, f.here(child), keys, f.here(r.Table), missing, followAtOnce)
	for before := r.Why; ; {
		if r.Rows >= most || time.Now().After(f.until) {
			return false, nil
		}
		n, err := f.copy(ctx, r, f.insert(r.Table, "live.")+lookedUp(from, r.Table, same, mostAlong))
		if err != nil || n == 0 {
			return r.Why == before, err
		}
	}
}
