package postgres

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

func query(sql string) db.Query { return db.Query{SQL: sql} }

func TestTotalsAreThoseThatTheServerCounts(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 500)
	e := open(t, url)
	dbtest.Exec(t, app, "SELECT pg_stat_force_next_flush()")
	before := must(e.Stats(t.Context()))(t)
	for i := range 50 {
		dbtest.Exec(t, app, fmt.Sprintf("UPDATE orders SET total_cents = %d WHERE id = %d", i, i+1))
	}
	dbtest.Exec(t, app, "SELECT pg_stat_force_next_flush()")
	dbtest.Exec(t, app, "SELECT 1")
	after := must(e.Stats(t.Context()))(t)
	if n := *after.Commits - *before.Commits; n < 50 || n > 60 {
		t.Errorf("got %v commits of 50 updates", n)
	}
	if n := *after.Queries - *before.Queries; n < 50 || n > 90 {
		t.Errorf("got %v statements of 50", n)
	}
	if n := counter(after, "tup_updated") - counter(before, "tup_updated"); n != 50 {
		t.Errorf("got %v rows updated, want 50", n)
	}
	var hits, used, bytes float64
	if err := app.QueryRow("SELECT blks_hit, (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'), pg_database_size(datname) FROM pg_stat_database WHERE datname = current_database()").Scan(&hits, &used, &bytes); err != nil {
		t.Fatal(err)
	}
	if math.Abs(*after.CacheHits-hits) > hits/10 || *after.ConnectionsUsed != used || math.Abs(float64(*after.FileBytes)-bytes) > bytes/10 || after.Since.IsZero() {
		t.Errorf("got hits %v of %v, connections %v of %v, %d bytes of %v, since %v", *after.CacheHits, hits, *after.ConnectionsUsed, used, *after.FileBytes, bytes, after.Since)
	}
}

func TestOurOwnTransactionsAreNotCounted(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 500)
	e := open(t, url)
	dbtest.Exec(t, app, "SELECT pg_stat_force_next_flush()")
	dbtest.Exec(t, app, "SELECT 1")
	before := must(e.Stats(t.Context()))(t)
	const looks = 100
	// A session's counts reach the server's once a second at most.
	for i, end := 0, time.Now().Add(2500*time.Millisecond); i < looks || time.Now().Before(end); i++ {
		must(e.Sessions(t.Context()))(t)
		must(e.Stats(t.Context()))(t)
		time.Sleep(20 * time.Millisecond)
	}
	for range 30 {
		dbtest.Exec(t, app, "SELECT count(*) FROM orders") // of what touches no table a session tells nothing
	}
	dbtest.Exec(t, app, "SELECT pg_stat_force_next_flush()")
	dbtest.Exec(t, app, "SELECT 1")
	after := must(e.Stats(t.Context()))(t)
	if n := *after.Commits - *before.Commits; n < 20 || n > 32+looks/2 { // autovacuum has some in a long run; ours are two a look
		t.Errorf("got %v commits, want the 32 of the application, and none of our %d", n, 2*looks)
	}
}

func TestTheDiskOfAServerHereIsSeen(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 5)
	dbtest.Exec(t, app, "DROP ROLE IF EXISTS nobody_in_particular")
	dbtest.Exec(t, app, "CREATE ROLE nobody_in_particular LOGIN")
	if st := must(open(t, url).Stats(t.Context()))(t); st.DiskFreeBytes == nil || *st.DiskFreeBytes <= 0 {
		t.Errorf("got %v, want the room on this machine's disk: %s", st.DiskFreeBytes, st.Missing["disk_free_bytes"])
	}
	st := must(open(t, strings.Replace(url, "postgres@", "nobody_in_particular@", 1)).Stats(t.Context()))(t)
	if want := "GRANT pg_read_all_settings"; st.DiskFreeBytes != nil || !strings.Contains(st.Missing["disk_free_bytes"], want) {
		t.Errorf("to a user who is not shown the folder: got %v, %q, want %q in it", st.DiskFreeBytes, st.Missing["disk_free_bytes"], want)
	}
}

func TestRowsAreNotThoseSinceTheCountersWereReset(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 500)
	for _, sql := range []string{"ANALYZE orders", "SELECT pg_stat_reset()", "UPDATE orders SET total_cents = 1 WHERE id = 1", "INSERT INTO orders SELECT (jsonb_populate_record(o, '{\"id\": 90001}')).* FROM orders o LIMIT 1", "SELECT pg_stat_force_next_flush()", "SELECT 1"} {
		dbtest.Exec(t, app, sql)
	}
	for _, x := range must(open(t, url).Schema(t.Context()))(t).Tables {
		if x.Name == "orders" && *x.Rows != 500 {
			t.Errorf("got %d rows, want the 500 of the last ANALYZE (%s)", *x.Rows, x.Estimated)
		}
	}
}

func counter(st db.Stats, name string) float64 {
	for _, c := range st.Counters {
		if strings.HasSuffix(c.Name, "."+name) {
			return c.Value
		}
	}
	return math.NaN()
}

func TestTheTotalsOfOtherVersionsAreAskedByTheirOwnNames(t *testing.T) {
	// From the documentation's chapters 28.2 of versions 13, 17 and 18.
	for version, c := range map[int]struct {
		columns       map[string]string
		want, without []string
	}{
		13: {map[string]string{"pg_stat_database": "xact_rollback blk_read_time", "pg_stat_bgwriter": "checkpoints_timed buffers_backend"}, []string{"b.checkpoints_timed", "NULL::float8"}, []string{"active_time", "pg_stat_wal", "pg_stat_checkpointer", "sessions"}},
		17: {map[string]string{"pg_stat_database": "xact_rollback active_time sessions", "pg_stat_bgwriter": "buffers_clean", "pg_stat_checkpointer": "num_timed", "pg_stat_wal": "wal_bytes wal_sync"}, []string{"c.num_timed", "w.wal_sync", "d.active_time"}, []string{"checkpoints_timed", "buffers_backend"}},
		18: {map[string]string{"pg_stat_database": "active_time", "pg_stat_bgwriter": "buffers_clean", "pg_stat_checkpointer": "num_timed", "pg_stat_wal": "wal_bytes"}, []string{"w.wal_bytes"}, []string{"wal_sync"}},
	} {
		k := &knowledge{columns: map[string]map[string]bool{}}
		for view, list := range c.columns {
			k.columns[view] = map[string]bool{}
			for _, name := range strings.Fields(list) {
				k.columns[view][name] = true
			}
		}
		sql := statsSQL(k).sql
		for _, part := range c.want {
			if !strings.Contains(sql, part) {
				t.Errorf("%d: %s is not asked for: %s", version, part, sql)
			}
		}
		for _, part := range c.without {
			if strings.Contains(sql, part) {
				t.Errorf("%d: %s is asked for: %s", version, part, sql)
			}
		}
	}
}

func TestTheRootOfABlockingTreeIsFoundAndEnded(t *testing.T) {
	url, root := dbtest.PostgresOrders(t, 50)
	e := open(t, url)
	held := hold(t, root)
	defer held.Rollback()
	waiter := dbtest.OpenPostgres(t, url)
	done := make(chan error, 1)
	go func() { _, err := waiter.Exec("UPDATE orders SET status = 'mine' WHERE id = 1"); done <- err }()
	var blocked, holder *db.Session
	for end := time.Now().Add(10 * time.Second); blocked == nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nobody is blocked")
		}
		list := must(e.Sessions(t.Context()))(t)
		for i, s := range list {
			if len(s.BlockedBy) > 0 {
				blocked = &list[i]
			}
		}
		for i, s := range list {
			if blocked != nil && s.ID == blocked.BlockedBy[0] {
				holder = &list[i]
			}
		}
	}
	if holder == nil || !holder.Idle || !strings.Contains(holder.Dies, "what it wrote") || holder.Transaction <= 0 || !strings.Contains(blocked.Waits, "Lock") || !strings.Contains(blocked.Statement, "mine") {
		t.Fatalf("got %+v\nblocked by %+v", blocked, holder)
	}
	if err := e.Terminate(t.Context(), "1"); err == nil {
		t.Error("a process that is no session was ended")
	}
	if err := e.Terminate(t.Context(), holder.ID); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("the waiter: %v", err)
	}
}

func TestTheCatalogKeepsWhatIndexesSay(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 100)
	dbtest.Exec(t, app, "CREATE SCHEMA other; CREATE TABLE other.orders (id int); CREATE TABLE parts (id int, at date) PARTITION BY RANGE (at); CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')")
	s := must(open(t, url).Schema(t.Context()))(t)
	open := s.Index("orders_open")
	if !open.Columns[0].Desc || open.Include[0] != "total_cents" || open.Where != "(status = 'open'::text)" || open.Uses == nil || open.Invalid {
		t.Errorf("got %+v", open)
	}
	lower := s.Index("customers_lower")
	if lower.Columns[0].Expr != "lower(email)" || lower.Columns[1].Class != "text_pattern_ops" || !lower.Columns[1].Desc {
		t.Errorf("got %+v", lower)
	}
	if s.Table("orders").Schema != "public" || s.Table("parts_1").PartitionOf != "parts" || s.Table("parts").Unsupported == "" {
		t.Errorf("got %+v, %+v", s.Table("orders"), s.Table("parts_1"))
	}
	if t2 := s.Table("orders"); *t2.Rows != 100 || *t2.Bytes <= 0 || t2.Estimated == "" {
		t.Errorf("got %+v", t2)
	}
}

func TestPlansAreOneTree(t *testing.T) {
	url, _ := dbtest.PostgresOrders(t, 20000)
	e := open(t, url)
	for _, c := range []struct{ sql, want string }{
		{"SELECT status, count(*) FROM orders GROUP BY status", "group scan"},
		{"SELECT * FROM orders WHERE id = 4", "search"},
		{"SELECT * FROM orders ORDER BY total_cents LIMIT 3", "other sort scan"},
		{"SELECT * FROM products WHERE category = 'category 1' OR id = 7", "multi-or search search"},
		{"SELECT * FROM orders WHERE total_cents = (SELECT max(total_cents) FROM orders)", "scan subquery other scan"},
		{"SELECT 1 UNION ALL SELECT 2", "compound values values"},
		{"SELECT title FROM products WHERE category = $1", "search"},
		{"DELETE FROM orders WHERE id = 9", "other search"},
	} {
		p, err := e.Explain(t.Context(), query(c.sql))
		if err != nil {
			t.Errorf("%s: %v", c.sql, err)
			continue
		}
		var ops []string
		p.Walk(func(n *db.Node, depth int) {
			if depth > 0 {
				ops = append(ops, string(n.Op))
			}
			if strings.Contains(n.Raw+strings.Join(n.Columns, ""), "category 1") {
				t.Errorf("%s: a literal is shown: %+v", c.sql, n)
			}
		})
		if got := strings.Join(ops, " "); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.sql, got, c.want)
		}
	}
}

func TestASettingThatSomebodySetIsToldFromTheDefaults(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 5)
	var name string
	if err := app.QueryRow("SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	dbtest.Exec(t, app, "ALTER DATABASE "+name+" SET random_page_cost = 1.7")
	want := map[string]bool{"random_page_cost": true, "cpu_tuple_cost": false, "server_version": false, "default_transaction_read_only": false}
	for _, s := range must(open(t, url).Settings(t.Context()))(t) {
		if set, ok := want[s.Name]; ok && s.Set != set {
			t.Errorf("%s = %s of %s (default %s): got set %v, want %v", s.Name, s.Value, s.Source, s.Default, s.Set, set)
		}
	}
}
