package offline_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/advisor/offline"
	"mltop/internal/db"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
	"mltop/internal/db/sqlite"
)

// shop is a workload file of a shop, for any engine.
func shop(engine string, statements ...string) *offline.File {
	rows := func(n int64) *int64 { return &n }
	col := func(table, column string, distinct float64) offline.Column {
		return offline.Column{Table: table, Column: column, Distinct: distinct, How: "by hand"}
	}
	schema := map[string]string{"postgres": "public", "mysql": "shop", "sqlite": "main"}[engine]
	f := &offline.File{
		Version: offline.Version, Name: "shop", Engine: engine, WindowSeconds: 3600,
		Schema: &db.Schema{Version: "1", Tables: []*db.Table{
			{Schema: schema, Name: "orders", Rows: rows(200_000), PrimaryKey: []string{"id"}, RowID: map[string]string{"sqlite": "id"}[engine],
				SQL:     "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INT, status TEXT, placed INT, total REAL)",
				Columns: []db.Column{{Name: "id", Type: "integer"}, {Name: "customer_id", Type: "integer"}, {Name: "status", Type: "text"}, {Name: "placed", Type: "integer"}, {Name: "total", Type: "real"}}},
			{Schema: schema, Name: "customers", Rows: rows(20_000), PrimaryKey: []string{"id"}, RowID: map[string]string{"sqlite": "id"}[engine],
				SQL:     "CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT, country TEXT)",
				Columns: []db.Column{{Name: "id", Type: "integer"}, {Name: "email", Type: "text"}, {Name: "country", Type: "text"}}},
		}},
		Columns: []offline.Column{col("orders", "customer_id", 20_000), col("orders", "status", 2), col("orders", "placed", 200_000), col("customers", "email", 20_000), col("customers", "country", 8)},
	}
	if engine != "sqlite" {
		for _, t := range f.Schema.Tables {
			t.Indexes = append(t.Indexes, &db.Index{Schema: t.Schema, Table: t.Name, Name: t.Name + "_pkey", Columns: []db.IndexColumn{{Name: "id"}}, Unique: true, Constraint: true})
		}
	}
	for _, text := range statements {
		f.Statements = append(f.Statements, offline.Statement{Fingerprint: text, Text: text, CallsPerHour: 3600})
	}
	return f
}

// engineOf gives a file its dialect, and SQLite its planner.
func engineOf(t *testing.T, f *offline.File) *offline.Engine {
	t.Helper()
	var e *offline.Engine
	switch f.Engine {
	case "postgres":
		e = offline.NewEngine(f, postgres.Dialect{}, nil)
	case "mysql":
		e = offline.NewEngine(f, mysql.DialectOf("10.11.6-MariaDB", ""), nil)
	default:
		room, err := sqlite.NewPlanRoom(t.Context(), f.Schema)
		if err != nil {
			t.Fatal(err)
		}
		e = offline.NewEngine(f, sqlite.Dialect{}, room)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func adviceOn(t *testing.T, f *offline.File) advisor.Advice {
	t.Helper()
	a := advisor.New(engineOf(t, f), advisor.Config{StateDir: t.TempDir(), Forbidden: true})
	defer a.Close()
	advice, err := a.Advise(t.Context(), f.Workload(), f.Seen(), advisor.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return advice
}

func mark(engine string) string {
	if engine == "postgres" {
		return "$1"
	}
	return "?"
}

// advised lists the indexes as table(columns), sorted.
func advised(a advisor.Advice) []string {
	list := []string{}
	for _, r := range a.Recommendations {
		if r.Kind == advisor.KindCreateIndex {
			list = append(list, r.Table+"("+strings.Join(r.Columns, ",")+")")
		}
	}
	slices.Sort(list)
	return list
}

func TestIndexesAreFoundByRuleAlone(t *testing.T) {
	for _, c := range []struct {
		name, sql string
		want      []string // one of these
	}{
		{"a lookup of one value of many", "SELECT * FROM customers WHERE email = ?", []string{"customers(email)"}},
		{"a page of a customer's newest orders", "SELECT * FROM orders WHERE customer_id = ? ORDER BY placed DESC LIMIT 10", []string{"orders(customer_id)", "orders(customer_id,placed)"}},
		{"the newest orders of all", "SELECT * FROM orders ORDER BY placed DESC LIMIT 10", []string{"orders(placed)"}},
		{"a lookup by the primary key has its index", "SELECT * FROM orders WHERE id = ?", nil},
		{"half of the rows are read faster without one", "SELECT * FROM orders WHERE status = ?", nil},
		{"a join through the other table's key", "SELECT o.total FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.email = ?", []string{"customers(email)+orders(customer_id)", "customers(email)+orders(customer_id,total)"}},
	} {
		for _, engine := range []string{"sqlite", "mysql", "postgres"} {
			t.Run(engine+": "+c.name, func(t *testing.T) {
				a := adviceOn(t, shop(engine, strings.ReplaceAll(c.sql, "?", mark(engine))))
				got := strings.Join(advised(a), "+")
				if len(c.want) == 0 && got == "" || slices.Contains(c.want, got) {
					return
				}
				t.Errorf("got %q, want one of %q; declined: %+v", got, c.want, a.Declined)
			})
		}
	}
}

func TestWhatIsReckonedSaysSo(t *testing.T) {
	a := adviceOn(t, shop("postgres", "SELECT * FROM customers WHERE email = $1"))
	r := a.Recommendations[0]
	if r.Estimate == nil || r.Estimate.Method != db.MethodRule || r.Estimate.Unit != db.UnitRowsRead {
		t.Errorf("got %+v, want an estimate by rule in rows read", r.Estimate)
	}
	if text, _ := json.Marshal(r); strings.Contains(string(text), "measured on") {
		t.Errorf("a card of what was never measured says so: %s", text)
	}
}

func TestAnOfflineEngineRunsNothing(t *testing.T) {
	e := engineOf(t, shop("sqlite", "SELECT 1"))
	if _, err := e.Run(t.Context(), db.Step{Do: []string{"DROP TABLE orders"}}, nil); err == nil || !strings.Contains(err.Error(), "no database behind it") {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestASchemaFromAFileMakesObjectsAndDoesNothingElse(t *testing.T) {
	f := shop("sqlite", "SELECT * FROM customers WHERE email = ?")
	f.Schema.Tables[0].SQL = "CREATE TABLE orders (id); ATTACH 'stolen.db' AS s"
	f.Schema.Views = []db.View{{Name: "v", SQL: "SELECT 1"}}
	room, err := sqlite.NewPlanRoom(t.Context(), f.Schema)
	if err != nil {
		t.Fatal(err)
	}
	defer room.Close()
	for _, name := range []string{"orders", "v"} {
		if got := room.LeftOut()[name]; got != "its text is not one CREATE statement" {
			t.Errorf("%s: got %q, want it left out", name, got)
		}
	}
	if _, err := room.Plan(t.Context(), db.Query{SQL: "SELECT * FROM customers WHERE email = ?"}, db.Config{}); err != nil {
		t.Errorf("plan what is whole: %v", err)
	}
}

func TestStatisticsOfAnAddedIndexSwayThePlannerAndGoWithIt(t *testing.T) {
	f := shop("sqlite")
	f.Schema.Tables[0].Indexes = []*db.Index{{Table: "orders", Name: "o_placed", Columns: []db.IndexColumn{{Name: "placed"}}, Stat: []float64{1}, SQL: "CREATE INDEX o_placed ON orders(placed)"}}
	room, err := sqlite.NewPlanRoom(t.Context(), f.Schema)
	if err != nil {
		t.Fatal(err)
	}
	defer room.Close()
	q := db.Query{SQL: "SELECT total FROM orders WHERE status = 'open' AND placed = 7"}
	by := func(c db.Config) string {
		p, err := room.Plan(t.Context(), q, c)
		if err != nil {
			t.Fatal(err)
		}
		return p.Root.Children[0].Index
	}
	status := func(each float64) db.Config {
		return db.Config{Add: []db.Index{{Table: "orders", Name: "x_status", Columns: []db.IndexColumn{{Name: "status"}}, Stat: []float64{each}}}}
	}
	for _, c := range []struct {
		name   string
		config db.Config
		want   string
	}{
		{"without it the index that is there serves", db.Config{}, "o_placed"},
		{"one that finds 100,000 rows is not taken", status(100_000), "o_placed"},
		{"hidden, the added one serves", db.Config{Hide: []string{"o_placed"}, Add: status(10).Add}, "x_status"},
		{"and all is as it was", db.Config{}, "o_placed"},
	} {
		if got := by(c.config); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestSettingsAreAdvisedFromAFileInTheServersWords(t *testing.T) {
	f := shop("postgres", "SELECT * FROM orders WHERE id = $1")
	f.Machine = &offline.Machine{MemoryBytes: 16 << 30}
	f.Settings = []db.Setting{{Name: "shared_buffers", Value: "12GB", Scope: db.ScopeRestart}, {Name: "jit", Value: "on"}}
	f.Stats.At = time.Unix(1_700_000_000, 0)
	for _, r := range adviceOn(t, f).Recommendations {
		if r.Rule == "postgres.shared_buffers" && strings.Contains(r.Statement, "shared_buffers") && r.Undo != "" {
			return
		}
	}
	t.Error("nothing is said of shared_buffers that take three quarters of the memory")
}
