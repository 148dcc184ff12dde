package demo

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// smallShop serves a scale model on HTTP, with a query log.
func smallShop(t *testing.T) (*shop, *httptest.Server, *queryLog) {
	t.Helper()
	dir := t.TempDir()
	log, err := openQueryLog(filepath.Join(dir, "queries.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{openOne(fileDSN(filepath.Join(dir, "shop.db"), ""), log), sqliteDialect(), sizesOf(SQLite).over(40).products}
	if err := run(t.Context(), s.db, requestLogSQL); err != nil {
		t.Fatal(err)
	}
	if err := fillShop(t.Context(), s.db, s.dialect, sizesOf(SQLite).over(40), 1, time.Now()); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.handler())
	t.Cleanup(func() {
		server.Close()
		s.db.Close()
		log.close()
	})
	return s, server, log
}

func TestEachRouteAnswersAndIsLoggedAsMockLoopDoes(t *testing.T) {
	s, server, _ := smallShop(t)
	for _, c := range []struct {
		name, method, path string
		status             int
		row                string // of the log
	}{
		{"an order", "GET", "/orders/7", 200, "GET /orders/7 200 {}"},
		{"an order that does not exist", "GET", "/orders/99999999", 404, "GET /orders/99999999 404 {}"},
		{"an order by a name", "GET", "/orders/x'%20or%201", 404, "GET /orders/x' or 1 404 {}"},
		{"a customer's orders", "GET", "/customers/1/orders", 200, "GET /customers/1/orders 200 {}"},
		{"a product", "GET", "/products/3", 200, "GET /products/3 200 {}"},
		{"a search", "GET", "/search?q=box%20%22", 200, `GET /search 200 {"q":"box \""}`},
		{"a report", "GET", "/reports/countries", 200, "GET /reports/countries 200 {}"},
		{"a checkout", "POST", "/orders?customer=5", 201, `POST /orders 201 {"customer":"5"}`},
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
		if resp.StatusCode != c.status {
			t.Errorf("%s: status %d, want %d", c.name, resp.StatusCode, c.status)
		}
		row := column(t, s.db, `SELECT concat_ws(' ', method, path, status_code, query_params) FROM request_logs ORDER BY id DESC LIMIT 1`)
		if row != c.row {
			t.Errorf("%s: logged as %s, want %s", c.name, row, c.row)
		}
	}
}

func TestACheckoutWritesAllOfAnOrder(t *testing.T) {
	s, _, _ := smallShop(t)
	if status, _, err := s.answer(t.Context(), call{routeCheckout, 5}, ""); err != nil || status != http.StatusCreated {
		t.Fatalf("status %d, %v; want 201", status, err)
	}
	got := column(t, s.db, `SELECT o.customer_id || ' ' || o.status || ' ' || count(*) || ' ' || (o.total_cents = sum(qty*unit_cents))
		FROM orders o JOIN order_items i ON i.order_id = o.id WHERE o.id = (SELECT max(id) FROM orders)`)
	if want := "5 open 3 1"; got != want {
		t.Errorf("the newest order is %q, want %q", got, want)
	}
}

func TestTheQueryLogNamesTheRouteOfEachStatement(t *testing.T) {
	_, server, log := smallShop(t)
	resp, err := http.Get(server.URL + "/orders/7")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	text, err := os.ReadFile(log.path)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		var l struct {
			Time    time.Time
			SQL     string
			Seconds float64
			Rows    int
			Route   string
		}
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if l.Route != "" {
			written := strings.HasPrefix(l.SQL, "INSERT") // its rows are not counted
			found[l.SQL] = l.Route == StarRoute && l.Seconds > 0 && (l.Rows > 0 || written) && !l.Time.IsZero()
		}
	}
	for _, sql := range []string{selectOrder, selectItems, insertLogSQL} {
		if !found[sql] {
			t.Errorf("%q is not in the log with its route, time and rows", strings.SplitN(sql, "\n", 2)[0])
		}
	}
}

func TestAFullQueryLogStartsAnewAndKeepsTheOld(t *testing.T) {
	log, err := openQueryLog(filepath.Join(t.TempDir(), "q"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.close()
	log.most = 10
	for _, line := range []string{"one\n", "two\n", "three\n", "four\n"} {
		if _, err := log.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	old, _ := os.ReadFile(log.path + ".1")
	now, _ := os.ReadFile(log.path)
	if string(old) != "one\ntwo\nthree\n" || string(now) != "four\n" {
		t.Errorf("kept %q and began %q, want the first three lines and the fourth", old, now)
	}
}
