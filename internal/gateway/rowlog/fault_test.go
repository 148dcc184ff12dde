package rowlog

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"mltop/internal/db/dbtest"
	"mltop/internal/wire"
)

func openSQLite(path string) (*sql.DB, error) {
	return sql.Open("sqlite3", "file:"+path+"?_busy_timeout=10000")
}

func spillIsEmpty(s *wire.GatewayLog) bool { return s.Spill.Rows == 0 && s.Spill.Bytes == 0 }

// lockFile holds the write lock of a file until it is let go.
func lockFile(t *testing.T, path string) (letGo func()) {
	t.Helper()
	d, err := openSQLite(path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.Conn(context.Background())
	if err == nil {
		_, err = c.ExecContext(context.Background(), "BEGIN IMMEDIATE")
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		c.ExecContext(context.Background(), "ROLLBACK")
		c.Close()
		d.Close()
	}
}

func TestALockedDatabaseHoldsNoRequestUp(t *testing.T) {
	p := sqlitePlace(t)
	r := quick(t)
	l, said := begin(t, p, r)
	handAll(t, l, 0, 50)
	sooner(t, l, "the first rows are written", func(s *wire.GatewayLog) bool { return s.Written == 50 })
	letGo := lockFile(t, p.target.Path)
	handAll(t, l, 50, 1000)
	s := sooner(t, l, "rows are spilled", func(s *wire.GatewayLog) bool { return s.Spill.Rows == 950 })
	if s.State != "away" || !strings.Contains(s.Why, "locked") || s.Dropped != 0 || s.Lag == nil {
		t.Errorf("while it is locked the state is %+v", s)
	}
	letGo()
	s = sooner(t, l, "they are replayed", func(s *wire.GatewayLog) bool { return spillIsEmpty(s) && s.State == "ok" })
	handAll(t, l, 1000, 1100)
	ended(t, l)
	if s.Replayed != 950 {
		t.Errorf("%d rows were replayed, want 950", s.Replayed)
	}
	if got := rowPaths(t, p.open(t)); !slices.Equal(got, wantPaths(1100)) {
		t.Errorf("there are %d rows, want 1100 in order", len(got))
	}
	if all := said.all(); strings.Count(all, "does not take rows") != 1 || strings.Count(all, "takes rows again after") != 1 {
		t.Errorf("it said\n%s", all)
	}
}

func TestAStopSpillsWhatTheDatabaseDoesNotTake(t *testing.T) {
	p := sqlitePlace(t)
	r := quick(t)
	l, said := begin(t, p, r)
	letGo := lockFile(t, p.target.Path)
	handAll(t, l, 0, 300)
	ended(t, l)
	letGo()
	if all := said.all(); !strings.Contains(all, "300 rows wait in "+r.Spill+" for the next start: ") {
		t.Errorf("it said\n%s", all)
	}
	l, said = begin(t, p, r)
	if all := said.all(); !strings.Contains(all, "300 rows of an earlier run wait in") {
		t.Errorf("the next one said\n%s", all)
	}
	sooner(t, l, "all is replayed", spillIsEmpty)
	handAll(t, l, 300, 310)
	ended(t, l)
	if got := rowPaths(t, p.open(t)); !slices.Equal(got, wantPaths(310)) {
		t.Errorf("the rows are %v", got)
	}
	if _, err := os.Stat(r.Spill); !os.IsNotExist(err) {
		t.Errorf("the empty spill file is left: %v", err)
	}
}

func TestWhatFindsNoPlaceIsDroppedAndCounted(t *testing.T) {
	p := sqlitePlace(t)
	r := quick(t)
	r.Queue, r.Most = 200, 4096
	l, _ := begin(t, p, r)
	letGo := lockFile(t, p.target.Path)
	handed := 0
	sooner(t, l, "the spill file is full, then the queue", func(s *wire.GatewayLog) bool {
		for hand(l, fmt.Sprintf("/r/%d", handed), 200) {
			handed++
		}
		return s.Dropped > 0 && strings.Contains(s.Why, "as long as it may get")
	})
	failures := l.State().Failures
	sooner(t, l, "it is tried again and again", func(s *wire.GatewayLog) bool {
		if strings.Count(s.Why, "as long as it may get") > 1 || !strings.Contains(s.Why, "locked; ") {
			t.Errorf("why is %.300q, want what is wrong now with the database and with the file", s.Why)
			return true
		}
		return s.Failures > failures+2
	})
	if s := l.State(); s.Spill.Bytes > 4096 || s.Entries.Made > 200 {
		t.Errorf("under pressure the state is %+v", s)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err := l.Close(ctx)
	letGo()
	s := l.State()
	if err == nil || s.Lost == 0 || !strings.Contains(err.Error(), fmt.Sprintf("%d rows of the request log are lost", s.Lost)) {
		t.Errorf("the stop says %v, and %d rows are lost; want that it says so", err, s.Lost)
	}
	l, _ = begin(t, p, r)
	sooner(t, l, "all is replayed", spillIsEmpty)
	ended(t, l)
	if got := rowPaths(t, p.open(t)); len(got) != handed-int(s.Lost) || !slices.Equal(got, wantPaths(len(got))) {
		t.Errorf("there are %d rows, want %d that were handed in less %d that are lost", len(got), handed, s.Lost)
	}
}

func TestAServerThatIsKilledAndComesBack(t *testing.T) {
	for _, of := range []struct {
		server *dbtest.Server
		place  func(*testing.T, *dbtest.Server) place
	}{
		{mariaDB(t), mariaPlace}, {dbtest.Postgres(t), postgresPlace},
	} {
		p, r := of.place(t, of.server), quick(t)
		r.Pool.Min = 2
		l, said := begin(t, p, r)
		handAll(t, l, 0, 250)
		sooner(t, l, "rows are written", func(s *wire.GatewayLog) bool { return s.Written == 250 && s.Pool.Open == 2 })
		if err := of.server.Kill(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		n := 250 // the sessions of a PostgreSQL may outlive it for some rows
		s := sooner(t, l, "rows are spilled", func(s *wire.GatewayLog) bool {
			if s.Queue == 0 {
				handAll(t, l, n, n+50)
				n += 50
			}
			return s.Spill.Rows >= 400
		})
		if s.State != "away" || s.Why == "" {
			t.Errorf("%s: without a server the state is %+v", p.name, s)
		}
		if err := of.server.Restart(); err != nil {
			t.Fatal(err)
		}
		sooner(t, l, "all is replayed", spillIsEmpty)
		handAll(t, l, n, n+100)
		ended(t, l)
		if got := rowPaths(t, p.open(t)); !slices.Equal(got, wantPaths(n+100)) {
			t.Errorf("%s: there are %d rows, want %d in order, each once", p.name, len(got), n+100)
		}
		if all := said.all(); strings.Count(all, "takes rows again after") != 1 {
			t.Errorf("%s: it said\n%s", p.name, all)
		}
	}
}

func TestALogBeginsWithoutItsServer(t *testing.T) {
	server := mariaDB(t)
	p, r := mariaPlace(t, server), quick(t)
	nowhere := server.MariaDBConfig("x")
	nowhere.Addr += "-gone"
	c, err := mysql.NewConnector(nowhere)
	if err != nil {
		t.Fatal(err)
	}
	l, said := begin(t, place{target: Target{Kind: MariaDB, Name: "gone", Connect: c}}, r)
	if all := said.all(); !strings.Contains(all, "gone does not take rows") {
		t.Errorf("it said %q", all)
	}
	handAll(t, l, 0, 120)
	ended(t, l)
	l, _ = begin(t, p, r)
	sooner(t, l, "the rows are there", func(s *wire.GatewayLog) bool { return s.Replayed == 120 })
	ended(t, l)
	if got := rowPaths(t, p.open(t)); !slices.Equal(got, wantPaths(120)) {
		t.Errorf("the rows are %v", got)
	}
}

func TestWhatTheDatabaseRefusesForGoodIsAnError(t *testing.T) {
	server := mariaDB(t)
	c, err := mysql.NewConnector(server.MariaDBConfig("no_such_database"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, row := range []struct {
		target Target
		want   string
	}{
		{Target{Kind: MariaDB, Name: "nobody's", Connect: c}, "open the request log nobody's: "},
		{Target{Kind: SQLite, Name: "a folder", Path: dir}, "open the request log a folder: "},
		{Target{Kind: SQLite, Name: "in no folder", Path: dir + "/none/x.db"}, "make the log's file: "},
	} {
		if _, err := Open(t.Context(), row.target, quick(t), func(string) {}); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %q", row.target.Name, err, row.want)
		}
	}
}

// SQLite takes the transaction back with the row, if a table says so.
func TestARowWhoseRefusalTakesTheBatchBackCostsOnlyItself(t *testing.T) {
	p, r := sqlitePlace(t), quick(t)
	d := p.open(t)
	log, _ := p.target.Kind.tables(r.Table)
	dbtest.Exec(t, d, strings.Replace(log, "status_code INTEGER", "status_code INTEGER UNIQUE ON CONFLICT ROLLBACK", 1))
	l, _ := begin(t, p, r)
	for i, path := range []string{"/r/0", "/bad", "/r/1", "/bad", "/r/2"} {
		hand(l, path, []int{200, 200, 404, 404, 500}[i])
	}
	ended(t, l)
	if s := l.State(); s.Written != 3 || s.Refused != 2 || s.Lost != 0 {
		t.Errorf("the state is %+v, want 3 written and 2 refused", s)
	}
	if got := rowPaths(t, d); !slices.Equal(got, wantPaths(3)) {
		t.Errorf("the rows are %v", got)
	}
}
