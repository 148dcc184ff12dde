package postgres

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// Two transactions are prepared, each with a row of its own: who waits for a
// row stands behind its holder, and not behind the other one.
func TestWhoWaitsForAPreparedTransactionIsToldWhichOne(t *testing.T) {
	server := dbtest.NewPostgres(t, dbtest.PostgresOptions{Settings: map[string]string{"max_prepared_transactions": "5"}})
	url := server.PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, "CREATE TABLE stock (id int PRIMARY KEY, n int); INSERT INTO stock VALUES (1, 1), (2, 2); CREATE ROLE shop SUPERUSER")
	prepare := func(update, gid string) {
		dbtest.Exec(t, app, "SET ROLE shop")
		dbtest.Exec(t, app, "BEGIN; "+update+"; PREPARE TRANSACTION "+gid)
		dbtest.Exec(t, app, "RESET ROLE")
	}
	prepare("UPDATE stock SET n = 9 WHERE id = 1", "'first'")
	prepare("UPDATE stock SET n = 9 WHERE id = 2", "'it''s tx9'")
	e := open(t, url)
	const second = "prepared transaction it's tx9"
	if list := must(e.Sessions(t.Context()))(t); len(preparedOf(list)) != 2 || len(db.BlockingTree(list)) != 0 {
		t.Fatalf("before anybody waits: %+v, want both prepared transactions, and no tree", list)
	}
	waiter := dbtest.OpenPostgres(t, url)
	done := make(chan error, 1)
	go func() { _, err := waiter.Exec("UPDATE stock SET n = 3 WHERE id = 2"); done <- err }()

	list, root := untilBlocked(t, e)
	if root.ID != second || root.Behind != 1 || root.At < 0 {
		t.Fatalf("the root is %+v, want %q with 1 behind it, listed", root, second)
	}
	s := list[root.At]
	if s.User != "shop" || s.Transaction <= 0 || s.Idle || s.Prepared.Name != "it's tx9" || s.Prepared.Database == "" || !strings.Contains(url, s.Prepared.Database) {
		t.Errorf("got %+v of %+v, want the role that prepared it, its age and its database", s, s.Prepared)
	}
	if n := db.CountSessions(list); n != len(list)-2 {
		t.Errorf("%d of %d are sessions, want all but the prepared two", n, len(list))
	}
	if err := e.Terminate(t.Context(), second); err == nil {
		t.Error("it was terminated; there is no session")
	}
	dbtest.Exec(t, app, s.Prepared.Rollback) // what is shown to be copied is what frees them
	if err := <-done; err != nil {
		t.Errorf("who waited failed when its lock was free: %v", err)
	}
	left := preparedOf(must(e.Sessions(t.Context()))(t))
	if len(left) != 1 || left[0].Name != "first" {
		t.Fatalf("%+v are left, want the first", left)
	}
	dbtest.Exec(t, app, left[0].Commit)
}

// preparedOf are those that are no sessions.
func preparedOf(list []db.Session) (out []*db.Prepared) {
	for _, s := range list {
		if s.Prepared != nil {
			out = append(out, s.Prepared)
		}
	}
	return out
}

// untilBlocked looks until one waits for another, and answers the root.
func untilBlocked(t *testing.T, e *Engine) ([]db.Session, db.BlockedSession) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		list := must(e.Sessions(t.Context()))(t)
		if tree := db.BlockingTree(list); len(tree) > 0 {
			return list, tree[0]
		}
	}
	t.Fatal("nobody was seen waiting in a minute")
	return nil, db.BlockedSession{}
}

func TestLockModesConflictAsTheManualSays(t *testing.T) {
	modes := strings.Fields("AccessShareLock RowShareLock RowExclusiveLock ShareUpdateExclusiveLock ShareLock ShareRowExclusiveLock ExclusiveLock AccessExclusiveLock")
	for i, want := range []string{".......X", "......XX", "....XXXX", "...XXXXX", "..XX.XXX", "..XXXXXX", ".XXXXXXX", "XXXXXXXX"} {
		for j, has := range modes {
			if got := conflict(modes[i], has); got != (want[j] == 'X') {
				t.Errorf("%s is asked for where %s is held: conflict %v", modes[i], has, got)
			}
		}
	}
}

func TestAServerThatPreparesNothingIsNotAskedForIt(t *testing.T) {
	url, _ := dbtest.PostgresOrders(t, 10)
	e, sent := taped(t, url)
	must(e.Sessions(t.Context()))(t)
	if text := sent.cut(); strings.Contains(text, "FROM pg_prepared_xacts") {
		t.Errorf("it was asked:\n%s", text)
	}
}

func TestAHolderThatIsNotKnownIsNotInvented(t *testing.T) {
	two := twoPhase{rows: []preparedRow{{XID: "7", GID: "a"}, {XID: "8", GID: "b"}}, locks: []preparedLock{{"12", "8", "ShareLock", "ShareLock"}, {"12", "7", "ShareLock", "ExclusiveLock"}}}
	for _, row := range []struct {
		name   string
		p      twoPhase
		by     []string
		waiter string
		want   []string
	}{
		{"waits for sessions alone", two, []string{"30"}, "12", []string{"30"}},
		{"the lock conflicts", two, []string{"30", somePrepared}, "12", []string{"30", "prepared transaction a"}},
		{"it has gone between two questions", two, []string{somePrepared}, "13", []string{somePrepared}},
		{"there is but one", twoPhase{rows: two.rows[:1]}, []string{somePrepared}, "13", []string{"prepared transaction a"}},
	} {
		if got := row.p.named(slices.Clone(row.by), row.waiter); !slices.Equal(got, row.want) {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}
