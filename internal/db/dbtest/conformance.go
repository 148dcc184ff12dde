package dbtest

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
)

// A Subject is an engine attached to a database that holds OrdersDDL and the
// rows of FillOrders with 2000 orders, and an application beside it.
type Subject struct {
	Engine db.Engine
	// App runs a statement as the application, on a connection that stays
	// open; it fails when it has to wait.
	App func(t testing.TB, sql string)
	// Plain is a column of orders without an index; "" is customer_id, which
	// some engines index by themselves because it is a foreign key.
	Plain string
	// DropPassing drops the index "passing" on products; "" is DROP INDEX
	// passing.
	DropPassing string
	// Numbers are the fields of Stats, by their JSON names, and the counters
	// that must be numbers here.
	Numbers []string
	// Truth is what somebody else than the engine says of such a number; false
	// where nobody does.
	Truth func(t testing.TB, name string) (float64, bool)
	// Endless is a SELECT of one row that does not end by itself; "" is a
	// recursion.
	Endless string
}

// countersDiffer: those that all engines have stand beside an engine's own.
func countersDiffer(t *testing.T, s Subject) {
	st, err := s.Engine.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{"statements": "queries", "time in statements seconds": "query_seconds", "transactions": "commits"}
	for _, c := range st.Counters {
		key := strings.TrimSpace(c.Label + " " + c.Unit)
		if seen[key] != "" {
			t.Errorf("%s and %s are both shown as %q", seen[key], c.Name, key)
		}
		seen[key] = c.Name
	}
}

func (s Subject) plain() string { return or(s.Plain, "customer_id") }

// slow is a query that reads all orders.
func (s Subject) slow() string {
	return "SELECT o.status FROM orders o WHERE o." + s.plain() + " = 7"
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// Run checks what every engine promises.
func Run(t *testing.T, s Subject) {
	for _, c := range []struct {
		name  string
		check func(*testing.T, Subject)
	}{
		{"the identity stands through writes and changes of the schema", identityStands},
		{"what is not measured has its reason", missingIsExplained},
		{"what can be measured here is a number", numbersAreThere},
		{"a number is what the server itself says", numbersAreTrue},
		{"no two counters look alike", countersDiffer},
		{"the catalog holds tables, keys and indexes", catalogIsWhole},
		{"the catalog's version moves with the catalog alone", versionMoves},
		{"a plan names tables and indexes as the catalog does", planNames},
		{"only one statement that has a plan is explained", explainRefuses},
		{"an index is made, seen, used and undone", indexLives},
		{"a step that finds another state changes nothing", stepRefuses},
		{"settings say whom they reach", settingsReach},
		{"a SELECT is limited and changes nothing", selectIsPure},
		{"no read is left open behind any question", nothingIsHeld},
		{"a question that is cancelled ends", cancelEnds},
	} {
		t.Run(c.name, func(t *testing.T) { c.check(t, s) })
	}
}

func identityStands(t *testing.T, s Subject) {
	before := must(s.Engine.ID(t.Context()))(t)
	s.App(t, "INSERT INTO products (id, sku, title) VALUES (900001, 'x', 'y')")
	s.App(t, "CREATE TABLE passing (a INTEGER)")
	s.App(t, "DROP TABLE passing")
	s.App(t, "DELETE FROM products WHERE id = 900001")
	if after := must(s.Engine.ID(t.Context()))(t); after != before || before.Engine != s.Engine.Name() {
		t.Errorf("got %v, before it was %v", after, before)
	}
}

// must is the value of a call that may not fail.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func missingIsExplained(t *testing.T, s Subject) {
	st := must(s.Engine.Stats(t.Context()))(t)
	if st.State != "ok" || st.Version == "" || st.Name == "" || st.Label == "" || st.At.IsZero() {
		t.Errorf("got state %q, version %q, name %q, label %q at %v", st.State, st.Version, st.Name, st.Label, st.At)
	}
	v := reflect.ValueOf(st)
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name := FieldName(f.Name)
		if f.Type.Kind() == reflect.Pointer && v.Field(i).IsNil() && st.Missing[name] == "" {
			t.Errorf("%s was not measured, and Missing[%q] does not say why", f.Name, name)
		}
	}
}

// FieldName is the JSON name of a field of db.Stats: CacheHits is cache_hits.
func FieldName(field string) string {
	var b strings.Builder
	for i, r := range field {
		upper := r >= 'A' && r <= 'Z'
		after := i > 0 && field[i-1] >= 'a' && field[i-1] <= 'z'
		before := i > 0 && i+1 < len(field) && field[i+1] >= 'a' && field[i+1] <= 'z'
		if upper && (after || before) {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

func catalogIsWhole(t *testing.T, s Subject) {
	c := must(s.Engine.Schema(t.Context()))(t)
	for _, name := range []string{"customers", "products", "orders", "order_items"} {
		table := c.Table(name)
		if table == nil || len(table.Columns) < 4 || len(table.PrimaryKey) == 0 {
			t.Fatalf("%s: got %+v", name, table)
		}
		if table.Rows == nil && table.Estimated == "" {
			t.Errorf("%s: neither rows nor why there are none", name)
		}
	}
	if fk := c.Table("orders").ForeignKeys; len(fk) != 1 || fk[0].Table != "customers" || fk[0].RefColumns[0] != "id" {
		t.Errorf("orders: got foreign keys %+v", fk)
	}
	if ix := c.Index("products_category"); ix == nil || ix.Table != "products" || ix.ColumnNames()[0] != "category" || ix.Constraint {
		t.Errorf("products_category: got %+v", ix)
	}
}

func versionMoves(t *testing.T, s Subject) {
	first := must(s.Engine.Schema(t.Context()))(t).Version
	s.App(t, "UPDATE products SET title = 'z' WHERE id = 1")
	if second := must(s.Engine.Schema(t.Context()))(t).Version; second != first {
		t.Errorf("a write moved the version from %s to %s", first, second)
	}
	s.App(t, "CREATE INDEX passing ON products(sku)")
	if third := must(s.Engine.Schema(t.Context()))(t).Version; third == first {
		t.Errorf("a new index did not move the version %s", first)
	}
	s.App(t, or(s.DropPassing, "DROP INDEX passing"))
}

// knownVersion is that of the catalog, as far as the engine knows without
// asking for it: a file's is in what Stats reads anyway.
func knownVersion(t *testing.T, s Subject) string {
	t.Helper()
	v, ok := s.Engine.(interface {
		SchemaVersion(ctx context.Context) (string, error)
	})
	if !ok {
		t.Fatal("the engine does not know which catalog was read")
	}
	must(s.Engine.Stats(t.Context()))(t)
	return must(v.SchemaVersion(t.Context()))(t)
}

func readVersion(t *testing.T, s Subject) string {
	t.Helper()
	return must(s.Engine.Schema(t.Context()))(t).Version
}

// access is the first node that reads a table.
func access(t *testing.T, e db.Engine, sql string) *db.Node {
	t.Helper()
	var found *db.Node
	must(e.Explain(t.Context(), db.Query{SQL: sql}))(t).Walk(func(n *db.Node, _ int) {
		if found == nil && (n.Op == db.OpScan || n.Op == db.OpSearch) {
			found = n
		}
	})
	if found == nil {
		t.Fatalf("the plan of %s reads no table", sql)
	}
	return found
}

func planNames(t *testing.T, s Subject) {
	if n := access(t, s.Engine, s.slow()); n.Op != db.OpScan || n.Table != "orders" || n.Alias != "o" || n.Rows == nil || *n.Rows < 1000 {
		t.Errorf("got %+v, want a scan of orders as o", n)
	}
	if n := access(t, s.Engine, "SELECT title FROM products WHERE category = 'category 3'"); n.Op != db.OpSearch || n.Index != "products_category" {
		t.Errorf("got %+v, want a search by products_category", n)
	}
}

func explainRefuses(t *testing.T, s Subject) {
	for _, sql := range []string{"", ";", "SELECT 1; SELECT 2", "SELECT 1; DELETE FROM orders", "EXPLAIN SELECT 1", "ANALYZE", "DROP TABLE orders", "COMMIT", "SELEC 1", "SELECT * FROM no_such_table"} {
		if p, err := s.Engine.Explain(t.Context(), db.Query{SQL: sql}); err == nil {
			t.Errorf("%q was explained: %+v", sql, p)
		}
	}
}

func indexLives(t *testing.T, s Subject) {
	step := s.Engine.CreateIndex(db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: s.plain()}}})
	if now := must(s.Engine.State(t.Context(), step.Object))(t); now != db.Absent {
		t.Fatalf("before: got %q", now)
	}
	version := readVersion(t, s)
	var stages []string
	r := must(s.Engine.Run(t.Context(), step, func(p db.Progress) { stages = append(stages, p.Stage) }))(t)
	if now := must(s.Engine.State(t.Context(), step.Object))(t); now != step.After || r.After != step.After || r.Before != db.Absent || len(stages) == 0 {
		t.Errorf("got state %q and result %+v, want %q", now, r, step.After)
	}
	if now := knownVersion(t, s); now == version {
		t.Errorf("after our own change the catalog is of version %s still, and nobody looks at it anew", now)
	}
	if now := readVersion(t, s); now != knownVersion(t, s) {
		t.Errorf("read anew it is of version %s, known is %s", now, knownVersion(t, s))
	}
	if n := access(t, s.Engine, s.slow()); n.Index != step.Object.Name {
		t.Errorf("the new index is not used: %+v", n)
	}
	step.Do, step.Before, step.After = step.Undo, step.After, step.Before
	must(s.Engine.Run(t.Context(), step, nil))(t)
	if now := must(s.Engine.State(t.Context(), step.Object))(t); now != db.Absent {
		t.Errorf("after the undo: got %q", now)
	}
}

func stepRefuses(t *testing.T, s Subject) {
	step := s.Engine.CreateIndex(db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "status"}}})
	step.Before = "something else"
	if _, err := s.Engine.Run(t.Context(), step, nil); err == nil {
		t.Error("a step ran on a state that it does not expect")
	}
	if now := must(s.Engine.State(t.Context(), step.Object))(t); now != db.Absent {
		t.Errorf("it left %q", now)
	}
}

func settingsReach(t *testing.T, s Subject) {
	list := must(s.Engine.Settings(t.Context()))(t)
	if len(list) == 0 {
		t.Error("there are none")
	}
	for _, x := range list {
		if x.Name == "" || x.Scope == "" || x.Reaches == "" {
			t.Errorf("got %+v", x)
		}
	}
}

func selectIsPure(t *testing.T, s Subject) {
	r, ok := s.Engine.(db.Runner)
	if !ok {
		return // an ability, not a duty
	}
	rows := must(r.Select(t.Context(), db.Query{SQL: "SELECT id, status FROM orders ORDER BY id"}, 5))(t)
	if len(rows.Values) != 5 || !rows.Truncated || rows.Values[4][0] != "5" || strings.Join(rows.Columns, " ") != "id status" {
		t.Errorf("got %+v", rows)
	}
	for _, sql := range []string{"DELETE FROM orders", "UPDATE orders SET status = 'x' RETURNING id", "SELECT 1; DELETE FROM orders"} {
		if _, err := r.Select(t.Context(), db.Query{SQL: sql}, 5); err == nil {
			t.Errorf("%q was run", sql)
		}
	}
	if p, took, err := r.Measure(t.Context(), db.Query{SQL: "SELECT id FROM orders"}); err != nil || p.Root.Actual == nil || p.Root.Actual.Rows != 2000 || took <= 0 {
		t.Errorf("got %+v in %v, %v", p, took, err)
	}
}

func nothingIsHeld(t *testing.T, s Subject) {
	for name, ask := range map[string]func(context.Context) error{
		"Stats":    func(ctx context.Context) error { _, err := s.Engine.Stats(ctx); return err },
		"Schema":   func(ctx context.Context) error { _, err := s.Engine.Schema(ctx); return err },
		"Settings": func(ctx context.Context) error { _, err := s.Engine.Settings(ctx); return err },
		"Sessions": func(ctx context.Context) error { _, err := s.Engine.Sessions(ctx); return err },
		"Explain": func(ctx context.Context) error {
			_, err := s.Engine.Explain(ctx, db.Query{SQL: s.slow()})
			return err
		},
		"Explain, refused": func(ctx context.Context) error {
			if _, err := s.Engine.Explain(ctx, db.Query{SQL: "SELECT nothing FROM orders"}); err == nil {
				return errors.New("explained")
			}
			return nil
		},
	} {
		if err := ask(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		s.App(t, "CREATE TABLE passing (a INTEGER)") // needs the catalog, and the file, alone
		s.App(t, "DROP TABLE passing")
	}
}

func cancelEnds(t *testing.T, s Subject) {
	r, ok := s.Engine.(db.Runner)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	endless := or(s.Endless, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")
	if _, err := r.Select(ctx, db.Query{SQL: endless}, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Engine.Stats(t.Context()); err != nil {
		t.Errorf("and after it: %v", err)
	}
}
