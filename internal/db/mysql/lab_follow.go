package mysql

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mltop/internal/db"
)

// along copies the rows that refer to sampled rows of one table, for some of
// these at a time. Their share of all is that of the rows they refer to.
func (f *filler) along(ctx context.Context, r *db.Room) error {
	parent := f.l.Find(r.Along.Table)
	if parent == nil {
		r.Why = "the table that it refers to is not in the sample"
		return nil
	}
	r.Why = "it comes with the sampled rows of " + parent.Table.Name
	sql := alongText(r.Table, *r.Along, f.live(r.Table))
	for at := 0; float64(at) < parent.Rows; at += followAtOnce {
		if time.Now().After(f.until) {
			r.Why = "time was up"
			return nil
		}
		n, err := f.copy(ctx, r, sql, at)
		if err != nil {
			return err
		}
		if n >= mostAlong {
			r.Why = "so many rows refer to some row that not all were copied"
		}
	}
	return nil
}

// How many rows are followed in one read, and how many rows one read may bring
// of those that refer to them.
const (
	followAtOnce = 100
	mostAlong    = 20_000
)

// alongText fetches the rows that refer to some of the sampled rows. The live
// table comes last, by the index on its foreign key.
func alongText(child *db.Table, fk db.ForeignKey, live string) string {
	var refs, same []string
	for i, c := range fk.Columns {
		ref := quoteAlways(fk.RefColumns[i])
		refs = append(refs, ref)
		same = append(same, fmt.Sprintf("live.%s = d.%s", quoteAlways(c), ref))
	}
	list := strings.Join(refs, ", ")
	return fmt.Sprintf("INSERT IGNORE INTO %s (%s) SELECT %s FROM (SELECT %s FROM %s ORDER BY %s LIMIT ?, %d) d STRAIGHT_JOIN %s live ON %s LIMIT %d",
		quoteAlways(child.Name), copiedColumns(child, ""), copiedColumns(child, "live."), list, quoteAlways(fk.Table), list, followAtOnce, live, strings.Join(same, " AND "), mostAlong)
}

// follow fetches the rows that rows of the sample refer to, so that joins
// meet. Where that cannot be done whole, the table is as any other.
func (f *filler) follow(ctx context.Context, r *db.Room) error {
	most := followShare * max(r.Rows, rowsARead)
	for _, child := range f.l.List {
		for i, fk := range child.Table.ForeignKeys {
			if !strings.EqualFold(fk.Table, r.Table.Name) || child.Table == r.Table || child.Rows == 0 {
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

// followShare bounds by how much what is followed may outgrow what was drawn.
const followShare = 20

// followKey fetches the rows of one foreign key, and reports whether all are
// there. Keys that lead nowhere end it as much as there being no more.
func (f *filler) followKey(ctx context.Context, r *db.Room, child *db.Table, fk db.ForeignKey, most float64) (whole bool, err error) {
	sql := followText(r.Table, child, fk, f.live(r.Table))
	for before := r.Why; ; {
		if f.spent(r, most) != "" {
			return false, nil
		}
		n, err := f.copy(ctx, r, sql)
		if err != nil || n == 0 {
			return r.Why == before, err
		}
	}
}

// followText fetches the next rows that the child refers to and the sample
// lacks. The live table comes last, by its key.
func followText(parent, child *db.Table, fk db.ForeignKey, live string) string {
	var keys, same, missing, present []string
	for i, c := range fk.Columns {
		col, ref := quoteAlways(c), quoteAlways(fk.RefColumns[i])
		keys = append(keys, fmt.Sprintf("c.%s AS k%d", col, i))
		same = append(same, fmt.Sprintf("live.%s = d.k%d", ref, i))
		missing = append(missing, fmt.Sprintf("p.%s = c.%s", ref, col))
		present = append(present, "c."+col+" IS NOT NULL")
	}
	here := quoteAlways(parent.Name)
	return fmt.Sprintf("INSERT IGNORE INTO %s (%s) SELECT %s FROM (SELECT DISTINCT %s FROM %s c LEFT JOIN %s p ON %s WHERE %s AND p.%s IS NULL LIMIT %d) d STRAIGHT_JOIN %s live ON %s",
		here, copiedColumns(parent, ""), copiedColumns(parent, "live."), strings.Join(keys, ", "), quoteAlways(child.Name), here, strings.Join(missing, " AND "),
		strings.Join(present, " AND "), quoteAlways(fk.RefColumns[0]), followAtOnce, live, strings.Join(same, " AND "))
}
