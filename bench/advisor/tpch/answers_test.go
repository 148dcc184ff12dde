package tpch_test

import (
	"database/sql"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3" // the driver of one of the three

	"mltop/bench/advisor/tpch"
	"mltop/internal/db/dbtest"
)

// opened are the three engines with the same data.
func opened(t *testing.T, d tpch.Data) map[string]*sql.DB {
	t.Helper()
	dbtest.NeedServers(t)
	lite, err := sql.Open("sqlite3", filepath.Join(t.TempDir(), "tpch.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lite.Close() })
	server := dbtest.MariaDB(t)
	out := map[string]*sql.DB{
		"sqlite":   lite,
		"postgres": dbtest.OpenPostgres(t, dbtest.Postgres(t).PostgresDatabase(t)),
		"mysql":    server.OpenMariaDB(t, server.MariaDBDatabase(t)),
	}
	for engine, to := range out {
		if err := d.Load(t.Context(), to, engine); err != nil {
			t.Fatalf("%s: %v", engine, err)
		}
	}
	// Without an index for each of these the joins take most of a minute.
	for _, d := range out {
		dbtest.Exec(t, d, "CREATE INDEX by_part ON lineitem (l_partkey, l_suppkey)")
		dbtest.Exec(t, d, "CREATE INDEX by_customer ON orders (o_custkey)")
	}
	// Without statistics a planner takes a table of thousands for one of none.
	dbtest.Exec(t, lite, "ANALYZE")
	dbtest.Exec(t, out["postgres"], "ANALYZE")
	for _, tab := range tpch.Tables() {
		dbtest.Exec(t, out["mysql"], "ANALYZE TABLE "+tab.Name)
	}
	return out
}

// answer is a query's rows as text, a cell for each value.
func answer(t *testing.T, from *sql.DB, text string) (out [][]string) {
	t.Helper()
	rows, err := from.QueryContext(t.Context(), text)
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	for err == nil && rows.Next() {
		values, cells := make([]any, len(columns)), make([]string, len(columns))
		for i := range values {
			values[i] = new(sql.NullString)
		}
		err = rows.Scan(values...)
		for i := range values {
			cells[i] = strings.TrimRight(values[i].(*sql.NullString).String, " ") // what char(n) fills up
		}
		out = append(out, cells)
	}
	if err == nil {
		err = rows.Err()
	}
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return out
}

// same compares two cells: numbers as far as the decimals of MariaDB's
// divisions go, days without their time.
func same(a, b string) bool {
	x, err := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	if err == nil && err2 == nil {
		return math.Abs(x-y) <= 1e-6*max(1, math.Abs(x))
	}
	return strings.TrimSuffix(a, "T00:00:00Z") == strings.TrimSuffix(b, "T00:00:00Z")
}

// differs says where two answers do.
func differs(a, b [][]string) string {
	if len(a) != len(b) {
		return fmt.Sprintf("%d rows and %d", len(a), len(b))
	}
	for i := range a {
		for j := range a[i] {
			if !same(a[i][j], b[i][j]) {
				return fmt.Sprintf("row %d: %q and %q", i+1, a[i], b[i])
			}
		}
	}
	return ""
}

// At a hundredth of scale 1: 86,000 rows.
func TestTheThreeEnginesGiveTheSameAnswers(t *testing.T) {
	d := tpch.Data{SF: 0.01}
	of := opened(t, d)
	for _, tab := range tpch.Tables() {
		want := answer(t, of["sqlite"], "SELECT count(*) FROM "+tab.Name)[0][0]
		if n := d.Rows(tab); n >= 0 && want != fmt.Sprint(n) {
			t.Errorf("%s has %s rows, want %d", tab.Name, want, n)
		}
		for _, engine := range []string{"postgres", "mysql"} {
			if got := answer(t, of[engine], "SELECT count(*) FROM "+tab.Name)[0][0]; got != want {
				t.Errorf("%s on %s: %s rows, want %s", tab.Name, engine, got, want)
			}
		}
	}
	for _, q := range d.Queries() {
		t.Run(q.Title(), func(t *testing.T) {
			want := answer(t, of["postgres"], q.SQL("postgres"))
			if len(want) == 0 {
				t.Error("no row")
			}
			for _, engine := range []string{"sqlite", "mysql"} {
				if diff := differs(want, answer(t, of[engine], q.SQL(engine))); diff != "" {
					t.Errorf("PostgreSQL and %s: %s", engine, diff)
				}
			}
		})
	}
}

func TestAnswersAreComparedAsFarAsEnginesAgree(t *testing.T) {
	for _, row := range []struct {
		name, a, b string
		want       bool
	}{
		{"the same text", "Supplier#000000001", "Supplier#000000001", true},
		{"another text", "FRANCE", "GERMANY", false},
		{"decimals that one engine leaves out", "12.50", "12.5", true},
		{"a sum that was rounded on its way", "37569624.64", "37569624.640000001", true},
		{"another number", "37569624.64", "37569724.64", false},
		{"a small part of a small number", "0.034430", "0.034499", false},
		{"a day", "1995-03-15", "1995-03-15T00:00:00Z", true},
		{"another day", "1995-03-15", "1995-03-16T00:00:00Z", false},
		{"nothing is not naught", "", "0", false},
	} {
		if got := same(row.a, row.b); got != row.want {
			t.Errorf("%s: %q and %q are the same: %v, want %v", row.name, row.a, row.b, got, row.want)
		}
	}
}
