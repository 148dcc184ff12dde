package mysql

import (
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/serverlog"
)

// A reporting job is connected to a database of its own, and names ours: it is
// load on our tables. What only shares our server is not.
func TestStatementsThatNameOurTablesCountWhateverTheirDefaultDatabase(t *testing.T) {
	s := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{PerformanceSchema: true})
	e, _ := orders(t, s, 50, Options{})
	ours := e.server.Database
	admin := s.OpenMariaDB(t, "")
	dbtest.Exec(t, admin, "CREATE DATABASE reports")
	dbtest.Exec(t, admin, "CREATE TABLE reports.orders (nr INT PRIMARY KEY)")
	dbtest.Exec(t, admin, "SELECT COUNT(*) FROM "+ours+".orders WHERE total_cents > 1") // no default database
	dbtest.Exec(t, admin, "SELECT COUNT(*) FROM reports.orders WHERE nr > 7")
	job := s.OpenMariaDB(t, "reports")
	for range 3 {
		dbtest.Exec(t, job, "SELECT COUNT(*) FROM "+ours+".orders WHERE customer_id = 7")
	}
	dbtest.Exec(t, job, "SELECT COUNT(*) FROM orders r JOIN "+ours+".orders o ON o.id = r.nr") // one is its own
	dbtest.Exec(t, job, "SELECT MAX(nr) FROM orders WHERE nr < 9")
	dbtest.Exec(t, admin, "CREATE DATABASE mltop_scratch_77") // of some mltop that has ended since
	sampler := s.OpenMariaDB(t, "mltop_scratch_77")
	dbtest.Exec(t, sampler, "CREATE TABLE orders AS SELECT id FROM "+ours+".orders WHERE id < 5")
	dbtest.Exec(t, sampler, "SELECT COUNT(*) FROM "+ours+".orders WHERE id > 77")
	app := s.OpenMariaDB(t, ours)
	dbtest.Exec(t, app, "SELECT COUNT(*) FROM reports.orders WHERE nr = 3") // it is the application's own

	// The server books a statement a moment after it has answered it.
	var got db.StatementTotals
	calls := map[string]float64{}
	for end := time.Now().Add(time.Minute); calls["nr = ?"] < 1 && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		e.beyond.at = time.Time{}
		got = must(e.StatementTotals(t.Context()))(t)
		calls = callsWith(got, "total_cents > ?", "nr > ?", "customer_id = ?", "r.nr", "nr < ?", "nr = ?", "id > ?", "id < ?")
	}
	for mark, want := range map[string]float64{"total_cents > ?": 1, "nr > ?": 0, "customer_id = ?": 3, "r.nr": 0, "nr < ?": 0, "nr = ?": 1, "id > ?": 0, "id < ?": 0} {
		if calls[mark] != want {
			t.Errorf("%q: %v calls are counted, want %v", mark, calls[mark], want)
		}
	}
	if want := "1 statement names tables of " + ours + " beside others, from sessions whose default database is another one (reports)"; !strings.HasPrefix(got.Missing["elsewhere"], want) {
		t.Errorf("left out: got %q, want %q", got.Missing["elsewhere"], want)
	}
}

// callsWith counts the calls of the statements whose text holds a mark.
func callsWith(st db.StatementTotals, marks ...string) map[string]float64 {
	calls := map[string]float64{}
	for _, x := range st.List {
		for _, mark := range marks {
			if strings.Contains(x.Text, mark) && x.Calls != nil {
				calls[mark] += *x.Calls
			}
		}
	}
	return calls
}

func TestWhatMeansOurTablesUnderAnyDefaultDatabase(t *testing.T) {
	e := &Engine{server: server{flavour: flavour{MariaDB: true}, Database: "shop"}}
	for _, row := range []struct {
		sql          string
		ours, others bool
	}{
		{"SELECT * FROM shop.orders WHERE id = 1", true, false},
		{"SELECT * FROM Shop.orders o JOIN shop.items i ON i.order_id = o.id", true, false},
		{"UPDATE shop.orders SET status = (SELECT max(s) FROM hr.states)", true, false},
		{"SELECT * FROM orders JOIN shop.items USING (id)", false, false},
		{"SELECT * FROM hr.people", false, true},
		{"SELECT * FROM people WHERE name = 'shop.orders'", false, true},
		{"SELECT 1", false, false},
		{"SELECT * FROM shop.orders WHERE", false, false},
	} {
		if ours, others := e.meansOurs(row.sql), e.meansOthers(row.sql); ours != row.ours || others != row.others {
			t.Errorf("%s: ours %v, others %v; want %v, %v", row.sql, ours, others, row.ours, row.others)
		}
	}
	if e.ofElsewhere("SELECT * FROM orders") || !e.ofElsewhere("SELECT * FROM `shop`.orders") {
		t.Error("seen in a session of another database: only the one that names ours is")
	}
	x := &serverlog.Entry{Schema: "hr", SQL: []byte("SELECT * FROM shop.orders")}
	if e.notOurs(x) {
		t.Error("in a slow log it is left out")
	}
}
