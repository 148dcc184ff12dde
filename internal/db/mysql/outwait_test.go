package mysql

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// alters counts the changes of tables that were sent, by whether they waited
// for their locks.
type alters struct{ waiting, never atomic.Int64 }

func (a *alters) trace(l db.Line) {
	switch {
	case strings.HasPrefix(l.SQL, "ALTER TABLE"):
		a.waiting.Add(1)
	case strings.HasPrefix(l.SQL, withoutWaiting):
		a.never.Add(1)
	}
}

// beside reads one row by its key again and again, as an application does, and
// looks how often the server lets somebody wait for a table; both beside the
// change, not within it.
type beside struct {
	reads, waits atomic.Int64
	done         chan struct{}
}

func readBeside(t *testing.T, ctx context.Context, reader, watcher *sql.DB) *beside {
	b := &beside{done: make(chan struct{}, 2)}
	every := func(count *atomic.Int64, d *sql.DB, query string) {
		defer func() { b.done <- struct{}{} }()
		for ; ctx.Err() == nil; time.Sleep(5 * time.Millisecond) {
			var n int64
			if err := d.QueryRow(query).Scan(&n); err != nil {
				t.Errorf("%s: %v", query, err)
				return
			}
			count.Add(n)
		}
	}
	go every(&b.reads, reader, "SELECT count(*) FROM orders WHERE id = 5")
	go every(&b.waits, watcher, "SELECT count(*) FROM information_schema.PROCESSLIST WHERE STATE = 'Waiting for table metadata lock' AND DB = DATABASE()")
	return b
}

func onTotal(e *Engine) db.Step {
	return e.CreateIndex(db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "total_cents"}}})
}

// runBeside carries out a step beside an application that reads.
func runBeside(t *testing.T, s *dbtest.Server, e *Engine, step db.Step) (*beside, error) {
	ctx, stop := context.WithCancel(t.Context())
	b := readBeside(t, ctx, s.OpenMariaDB(t, e.server.Database), s.OpenMariaDB(t, e.server.Database))
	_, err := e.Run(t.Context(), step, nil)
	stop()
	<-b.done
	<-b.done
	return b, err
}

func TestAChangeGivesUpInTimeAndBlocksNobody(t *testing.T) {
	for name, c := range map[string]struct {
		server func(testing.TB) *dbtest.Server
		told   bool
	}{
		"nothing tells who holds the table": {func(t testing.TB) *dbtest.Server { return dbtest.MariaDB(t) }, false},
		"the plugin tells": {func(t testing.TB) *dbtest.Server {
			s := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{})
			dbtest.Exec(t, s.OpenMariaDB(t, ""), "INSTALL SONAME 'metadata_lock_info'")
			return s
		}, true},
		"performance_schema tells": {func(t testing.TB) *dbtest.Server {
			return dbtest.NewMariaDB(t, dbtest.MariaDBOptions{PerformanceSchema: true})
		}, true},
	} {
		t.Run(name, func(t *testing.T) { givesUp(t, c.server(t), c.told) })
	}
}

// givesUp: an idle transaction has read the table. Who is told so sends
// nothing; who is not tells the server not to wait.
func givesUp(t *testing.T, s *dbtest.Server, told bool) {
	var sent alters
	e, app := orders(t, s, 200, Options{WriteTimeout: 3 * time.Second, Trace: sent.trace})
	dbtest.Exec(t, app, "BEGIN")
	dbtest.Exec(t, app, "SELECT id FROM orders LIMIT 1")
	step := onTotal(e)
	b, err := runBeside(t, s, e, step)
	if !errors.Is(err, db.ErrBusy) || !strings.Contains(err.Error(), "gave up") || !strings.Contains(err.Error(), "session "+idOf(t, app)) {
		t.Errorf("got %v, want it to give up and name session %s", err, idOf(t, app))
	}
	if n := sent.waiting.Load(); n != 0 || b.waits.Load() != 0 || b.reads.Load() == 0 {
		t.Errorf("%d changes were sent that wait; somebody was seen to wait %d times beside %d reads; want none of both", n, b.waits.Load(), b.reads.Load())
	}
	if n := sent.never.Load(); told != (n == 0) {
		t.Errorf("%d changes were sent that do not wait; the server tells who holds the table: %v", n, told)
	}
	if now, err := e.State(t.Context(), step.Object); now != db.Absent || err != nil {
		t.Errorf("it left %q, %v", now, err)
	}
	dbtest.Exec(t, app, "COMMIT")
	if _, err := e.Run(t.Context(), step, nil); err != nil {
		t.Errorf("and when the lock is gone: %v", err)
	}
}

// A transaction that is old, but of another table, stops no change: not even
// where nothing tells what it holds.
func TestATransactionOfAnotherTableIsInNobodysWay(t *testing.T) {
	e, app := orders(t, dbtest.MariaDB(t), 200, Options{WriteTimeout: time.Minute})
	dbtest.Exec(t, app, "BEGIN")
	dbtest.Exec(t, app, "SELECT id FROM products LIMIT 1")
	step := onTotal(e)
	for _, x := range []db.Step{step, {Object: step.Object, Do: step.Undo, Before: step.After, After: step.Before}} {
		if _, err := e.Run(t.Context(), x, nil); err != nil {
			t.Errorf("%s: %v", x.Do[0], err)
		}
	}
}

// A lock without a transaction is seen by nobody where nothing tells who holds
// the table: what was held up is added up.
func TestWhatIsHeldUpIsBoundedInAll(t *testing.T) {
	var sent alters
	e, app := orders(t, dbtest.MariaDB(t), 200, Options{WriteTimeout: 6 * time.Second, MaxBlock: 2 * time.Second, Trace: sent.trace})
	dbtest.Exec(t, app, "LOCK TABLES orders READ")
	_, err := e.Run(t.Context(), onTotal(e), nil)
	if !errors.Is(err, db.ErrBusy) || !strings.Contains(err.Error(), "gave up") {
		t.Errorf("got %v", err)
	}
	if n := sent.waiting.Load(); n > 2 {
		t.Errorf("%d tries of 1 s were made, want no more than --max-block has room for: 2", n)
	}
	// A server that always waits is not tried again.
	r := &runner{e: &Engine{o: Options{MaxBlock: 2 * time.Second}}, step: db.Step{Object: db.Object{Kind: db.ObjectIndex}}, heldUp: 2 * time.Second}
	if r.mayWait() || r.e.server.neverWaits() {
		t.Error("a third try would wait")
	}
}

func TestWhoStaysInTheWay(t *testing.T) {
	before := map[string]string{"7": "421 06:00:00", "8": "9 06:00:00"}
	for name, c := range map[string]struct {
		now  map[string]string
		want string
	}{
		"nobody":                           {nil, ""},
		"one with the same transaction":    {map[string]string{"7": "421 06:00:00"}, "7"},
		"one that has begun another since": {map[string]string{"7": "421 06:00:01"}, ""},
		"one that came later":              {map[string]string{"9": "10 06:00:01"}, ""},
	} {
		if got := stays(before, c.now); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
