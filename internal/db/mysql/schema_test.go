package mysql

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

func TestTheCatalogKnowsPrefixesDirectionsAndWhatIsIgnored(t *testing.T) {
	s := dbtest.MariaDB(t)
	e, app := orders(t, s, 2000, Options{})
	dbtest.Exec(t, app, "CREATE INDEX ignored ON orders (status) IGNORED")
	dbtest.Exec(t, app, "ANALYZE TABLE orders")
	c, err := e.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"orders_open": "INDEX `orders_open` (`placed_at` DESC, `status`(4))",
		"ignored":     "INDEX `ignored` (`status`) hidden",
		"email":       "UNIQUE INDEX `email` (`email`)",
	} {
		if ix := c.Index(name); ix == nil || ix.SQL != want || ix.Bytes == nil || *ix.Bytes < 16384 {
			t.Errorf("%s: got %+v, want %s", name, ix, want)
		}
	}
	o := c.Table("orders")
	if o.Rows == nil || math.Abs(float64(*o.Rows-2000)) > 200 || o.Estimated == "" || o.Bytes == nil {
		t.Errorf("orders: got %+v", o)
	}
	if ix := c.Index("customer_id"); len(ix.Stat) != 1 || ix.Stat[0] < 5 || ix.Stat[0] > 20 {
		t.Errorf("customer_id: got %v rows a value, want about 10", ix.Stat)
	}
	if len(c.Views) != 1 || c.Table("order_items") == nil || len(c.Table("order_items").ForeignKeys) != 2 {
		t.Errorf("got views %+v, %+v", c.Views, c.Table("order_items"))
	}
}

func TestUsesAreCountedWhereTheServerCountsThem(t *testing.T) {
	s := dbtest.MariaDB(t)
	root := s.OpenMariaDB(t, "")
	e, app := orders(t, s, 200, Options{})
	c, err := e.Schema(t.Context())
	if err != nil || c.Index("products_category").Uses != nil {
		t.Errorf("with userstat off: got %+v, %v", c.Index("products_category"), err)
	}
	dbtest.Exec(t, root, "SET GLOBAL userstat = ON")
	defer dbtest.Exec(t, root, "SET GLOBAL userstat = OFF")
	again := open(t, s, e.server.Database, Options{})
	fresh := s.OpenMariaDB(t, e.server.Database)
	dbtest.Exec(t, fresh, "SELECT title FROM products WHERE category = 'category 3'")
	dbtest.Exec(t, app, "SELECT 1")
	c, err = again.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if ix := c.Index("products_category"); ix.Uses == nil || *ix.Uses == 0 {
		t.Errorf("the index that was read: got %+v", ix)
	}
	if ix := c.Index("orders_open"); ix.Uses == nil || *ix.Uses != 0 {
		t.Errorf("the index that was not: got %+v", ix)
	}
}

// The truth is what the server tells another connection around the look.
func TestTotalsAreTheServersOwn(t *testing.T) {
	e, app := orders(t, dbtest.MariaDB(t), 50, Options{})
	truth := func(name string) float64 {
		var n string
		var v float64
		if err := app.QueryRow("SHOW GLOBAL STATUS LIKE '"+name+"'").Scan(&n, &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	names := map[string]func(db.Stats) *float64{
		"Questions":                        func(s db.Stats) *float64 { return ptr(*s.Queries + float64(e.o.own.sent.Load())) }, // what we asked is left out
		"Handler_commit":                   func(s db.Stats) *float64 { return s.Commits },
		"Threads_connected":                func(s db.Stats) *float64 { return s.ConnectionsUsed },
		"Innodb_buffer_pool_read_requests": func(s db.Stats) *float64 { return s.CacheReads },
	}
	before := map[string]float64{}
	begin, up := time.Now(), truth("Uptime")
	for name := range names {
		before[name] = truth(name)
	}
	st, err := e.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, get := range names {
		got, after := get(st), truth(name)
		if got == nil || *got < before[name] || *got > after {
			t.Errorf("%s: got %v, the server says %v before and %v after", name, got, before[name], after)
		}
	}
	// The server tells whole seconds: one more either way.
	first, last := begin.Add(-seconds(truth("Uptime")+1)), time.Now().Add(-seconds(up-1))
	if st.Since.Before(first) || st.Since.After(last) {
		t.Errorf("since %v, the server says between %v and %v", st.Since, first, last)
	}
	if st.CacheHits == nil {
		t.Fatalf("no hits: %s", st.Missing["cache_hits"])
	}
	if *st.CacheHits > *st.CacheReads || *st.ConnectionsAllowed != 151 {
		t.Errorf("got hits %v of %v, %v connections", *st.CacheHits, *st.CacheReads, *st.ConnectionsAllowed)
	}
	seen := map[string]bool{}
	for _, c := range st.Counters {
		if seen[c.Label] || c.Label == "" || math.IsNaN(c.Value) {
			t.Errorf("got %+v", c)
		}
		seen[c.Label] = true
	}
	for _, label := range []string{"threads running", "deadlocks", "row lock waits", "temporary tables on disk", "redo written", "slow statements"} {
		if !seen[label] {
			t.Errorf("no counter %q in %d", label, len(seen))
		}
	}
}

func TestPagesReadAheadAreNoMissesOfTheCache(t *testing.T) {
	const none = -1
	for _, c := range []struct {
		name                         string
		requests, reads, ahead, read float64
		hits                         float64
	}{
		{"MariaDB counts what was read ahead among the reads", 173_256, 203_660, 138_580, 203_660, 108_176},
		{"and went on reading while it was asked", 173_256, 203_660, 138_580, 203_720, 108_176},
		{"MySQL counts only those that somebody waited for", 173_256, 65_080, 138_580, 203_660, 108_176},
		{"nothing was read ahead", 5000, 100, 0, 100, 4900},
		{"the pool was filled from a dump", 5000, 9000, 10, 9000, none},
	} {
		text := func(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
		st := judgeStatus(status{at: time.Now(), values: map[string]string{"innodb_buffer_pool_read_requests": text(c.requests),
			"innodb_buffer_pool_reads": text(c.reads), "innodb_buffer_pool_read_ahead": text(c.ahead), "innodb_pages_read": text(c.read)}}, server{})
		got := float64(none)
		if st.CacheHits != nil {
			got = *st.CacheHits
		}
		if got != c.hits || (got == none) != (st.Missing["cache_hits"] == whyFilled) {
			t.Errorf("%s: got %v hits, want %v; %q", c.name, got, c.hits, st.Missing["cache_hits"])
		}
	}
}

// The column names are those of MariaDB 10.11's SHOW ALL SLAVES STATUS and of
// dev.mysql.com/doc/refman/8.4/en/show-replica-status.html.
func TestAReplicaThatStandsStillIsNamed(t *testing.T) {
	row := func(pairs ...string) record {
		r := record{at: map[string]int{}}
		for i := 0; i < len(pairs); i += 2 {
			r.at[pairs[i]] = len(r.row)
			r.row = append(r.row, value{s: pairs[i+1], null: pairs[i+1] == "NULL"})
		}
		return r
	}
	for name, c := range map[string]struct {
		row   record
		state string
		lag   string
	}{
		"MariaDB, running":  {row("connection_name", "", "slave_io_running", "Yes", "slave_sql_running", "Yes", "seconds_behind_master", "7"), "replica", "7"},
		"MariaDB, stopped":  {row("slave_io_running", "Yes", "slave_sql_running", "No", "seconds_behind_master", "NULL", "last_sql_error", "duplicate key"), "replication stopped: duplicate key", ""},
		"MySQL 8.4 running": {row("channel_name", "eu", "replica_io_running", "Yes", "replica_sql_running", "Yes", "seconds_behind_source", "0"), "replica", "0"},
	} {
		st := judgeStatus(status{at: time.Now(), slowFacts: slowFacts{replicas: []replica{replicaOf(c.row)}}}, server{})
		lag := ""
		for _, x := range st.Counters {
			if strings.HasPrefix(x.Label, "replication lag") {
				lag = strings.TrimSuffix(time.Duration(x.Value*float64(time.Second)).String(), "s")
			}
		}
		if st.State != c.state || lag != c.lag {
			t.Errorf("%s: got %q and lag %q", name, st.State, lag)
		}
	}
}
