package demo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
)

// builtStore is a small shop with its history on a server of the test's own.
func builtStore(t *testing.T, e Engine) store {
	t.Helper()
	dbtest.NeedServers(t)
	st, err := openStore(e, nil, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.close(); err != nil {
			t.Errorf("the server ended with %v, want no error", err)
		}
	})
	p := testPast(1, sizesOf(e).over(modelScale))
	p.connections = st.connections()
	if p.costs, err = calibrate(t.Context(), st, sizesOf(e), 1); err != nil {
		t.Fatal(err)
	}
	if err := st.build(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	return st
}

func TestTheShopOnAServer(t *testing.T) {
	for _, e := range []Engine{MariaDB, Postgres} {
		t.Run(string(e), func(t *testing.T) {
			st := builtStore(t, e)
			t.Run("the history is a day of requests in their order", func(t *testing.T) { historyIsWhole(t, st) })
			t.Run("each route answers and is logged", func(t *testing.T) { routesAnswer(t, e, st) })
			t.Run("orders have no index on their items, and one too many of their own", func(t *testing.T) { indexesAreAsPromised(t, e, st) })
			t.Run("a dump shows each change, and no row", func(t *testing.T) { dumpShows(t, e, st) })
			t.Run("the back office holds up checkouts until its session ends", func(t *testing.T) { officeHolds(t, st) })
		})
	}
}

func historyIsWhole(t *testing.T, st store) {
	db := st.open(nil)
	defer db.Close()
	for query, want := range map[string]string{
		`SELECT count(*) FROM request_logs`: fmt.Sprint(HistoryRows),
		`SELECT count(*) FROM (SELECT CASE WHEN timestamp < lag(timestamp) OVER (ORDER BY id) THEN 1 END AS back FROM request_logs) r WHERE back = 1`:              "0",
		`SELECT count(*) FROM request_logs WHERE response_status NOT IN (200, 201, 404) OR response_time_ms <= 0 OR server_id <> 'shop-1' OR query_params IS NULL`: "0",
		`SELECT count(DISTINCT request_id) FROM request_logs`: fmt.Sprint(HistoryRows),
	} {
		if got := column(t, db, query); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
	end := testPast(1, sizes{}).end.Format("2006-01-02 15:04")
	if last := column(t, db, `SELECT cast(max(timestamp) AS char(16)) FROM request_logs`); last > end || last < end[:14] {
		t.Errorf("the last request is of %s, want just before %s", last, end)
	}
}

func routesAnswer(t *testing.T, e Engine, st store) {
	s := &shop{st.open(nil), st.dialect(), sizesOf(e).over(modelScale).products}
	defer s.db.Close()
	server := httptest.NewServer(s.handler())
	defer server.Close()
	for _, c := range []struct {
		name, method, path string
		status             int
	}{
		{"an order", "GET", "/orders/7", 200},
		{"an order that does not exist", "GET", "/orders/99999999", 404},
		{"a customer's orders", "GET", "/customers/1/orders", 200},
		{"a product", "GET", "/products/3", 200},
		{"a search", "GET", "/search?q=box%20%22", 200},
		{"a report", "GET", "/reports/countries", 200},
		{"a checkout", "POST", "/orders?customer=5", 201},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, server.URL+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		path, _, _ := strings.Cut(c.path, "?")
		row := column(t, s.db, `SELECT concat(method, ' ', path, ' ', response_status) FROM request_logs WHERE id = (SELECT max(id) FROM request_logs)`)
		if want := fmt.Sprint(c.method, " ", path, " ", c.status); resp.StatusCode != c.status || row != want {
			t.Errorf("%s: status %d and row %q, want %d and %q", c.name, resp.StatusCode, row, c.status, want)
		}
	}
	if _, body, err := s.answer(t.Context(), call{routeOrder, 7}, ""); err != nil || len(body.(map[string]any)["details"].([]map[string]any)) == 0 {
		t.Errorf("an order without items: %v, %v", body, err)
	}
}

// indexColumns lists each index of a table as its columns.
func indexColumns(t *testing.T, e Engine, st store, table string) []string {
	t.Helper()
	query := `SELECT group_concat(column_name ORDER BY seq_in_index) AS c FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? GROUP BY index_name`
	if e == Postgres {
		query = `SELECT (SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = i.indexrelid) AS c FROM pg_index i WHERE indrelid = $1::regclass`
	}
	db := st.open(nil)
	defer db.Close()
	rows, err := queryRows(t.Context(), db, query, table)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, row := range rows {
		out = append(out, fmt.Sprint(row["c"]))
	}
	slices.Sort(out)
	return out
}

func indexesAreAsPromised(t *testing.T, e Engine, st store) {
	for table, want := range map[string]string{
		StarTable: "id", "reviews": "id", "orders": "customer_id customer_id,created_at id", RequestTable: "id",
	} {
		if got := strings.Join(indexColumns(t, e, st, table), " "); got != want {
			t.Errorf("indexes of %s: got %q, want %q", table, got, want)
		}
	}
}

func dumpShows(t *testing.T, e Engine, st store) {
	_, admin := st.addresses()
	db := st.(serverStore).pool(shopDatabase, "", "", nil, 1)
	defer db.Close()
	setting := []string{"ALTER SYSTEM SET work_mem = '8MB'", "SELECT pg_reload_conf()"}
	if e == MariaDB {
		setting = []string{"SET GLOBAL table_open_cache = 1234"}
	}
	last := ""
	for _, change := range [][]string{
		nil, {"CREATE TABLE t (a INTEGER)"}, {"CREATE INDEX i ON t(a)"}, {"ALTER TABLE t ADD COLUMN b INTEGER"}, setting,
	} {
		if err := runAll(t.Context(), db, change); err != nil {
			t.Fatal(err)
		}
		dump, err := Dump(t.Context(), e, admin)
		if err != nil {
			t.Fatal(err)
		}
		if dump == last {
			t.Errorf("the dump is the same after %s", change)
		}
		last = dump
	}
	if err := run(t.Context(), db, "INSERT INTO customers(email, name, city, country, created_at) VALUES ('x', 'x', 'x', 'x', now())"); err != nil {
		t.Fatal(err)
	}
	if again, err := Dump(t.Context(), e, admin); err != nil || again != last {
		t.Errorf("a row changed the dump from\n%s to\n%s (%v)", last, again, err)
	}
}

func officeHolds(t *testing.T, st store) {
	d := &deployment{store: st}
	h := d.carryOut(t.Context(), "hold")
	if h.Error != "" || h.Session == "" {
		t.Fatalf("got %+v, want a session", h)
	}
	defer d.office.close()
	s := &shop{st.open(nil), st.dialect(), 200}
	defer s.db.Close()
	held, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if status, _, err := s.checkout(held, 1); err == nil {
		t.Errorf("a checkout passed with status %d, want it to wait", status)
	}
	end := "SELECT pg_terminate_backend(" + h.Session + ")"
	if st.dialect().session == mariadbDialect().session {
		end = "KILL CONNECTION " + h.Session
	}
	if err := st.(serverStore).asAdmin(t.Context(), shopDatabase, []string{end}); err != nil {
		t.Fatal(err)
	}
	if status, _, err := s.checkout(t.Context(), 1); err != nil || status != http.StatusCreated {
		t.Errorf("after the session's end: got status %d, %v", status, err)
	}
	if h := d.carryOut(t.Context(), "dance"); h.Error == "" {
		t.Error("an order that nobody knows was carried out")
	}
}

func TestADemoThatIsKilledTakesItsServerWithIt(t *testing.T) {
	dbtest.NeedServers(t)
	var said []string
	s, err := StartServer(t.Context(), as("server", "MLTOP_DEMO_ENGINE=postgres", "MLTOP_DEMO_DIR="+t.TempDir()), func(text string) { said = append(said, text) })
	if err != nil {
		t.Fatal(err)
	}
	if len(said) == 0 || !strings.Contains(said[0], "PostgreSQL") {
		t.Errorf("while it was built it said %q, want what takes long", said)
	}
	if h, err := s.Hold(); err != nil || h == "" {
		t.Errorf("got session %q, %v", h, err)
	}
	u, err := url.Parse(s.Ready.Database)
	if err != nil {
		t.Fatal(err)
	}
	folder := u.Query().Get("host")
	if _, err := os.Stat(folder); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = s.Stop() // says that it was killed
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("20 s after the demo was killed its server's folder %s is there", folder)
		}
	}
}

func TestAFileHasNobodyWhoHoldsUpOthers(t *testing.T) {
	d := &deployment{store: sqliteStore{}}
	if h := d.carryOut(t.Context(), "hold"); !strings.Contains(h.Error, "no sessions") {
		t.Errorf("got %+v, want the reason", h)
	}
}

func TestTextsAreSaidInTheEnginesWords(t *testing.T) {
	for _, c := range []struct {
		name       string
		dialect    *dialect
		text, want string
	}{
		{"SQLite says them as they are", sqliteDialect(), selectSearch, selectSearch},
		{"PostgreSQL numbers its placeholders", postgresDialect(), insertItem, strings.Replace(insertItem, "(?, ?, ?, 1, ?)", "($1, $2, $3, 1, $4)", 1)},
		{"MariaDB looks for a word by a function", mariadbDialect(), "WHERE r.body LIKE '%' || ? || '%'", "WHERE instr(r.body, ?) > 0"},
		{"now", postgresDialect(), "VALUES (datetime('now'))", "VALUES (now())"},
		{"a time of the past", mariadbDialect(), "datetime(1+2, 'unixepoch')", "from_unixtime(1+2)"},
	} {
		if got := c.dialect.say(c.text); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestEnginesHaveNames(t *testing.T) {
	for _, c := range []struct {
		name string
		want Engine
	}{{"", SQLite}, {"MariaDB", MariaDB}, {"postgres", Postgres}} {
		if got, err := ParseEngine(c.name); got != c.want || err != nil {
			t.Errorf("%q: got %q, %v, want %q", c.name, got, err, c.want)
		}
	}
	if _, err := ParseEngine("oracle"); err == nil || !strings.Contains(err.Error(), "postgres") {
		t.Errorf("oracle: got %v, want the names that there are", err)
	}
}
