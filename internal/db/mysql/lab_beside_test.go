package mysql

import (
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// An application goes on beside the sampling: it waits for no lock, not even
// one row's, and its replicas hear nothing of it.
func TestSamplingStandsInNobodysWay(t *testing.T) {
	s := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{Settings: map[string]string{"log-bin": "binlog", "server-id": "1", "binlog-format": "ROW"}})
	e, app := orders(t, s, 5000, Options{})
	name := must(e.ID(t.Context()))(t).Database
	holder := s.OpenMariaDB(t, name)
	tx := must(holder.Begin())(t) // an open transaction has changed rows of every table
	for _, sql := range []string{"UPDATE orders SET status = 'held' WHERE id IN (50, 100, 4950)", "UPDATE customers SET city = 'held' WHERE id = 7", "DELETE FROM order_items WHERE order_id = 9"} {
		if _, err := tx.Exec(sql); err != nil {
			t.Fatal(err)
		}
	}
	dbtest.Exec(t, app, "SET SESSION innodb_lock_wait_timeout = 0, lock_wait_timeout = 0") // it fails when it has to wait
	stop, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		for i := 1; ; i++ {
			select {
			case <-stop:
				ended <- nil
				return
			default:
			}
			if _, err := app.Exec("UPDATE orders SET total_cents = ? WHERE id = ?", i, 1+50*(i%90)); err != nil {
				ended <- err
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	l := labOf(t, e, 0)
	if r := l.Find("orders"); r == nil || r.Rows != 5000 || !r.Complete {
		t.Errorf("of the orders: %+v", r)
	}
	if held := texts(t, app, "SELECT COUNT(*) FROM "+l.name+".orders WHERE status = 'held'"); held[0] != "0" {
		t.Errorf("%s rows that were never committed are in the sample", held[0])
	}
	must(l.Cost(t.Context(), db.Query{SQL: "SELECT * FROM orders WHERE total_cents = 3"}, db.Config{Add: []db.Index{{Table: "orders", Columns: []db.IndexColumn{{Name: "total_cents"}}}}}))(t)
	close(stop)
	if err := <-ended; err != nil {
		t.Errorf("the application had to wait: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if log := eventsOf(t, s, name); strings.Contains(log, db.ScratchPrefix) || !strings.Contains(log, "order_items") {
		t.Errorf("the binary log tells of the sample, or of nothing: %.200s", log)
	}
}

// eventsOf is the binary log as text.
func eventsOf(t *testing.T, s *dbtest.Server, name string) string {
	t.Helper()
	rows, err := s.OpenMariaDB(t, name).Query("SHOW BINLOG EVENTS")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out strings.Builder
	for rows.Next() {
		var file, kind, info string
		var pos, id, end int64
		if err := rows.Scan(&file, &pos, &kind, &id, &end, &info); err != nil {
			t.Fatal(err)
		}
		out.WriteString(info + "\n")
	}
	return out.String()
}

func TestHowAServerHidesAnIndex(t *testing.T) {
	for _, c := range []struct{ version, comment, want string }{
		{"10.11.6-MariaDB", "", "IGNORED"}, {"10.5.23-MariaDB", "", ""}, {"8.0.36", "MySQL Community Server", "INVISIBLE"}, {"5.7.44", "MySQL Community Server", ""},
	} {
		f, _ := parseVersion(c.version, c.comment)
		hide, _, ok := f.hides()
		if !ok {
			hide = ""
		}
		if hide != c.want {
			t.Errorf("%s: got %q, want %q", c.version, hide, c.want)
		}
	}
}

// A server that cannot hide an index has it dropped from the sample, and
// built again.
func TestTheLabOfAServerThatCannotHide(t *testing.T) {
	e, _ := orders(t, dbtest.MariaDB(t), 500, Options{})
	e.server.Minor = 5
	l := labOf(t, e, 0)
	const sql = "SELECT title FROM products WHERE category = 'category 3'"
	for range 2 {
		shown := must(l.Cost(t.Context(), db.Query{SQL: sql}, db.Config{}))(t)
		hidden := must(l.Cost(t.Context(), db.Query{SQL: sql}, db.Config{Hide: []string{"products_category"}}))(t)
		if len(shown.Uses) != 1 || len(hidden.Uses) != 0 || hidden.Value <= shown.Value {
			t.Errorf("shown: %v by %v, hidden: %v by %v", shown.Value, shown.Uses, hidden.Value, hidden.Uses)
		}
	}
}

// A histogram says how rare a value is that no index knows; a plan that rests
// on it must look the same on the sample.
func TestTheSampleHasStatisticsOfColumnsWhereTheLiveTableHas(t *testing.T) {
	e, app := orders(t, dbtest.MariaDB(t), 3000, Options{})
	const query = "SELECT id FROM orders WHERE status = 'open'"
	bare := must(labOf(t, e, 0).Plan(t.Context(), db.Query{SQL: query}, db.Config{}))(t)
	dbtest.Exec(t, app, "ANALYZE TABLE orders PERSISTENT FOR ALL")
	l := labOf(t, e, 0)
	known := must(l.Plan(t.Context(), db.Query{SQL: query}, db.Config{}))(t)
	details := func(p *db.Plan) (out string) {
		p.Walk(func(n *db.Node, _ int) { out += n.Detail })
		return out
	}
	if a, b := details(bare), details(known); strings.Contains(a, "keeps ") || !strings.Contains(b, "keeps ") {
		t.Errorf("without statistics: %s; with them: %s", a, b)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if left := texts(t, app, "SELECT COUNT(*) FROM mysql.column_stats WHERE db_name = '"+l.name+"'"); left[0] != "0" {
		t.Errorf("%s statistics are left", left[0])
	}
}
