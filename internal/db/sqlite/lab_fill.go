package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"strings"
	"time"

	"mltop/internal/db"
)

// A filler copies rows out of the live file. Each statement is one
// autocommit "INSERT … SELECT … LIMIT n" between the copy and the live file,
// attached for that moment: the lock on the live file lives as long as the
// statement, and in WAL mode nothing stays open behind it.
type filler struct {
	c        *conn
	src      Source
	facts    liveFacts
	rooms    map[string]*room
	progress func(db.Progress)
	maxBytes int64
	left     time.Duration // for all that is still to be copied
	deadline time.Time     // of the fill that is under way
	rng      *rand.Rand
	size     float64 // rows a statement, adapted to what the last one took
	longest  time.Duration
}

// How long a statement may hold the read lock of the live file. It is cut off
// at the limit, and sized to stay well below it.
const (
	lockLimit  = 20 * time.Millisecond
	lockTarget = 6 * time.Millisecond
	firstSize  = 16 // rows: even rows of 1 MB stay in the limit
	mostRows   = 20000
	// shortestPause lets a waiting writer in even between the shortest reads.
	shortestPause = 300 * time.Microsecond
)

// fill copies what the bounds allow: the tables that refer to others first,
// so that what they refer to can be fetched behind them.
func (f *filler) fill(ctx context.Context, rooms []*room) error {
	begin := time.Now()
	f.deadline = begin.Add(f.left)
	defer func() { f.left -= time.Since(begin) }()
	for i, r := range rooms {
		f.progress(db.Progress{Stage: "copying rows of " + r.table.Name, Done: float64(i) / float64(len(rooms))})
		if err := f.fillRoom(ctx, r, f.share(rooms[i:])); err != nil {
			return fmt.Errorf("copy rows of %s: %w", r.table.Name, err)
		}
	}
	return nil
}

// order puts small tables first, since they are copied whole, then children
// before their parents.
func (f *filler) order() []*room {
	var rooms []*room
	for _, r := range f.rooms {
		rooms = append(rooms, r)
	}
	rank := map[*room]int{}
	for _, r := range rooms {
		rank[r] = f.depth(r.table.Name, 0)
	}
	sort.Slice(rooms, func(i, j int) bool {
		if rank[rooms[i]] != rank[rooms[j]] {
			return rank[rooms[i]] < rank[rooms[j]]
		}
		return rooms[i].table.Name < rooms[j].table.Name
	})
	return rooms
}

// depth is how far a table stands from those that nobody refers to.
func (f *filler) depth(name string, guard int) int {
	deepest := 0
	for _, r := range f.rooms {
		for _, fk := range r.table.ForeignKeys {
			if guard < len(f.rooms) && strings.EqualFold(fk.Table, name) && !strings.EqualFold(r.table.Name, name) {
				deepest = max(deepest, 1+f.depth(r.table.Name, guard+1))
			}
		}
	}
	return deepest
}

// An allowance is what one table may take.
type allowance struct {
	bytes int64
	until time.Time
}

// smallShare is room that each table gets at least: one of this size is not
// worth sampling.
const smallShare = 4 << 20

// share divides what is left of bytes and time among the tables that are
// left: of the bytes in proportion to their size where it is known.
func (f *filler) share(rooms []*room) allowance {
	left := time.Until(f.deadline)
	a := allowance{bytes: f.maxBytes, until: time.Now().Add(left / time.Duration(len(rooms)))}
	if len(rooms) == 1 || f.facts.bytes <= f.maxBytes {
		a.until = time.Now().Add(left * 2 / time.Duration(len(rooms)+1))
	}
	if f.facts.bytes <= f.maxBytes {
		return a
	}
	a.bytes = f.maxBytes / int64(len(f.rooms))
	if b := rooms[0].table.Bytes; b != nil {
		a.bytes = int64(float64(f.maxBytes) * float64(*b) / float64(f.facts.bytes))
	}
	a.bytes = max(a.bytes, min(smallShare, f.maxBytes/int64(2*len(f.rooms))))
	return a
}

func (f *filler) fillRoom(ctx context.Context, r *room, a allowance) error {
	f.size, r.filled = firstSize, true
	before, err := f.copyBytes(ctx)
	if err != nil {
		return err
	}
	spent := func() (string, error) { return f.spent(ctx, before, a) }
	if r.table.WithoutRowID {
		err = f.fillByKey(ctx, r, spent)
	} else {
		err = f.fillByRowID(ctx, r, spent)
	}
	if err != nil {
		return err
	}
	return f.count(ctx, r)
}

// spent says which bound is met; "" while there is room.
func (f *filler) spent(ctx context.Context, before int64, a allowance) (string, error) {
	if time.Now().After(a.until) {
		return "the time for the copy was over", nil
	}
	now, err := f.copyBytes(ctx)
	if err == nil && now-before > a.bytes {
		return "the bytes for the copy were used up", nil
	}
	return "", err
}

func (f *filler) copyBytes(ctx context.Context) (int64, error) {
	pages, _, err := intOf(ctx, f.c, "PRAGMA main.page_count")
	return pages * f.facts.pageSize, err
}

func (f *filler) count(ctx context.Context, r *room) (err error) {
	if r.rows, _, err = intOf(ctx, f.c, "SELECT count(*) FROM main."+quoted(r.table.Name)); err != nil {
		return err
	}
	if r.complete || r.fullRows < r.rows {
		r.fullRows = r.rows
	}
	return nil
}

// live attaches the live file, runs f and detaches it, again and again while
// the file is locked.
func (f *filler) live(ctx context.Context, run func() error) error {
	return patient(ctx, f.deadline.Add(time.Second), func() error {
		uri, err := f.src.URI(ctx)
		if err != nil {
			return err
		}
		if err := f.c.exec(ctx, "ATTACH ? AS live", uri); err != nil {
			return err
		}
		err = run()
		return errors.Join(err, f.c.exec(context.WithoutCancel(ctx), "DETACH live"))
	})
}

// chunk copies at most f.size rows and answers how many came. It paces
// itself: as long a pause as the lock was held.
func (f *filler) chunk(ctx context.Context, sql string, args ...driver.Value) (copied int64, err error) {
	for {
		n := int64(f.size)
		copied, err = f.copyRows(ctx, sql, n <= 1, append(args[:len(args):len(args)], n))
		if err == nil {
			return copied, nil
		}
		if !cutOff(ctx, err) || n <= 1 {
			return 0, err
		}
		f.size = max(1, f.size/4)
	}
}

// cutOff reports whether our own limit ended a statement, not the user.
func cutOff(ctx context.Context, err error) bool {
	return ctx.Err() == nil && (isInterrupt(err) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled))
}

func (f *filler) copyRows(ctx context.Context, sql string, one bool, args []driver.Value) (copied int64, err error) {
	var took time.Duration
	err = f.live(ctx, func() error {
		limited, cancel := context.WithTimeout(ctx, lockFor(one))
		defer cancel()
		start := time.Now()
		err := f.c.exec(limited, sql, args...)
		took = time.Since(start)
		return err
	})
	f.longest = max(f.longest, took)
	if err != nil {
		return 0, err
	}
	f.adapt(took)
	copied, _, err = intOf(ctx, f.c, "SELECT changes()")
	pause(ctx, max(took, shortestPause))
	return copied, err
}

// lockFor cuts a statement off, unless it reads one single row: that must be
// possible however large the row is.
func lockFor(one bool) time.Duration {
	if one {
		return 10 * lockLimit
	}
	return lockLimit
}

func (f *filler) adapt(took time.Duration) {
	factor := float64(lockTarget) / math.Max(float64(took), 1)
	f.size = math.Max(1, math.Min(f.size*math.Max(0.25, math.Min(factor, 3)), mostRows))
}

// insertSQL is the statement that copies rows; where names live.t's rows.
func insertSQL(t *db.Table, where string) string {
	cols := copiedColumns(t)
	return fmt.Sprintf("INSERT OR IGNORE INTO main.%s(%s) SELECT %s FROM live.%s WHERE %s",
		quoted(t.Name), cols, cols, quoted(t.Name), where)
}

// copiedColumns lists what is copied: all but generated columns, and the
// rowid where no column is it.
func copiedColumns(t *db.Table) string {
	var cols []string
	if !t.WithoutRowID && t.RowID == "" {
		cols = append(cols, rowIDOf(t))
	}
	for _, c := range t.Columns {
		if !c.Generated {
			cols = append(cols, quoted(c.Name))
		}
	}
	return strings.Join(cols, ", ")
}

// rowIDOf is a name by which a table's rowid can be reached.
func rowIDOf(t *db.Table) string {
	if t.RowID != "" {
		return quoted(t.RowID)
	}
	for _, name := range []string{"rowid", "_rowid_", "oid"} {
		if t.Column(name) == nil {
			return name
		}
	}
	return "rowid"
}
