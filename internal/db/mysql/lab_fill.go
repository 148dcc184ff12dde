package mysql

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"mltop/internal/db"
)

// A filler draws the sample: for each table, behind those that refer to it,
// first the rows that they refer to, then ranges of its key at random places,
// until its part of the bytes is there.
type filler struct {
	l        *Lab
	rng      *rand.Rand
	until    time.Time
	progress func(db.Progress)
	longest  time.Duration   // of one read of live rows
	gathered map[string]bool // tables of which MariaDB keeps statistics of columns
}

// One read of live rows. It is short, so that it holds back neither the purge
// of old versions nor whoever shares the disk; and behind it we rest as long.
const (
	rowsARead   = 100
	rowsWhole   = 1000 // of a table that is taken whole
	mostARead   = 5000 // a range may be denser than it was taken for
	readSeconds = 0.25
	longestRest = 10 * time.Millisecond
	// buildFor bounds the building of the sample's own indexes.
	buildFor = 20 * time.Second
	// wholeRows is what is read in one piece: a table of some thousand rows is
	// a few milliseconds.
	wholeRows = 5000
)

func (f *filler) fill(ctx context.Context, wanted []string, bytes int64) error {
	if err := f.begin(ctx); err != nil {
		return err
	}
	if err := f.columnStats(ctx); err != nil {
		return err
	}
	plan := db.PlanSample(f.tables(wanted), bytes)
	for i, d := range plan {
		f.progress(db.Progress{Stage: "sampling " + d.Table.Name, Done: float64(i) / float64(len(plan))})
		if err := f.table(ctx, d); err != nil {
			return fmt.Errorf("sample %s: %w", d.Table.Name, err)
		}
	}
	slices.Reverse(plan)
	for _, d := range plan {
		if err := f.finish(ctx, d); err != nil {
			return fmt.Errorf("sample %s: %w", d.Table.Name, err)
		}
	}
	return f.end(ctx)
}

// tables are those to sample; the others are left out, each with its reason.
func (f *filler) tables(wanted []string) []*db.Table {
	var out []*db.Table
	for _, t := range f.l.schema.Tables {
		switch {
		case wanted != nil && !hasFold(wanted, t.Name):
		case t.Unsupported != "":
			f.l.Leave(t.Name, t.Unsupported)
		default:
			out = append(out, t)
		}
	}
	return out
}

func hasFold(list []string, name string) bool {
	for _, x := range list {
		if strings.EqualFold(x, name) {
			return true
		}
	}
	return false
}

func orZero(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// begin makes rows go over as they are: a zero id stays zero, an odd date
// stays odd.
func (f *filler) begin(ctx context.Context) error {
	if err := f.l.c.exec(ctx, "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'"); err != nil {
		return err
	}
	return f.limit(ctx, readSeconds)
}

// columnStats finds the tables whose plans rest on statistics of columns
// (ANALYZE TABLE … PERSISTENT): the sample then has them too. Who may not look
// there goes without.
func (f *filler) columnStats(ctx context.Context) error {
	f.gathered = map[string]bool{}
	if !f.l.e.server.MariaDB {
		return nil
	}
	_, err := f.l.c.each(ctx, "SELECT DISTINCT table_name FROM mysql.column_stats WHERE db_name = ?", []any{f.l.e.server.Database}, func(row []value) error {
		f.gathered[row[0].s] = true
		return nil
	})
	return connectionLost(err)
}

// end brings back the way in which the application's statements are read.
func (f *filler) end(ctx context.Context) error {
	return errors.Join(f.l.c.exec(ctx, "SET SESSION sql_mode = @@GLOBAL.sql_mode"), f.limit(ctx, labRunTime.Seconds()))
}

func (f *filler) limit(ctx context.Context, seconds float64) error {
	if !f.l.e.server.MariaDB {
		return nil // MySQL limits only a SELECT
	}
	return f.l.c.exec(ctx, fmt.Sprintf("SET SESSION max_statement_time = %.3f", seconds))
}

// table makes one table and draws its rows.
func (f *filler) table(ctx context.Context, d db.SampleDraw) error {
	t := d.Table
	if err := f.l.c.exec(ctx, fmt.Sprintf("CREATE TABLE %s LIKE %s", quoteAlways(t.Name), f.live(t))); err != nil {
		if code := codeOf(err); code == codeDatabaseDenied || code == codeTableDenied {
			return err
		}
		f.l.Leave(t.Name, "it cannot be made again: "+err.Error())
		return nil
	}
	if err := f.alterKeys(ctx, t, dropKey); err != nil {
		return err
	}
	r := &db.Room{Table: t, Full: float64(orZero(t.Rows)), Along: d.Along}
	f.l.Add(r)
	return f.rowsOf(ctx, r, d)
}

// rowsOf copies the rows of one table.
func (f *filler) rowsOf(ctx context.Context, r *db.Room, d db.SampleDraw) error {
	if d.Share >= 1 && r.Full <= wholeRows {
		n, err := f.copy(ctx, r, f.insert(r)+fmt.Sprintf(" LIMIT %d", 4*wholeRows)) // the estimate may be low
		r.Complete = n < 4*wholeRows && r.Why == ""
		return err
	}
	if d.Along != nil {
		return f.along(ctx, r)
	}
	return f.ranges(ctx, r, d.Share)
}

// finish fetches what sampled rows refer to and the sample lacks, and then
// counts. Tables come behind those that refer to them.
func (f *filler) finish(ctx context.Context, d db.SampleDraw) error {
	r := f.l.Find(d.Table.Name)
	if r == nil {
		return nil
	}
	if !r.Complete {
		if err := f.follow(ctx, r); err != nil {
			return err
		}
	}
	return f.count(ctx, r)
}

// live names the live table.
func (f *filler) live(t *db.Table) string {
	return quoteAlways(f.l.e.server.Database) + "." + quoteAlways(t.Name)
}

// insert begins the statement that copies rows; a row that is there already is
// passed over.
func (f *filler) insert(r *db.Room) string {
	cols := copiedColumns(r.Table, "")
	return fmt.Sprintf("INSERT IGNORE INTO %s (%s) SELECT %s FROM %s", quoteAlways(r.Table.Name), cols, cols, f.live(r.Table))
}

// copiedColumns lists the columns that are not worked out by the server.
func copiedColumns(t *db.Table, from string) string {
	var cols []string
	for _, c := range t.Columns {
		if !c.Generated {
			cols = append(cols, from+quoteAlways(c.Name))
		}
	}
	return strings.Join(cols, ", ")
}

// triesARead is how often a read is begun that was ended for its time: on a
// busy machine it may have waited for a processor all the while.
const triesARead = 3

// copy runs one short read and answers how many rows it brought. One that took
// too long every time brings none: the server has ended it.
func (f *filler) copy(ctx context.Context, r *db.Room, sql string, args ...any) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	run, cancel := quietly(ctx)
	defer cancel()
	var n int64
	var err error
	for try := 0; try < triesARead && (try == 0 || timedOut(err)) && ctx.Err() == nil; try++ {
		n, err = f.read(run, sql, args...)
	}
	if timedOut(err) || codeOf(err) == codeLockTimeout {
		r.Why = fmt.Sprintf("a read took longer than %.0f ms and was ended", readSeconds*1e3)
		return 0, nil
	}
	r.Rows += float64(n)
	return n, err
}

// read runs one statement and rests behind it.
func (f *filler) read(ctx context.Context, sql string, args ...any) (int64, error) {
	start := time.Now()
	n, err := f.l.c.affected(ctx, sql, args...)
	took := time.Since(start)
	f.longest = max(f.longest, took)
	time.Sleep(min(took, longestRest))
	return n, err
}

func timedOut(err error) bool {
	switch codeOf(err) {
	case codeTimedOutMariaDB, codeTimedOutMySQL, codeInterrupted:
		return true
	}
	return false
}

// spent says why no more is drawn; "" while there is room and time.
func (f *filler) spent(r *db.Room, target float64) string {
	switch {
	case time.Now().After(f.until):
		return "time was up"
	case r.Rows >= target:
		return "the sample has room for no more"
	}
	return ""
}

// count reads what is there, and gathers statistics as the live table has
// them.
func (f *filler) count(ctx context.Context, r *db.Room) error {
	run, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*buildFor)
	defer cancel()
	if err := f.limit(run, buildFor.Seconds()); err != nil {
		return err
	}
	if err := f.alterKeys(run, r.Table, addKey); err != nil {
		return err
	}
	table := quoteAlways(r.Table.Name)
	analyze := "ANALYZE NO_WRITE_TO_BINLOG TABLE " + table
	if f.gathered[r.Table.Name] {
		analyze += " PERSISTENT FOR ALL"
	}
	if err := f.l.c.exec(run, analyze); err != nil {
		return err
	}
	if err := f.measure(run, r); err != nil {
		return err
	}
	if r.Complete {
		r.Full, r.Why = r.Rows, ""
	}
	r.Full = max(r.Full, r.Rows)
	return f.limit(run, readSeconds)
}

// measure counts the rows and how wide their values are, in one pass.
func (f *filler) measure(ctx context.Context, r *db.Room) error {
	exprs := []string{"COUNT(*)"}
	for _, c := range r.Table.Columns {
		exprs = append(exprs, "AVG(LENGTH("+quoteAlways(c.Name)+"))")
	}
	r.Widths = map[string]float64{}
	_, err := f.l.c.each(ctx, "SELECT "+strings.Join(exprs, ", ")+" FROM "+quoteAlways(r.Table.Name), nil, func(row []value) error {
		r.Rows = valueOf(row[0].s)
		for i, c := range r.Table.Columns {
			r.Widths[strings.ToLower(c.Name)] = storedBytes(c.Type, valueOf(row[i+1].s))
		}
		return nil
	})
	return err
}
