package postgres

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"mltop/internal/db"
)

// A filler draws the sample: pages at random places of each table, or the rows
// that refer to what was drawn of another; then what sampled rows refer to.
type filler struct {
	l        *sampleLab
	rng      *rand.Rand
	until    time.Time
	progress func(db.Progress)
}

// One read of live rows is short, and behind it we rest as long.
const (
	pagesARead   = 20
	rowsOfAPage  = 291 // no page of 8 kB holds more (htup_details.h, MaxHeapTuplesPerPage)
	longestRest  = 20 * time.Millisecond
	followAtOnce = 100
	mostAlong    = 20_000
	followShare  = 20 // what is followed may outgrow what was drawn by this
)

func (f *filler) fill(ctx context.Context, wanted []string, bytes int64) error {
	plan := db.PlanSample(f.tables(wanted), bytes)
	for i, d := range plan {
		f.progress(db.Progress{Stage: "sampling " + d.Table.Name, Done: float64(i) / float64(len(plan))})
		if err := f.table(ctx, d); err != nil {
			return fmt.Errorf("sample %s: %w", d.Table.Name, err)
		}
	}
	slices.Reverse(plan)
	for _, d := range plan {
		if err := f.finish(ctx, d.Table); err != nil {
			return fmt.Errorf("sample %s: %w", d.Table.Name, err)
		}
	}
	return nil
}

// tables are those to sample; the others are left out, each with its reason.
func (f *filler) tables(wanted []string) []*db.Table {
	var out []*db.Table
	seen := map[string]bool{}
	for _, t := range f.l.schema.Tables {
		key := strings.ToLower(t.Name)
		switch {
		case wanted != nil && !slices.ContainsFunc(wanted, func(w string) bool { return strings.EqualFold(w, t.Name) }):
		case t.Unsupported != "":
			f.l.Leave(key, t.Unsupported)
		case t.Locked != "":
			f.l.Leave(key, t.Locked)
		case seen[key]: // another schema's: the search path does not lead there
		default:
			out, seen[key] = append(out, t), true
		}
	}
	return out
}

func (f *filler) here(t *db.Table) string { return quote(f.l.name) + "." + quote(t.Name) }
func live(t *db.Table) string             { return qualified(t.Schema, t.Name) }

// table makes one table, with the keys that tell its rows apart, and draws its
// rows. Defaults are left out: that of a serial column would take numbers from
// the live sequence.
func (f *filler) table(ctx context.Context, d db.SampleDraw) error {
	t := d.Table
	make := fmt.Sprintf("CREATE UNLOGGED TABLE %s (LIKE %s INCLUDING GENERATED INCLUDING IDENTITY INCLUDING STORAGE)", f.here(t), live(t))
	if err := f.l.c.do(ctx, make); err != nil {
		if codeOf(err) == codeDenied {
			return err
		}
		f.l.Leave(t.Name, "it cannot be made again: "+err.Error())
		return nil
	}
	r := &db.Room{Table: t, Along: d.Along}
	if t.Rows != nil {
		r.Full = float64(*t.Rows)
	}
	f.l.Add(r)
	if err := f.indexes(ctx, t, true); err != nil {
		return err
	}
	if d.Along != nil {
		return f.along(ctx, r)
	}
	return f.pages(ctx, r, d.Share)
}

// indexes builds those of the live table's indexes that are unique, or the
// others. One that cannot be built is left out, and said.
func (f *filler) indexes(ctx context.Context, t *db.Table, unique bool) error {
	for _, ix := range t.Indexes {
		if ix.Unique != unique || ix.Invalid {
			continue
		}
		copied := *ix
		copied.Schema = f.l.name
		err := f.l.c.do(ctx, CreateIndexText(copied, false))
		if err == nil && ix.Constraint && slices.Equal(ix.ColumnNames(), t.PrimaryKey) {
			err = f.l.c.do(ctx, fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s PRIMARY KEY USING INDEX %s", f.here(t), quote(ix.Name), quote(ix.Name)))
		}
		if codeOf(err) == "" && err != nil {
			return err
		}
		if err != nil {
			f.l.Leave("index "+ix.Name, "it cannot be built: "+err.Error())
		}
	}
	return nil
}

// copy runs one short read and answers how many rows it brought. One that took
// too long brings none: the server has ended it.
func (f *filler) copy(ctx context.Context, r *db.Room, sql string) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	run, cancel := quietly(ctx)
	defer cancel()
	start := time.Now()
	n, err := f.l.c.affected(run, sql)
	time.Sleep(min(time.Since(start), longestRest))
	if code := codeOf(err); code == codeCanceled || code == codeLock {
		r.Why = "a read took too long and was ended"
		return 0, nil
	}
	r.Rows += float64(n)
	return n, err
}

func columnsOf(t *db.Table, from string) string {
	var cols []string
	for _, c := range t.Columns {
		if !c.Generated {
			cols = append(cols, from+quote(c.Name))
		}
	}
	return strings.Join(cols, ", ")
}

// insert begins a statement that copies rows; one that is there already is
// passed over. A value of an identity column is kept.
func (f *filler) insert(t *db.Table, from string) string {
	return fmt.Sprintf("INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM ", f.here(t), columnsOf(t, ""), columnsOf(t, from))
}

// pages copies pages of the table in random order: all, or a share of them.
// How many rows they hold says how many the table has.
func (f *filler) pages(ctx context.Context, r *db.Room, share float64) error {
	var n int64
	if err := f.l.c.row(ctx, "SELECT pg_relation_size($1::regclass) / current_setting('block_size')::int8", []any{live(r.Table)}, &n); err != nil {
		return err
	}
	order := f.rng.Perm(int(min(n, math.MaxInt32)))
	most := int(math.Ceil(share * float64(len(order))))
	for at := 0; at < most; at += pagesARead {
		if at > 0 && time.Now().After(f.until) {
			most, r.Why = at, "time was up"
			break
		}
		if _, err := f.copy(ctx, r, f.insert(r.Table, "live.")+f.pageRows(r.Table, order[at:min(at+pagesARead, most)])); err != nil {
			return err
		}
	}
	r.Complete = most == len(order) && r.Why == ""
	if !r.Complete && r.Why == "" {
		r.Why = "the sample has room for no more"
	}
	if most > 0 {
		r.Full = r.Rows * float64(len(order)) / float64(most)
	}
	return nil
}

// pageRows names the rows of some pages: the server fetches them by their
// places, and looks at nothing else.
func (f *filler) pageRows(t *db.Table, pages []int) string {
	list := make([]string, len(pages))
	for i, p := range pages {
		list[i] = strconv.Itoa(p)
	}
	return fmt.Sprintf("%s live WHERE ctid = ANY (ARRAY(SELECT format('(%%s,%%s)', p, i)::tid FROM unnest(ARRAY[%s]::int8[]) p, generate_series(1, %d) i)) ON CONFLICT DO NOTHING",
		live(t), strings.Join(list, ","), rowsOfAPage)
}

// finish fetches what sampled rows refer to, builds the other indexes, counts,
// and gathers statistics. VACUUM lets an index be read without its table, as
// in a live table that is vacuumed.
func (f *filler) finish(ctx context.Context, t *db.Table) error {
	r := f.l.Find(t.Name)
	if r == nil {
		return nil
	}
	if !r.Complete {
		if err := f.follow(ctx, r); err != nil {
			return err
		}
	}
	if err := f.indexes(ctx, t, false); err != nil {
		return err
	}
	if err := f.l.c.script(ctx, "VACUUM (ANALYZE) "+f.here(t)); err != nil {
		return err
	}
	err := f.l.c.row(ctx, "SELECT count(*)::float8 FROM "+f.here(t), nil, &r.Rows)
	if r.Complete {
		r.Full, r.Why = r.Rows, ""
	}
	r.Full = math.Max(r.Full, r.Rows)
	return err
}
