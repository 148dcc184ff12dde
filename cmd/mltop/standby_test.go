package main

import (
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
)

// TestAReplicaIsReadAndNotChanged attaches to real ones: a PostgreSQL in
// recovery, and a MariaDB that follows another.
func TestAReplicaIsReadAndNotChanged(t *testing.T) {
	t.Run("PostgreSQL", func(t *testing.T) {
		primary := dbtest.NewPostgres(t, dbtest.PostgresOptions{})
		made := primary.PostgresDatabase(t)
		shop := dbtest.OpenPostgres(t, made)
		dbtest.Exec(t, shop, dbtest.PostgresOrdersDDL)
		dbtest.FillPostgresOrders(t, shop, 20_000)
		standby := dbtest.NewStandby(t, primary, dbtest.PostgresOptions{})
		target := strings.Replace(made, url.QueryEscape(primary.Socket), url.QueryEscape(standby.Socket), 1)
		to := "attach to its primary, " + primary.Socket
		isWatchedAsReplica(t, target, "replication_lag")
		d := newDeck(t)
		d.says(exitOK, []string{"a replica in recovery", to}, "doctor", target)
		id := d.advised("create_index", target, "--queries", d.queries(hotOrders), "-d", "20s")
		d.says(exitError, []string{"a replica in recovery", to}, "apply", target, id, "--yes")
		isNamedBeforeAChange(t, d, made, []string{"advise", made, "--queries", d.queries(hotOrders), "-d", "20s"}, func() {
			dbtest.Exec(t, dbtest.OpenPostgres(t, target), "SELECT pg_wal_replay_pause()")
			dbtest.Exec(t, shop, "CREATE TABLE bulk AS SELECT i, repeat('x', 1000) AS pad FROM generate_series(1, 30000) i")
		}, "replicas walreceiver: ", " behind, ", " of the log", "warning replica walreceiver is ", "already, and what the change writes comes on top")
		dbtest.Exec(t, dbtest.OpenPostgres(t, target), "SELECT pg_wal_replay_resume()")
		dbtest.Exec(t, shop, "DROP EXTENSION hypopg")
		awaitTrue(t, dbtest.OpenPostgres(t, target), "SELECT count(*) = 0 FROM pg_extension WHERE extname = 'hypopg'")
		d.says(exitOK, []string{"a replica takes no sample: attach to the primary"}, "advise", target, "--allow-scratch", "--queries", d.queries(hotOrders), "-d", "5s")
	})
	t.Run("MariaDB", func(t *testing.T) {
		binlog := func(id string) map[string]string {
			return map[string]string{"server-id": id, "log-bin": "binlog", "binlog-format": "ROW"}
		}
		primary := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{TCP: true, Settings: binlog("1")})
		replica := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{Settings: binlog("2")})
		shop, follower := primary.OpenMariaDB(t, ""), replica.OpenMariaDB(t, "")
		for _, text := range []string{"CREATE USER follower@'127.0.0.1'", "GRANT REPLICATION SLAVE ON *.* TO follower@'127.0.0.1'", "CREATE DATABASE shop"} {
			dbtest.Exec(t, shop, text)
		}
		dbtest.FillOrdersMariaDB(t, primary.OpenMariaDB(t, "shop"), 20_000)
		at := fmt.Sprintf("127.0.0.1:%d", primary.Port)
		dbtest.Exec(t, follower, fmt.Sprintf("CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = %d, MASTER_USER = 'follower', MASTER_USE_GTID = slave_pos", primary.Port))
		dbtest.Exec(t, follower, "START SLAVE")
		target := replica.MariaDBURL("shop")
		awaitTrue(t, follower, "SELECT COUNT(*) = 4 FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'shop' AND TABLE_ROWS > 100")
		isWatchedAsReplica(t, target, "Seconds_Behind_Master")
		d := newDeck(t)
		d.says(exitOK, []string{"is a replica of " + at, "attach to its primary, " + at}, "doctor", target)
		hot := d.queries("-- name: cents\n-- weight: 90000\nSELECT status FROM orders WHERE total_cents = 4711;\n")
		id := d.advised("create_index", target, "--queries", hot, "-d", "20s", "--allow-scratch")
		d.says(exitError, []string{"is a replica of " + at, "attach to its primary"}, "apply", target, id, "--yes")
		from := primary.MariaDBURL("shop")
		isNamedBeforeAChange(t, d, from, []string{"advise", from, "--queries", hot, "-d", "20s", "--allow-scratch"}, func() {},
			"follower@127.0.0.1 (session ", "its lag is not known: how far it has come, only it knows", "it runs the change itself when it has ended here, and falls behind meanwhile, by about ")
		dbtest.Exec(t, follower, "SET GLOBAL read_only = ON")
		d.says(exitOK, []string{"the server is read only, perhaps a replica: attach to another one for a sample"}, "advise", target, "--allow-scratch", "--queries", hot, "-d", "5s")
	})
}

// isNamedBeforeAChange looks at what a preview on the primary says of who
// follows it: with everything there is in its way, and before anybody answers.
func isNamedBeforeAChange(t *testing.T, d deck, primary string, advise []string, meanwhile func(), want ...string) {
	t.Helper()
	id := d.advised("create_index", advise[1:]...)
	meanwhile()
	out := strings.Join(strings.Fields(d.says(exitError, []string{"not confirmed"}, "apply", primary, id)), " ")
	for _, w := range want {
		if !strings.Contains(out, strings.TrimSpace(w)) {
			t.Errorf("got\n%s\nwant %q in it", out, w)
		}
	}
}

// isWatchedAsReplica: its state says what it is, and how far behind it is has
// a number.
func isWatchedAsReplica(t *testing.T, url, counter string) {
	t.Helper()
	next := looks(t, url)
	until(t, next, "following", func(l seen) bool {
		if l.Database.State != "replica" {
			return false
		}
		for _, c := range l.Database.Counters {
			m, _ := c.(map[string]any)
			if m["name"] == counter && m["value"] != nil {
				return true
			}
		}
		return false
	})
}

// awaitTrue waits until a server answers a question with yes.
func awaitTrue(t *testing.T, d *sql.DB, question string) {
	t.Helper()
	var yes bool
	var err error
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if err = d.QueryRow(question).Scan(&yes); err == nil && yes {
			return
		}
	}
	t.Fatalf("%s: never true: %v", question, err)
}
