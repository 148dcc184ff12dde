package offline_test

import (
	"strings"
	"testing"

	"mltop/internal/db"
)

// The rows that a join reads are of the same size whichever table the text names
// first, and no pair of rows counts as a row where the server has a better way.
func TestAJoinIsReckonedInTheOrderThatReadsLeast(t *testing.T) {
	for _, c := range []struct {
		name, sql   string
		least, most float64
	}{
		{"by the key of the smaller table", "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.country = ? AND o.status = ?", 200_000, 600_000},
		{"whichever is named first", "SELECT o.id FROM customers c JOIN orders o ON c.id = o.customer_id WHERE c.country = ? AND o.status = ?", 200_000, 600_000},
		{"of one customer's orders", "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.id = ?", 200_000, 210_000},
		{"and on to a third table", "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id JOIN orders p ON p.customer_id = c.id WHERE o.id = ?", 2, 210_000},
	} {
		for _, engine := range []string{"sqlite", "mysql", "postgres"} {
			e := engineOf(t, shop(engine))
			lab, err := e.Lab(t.Context(), db.LabOptions{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := lab.Cost(t.Context(), db.Query{SQL: numbered(c.sql, engine)}, db.Config{})
			if err != nil || got.Value < c.least || got.Value > c.most {
				t.Errorf("%s, %s: got %.0f rows read, error %v; want %.0f to %.0f", engine, c.name, got.Value, err, c.least, c.most)
			}
		}
	}
}

func TestTablesThatNoIndexJoins(t *testing.T) {
	const sql = "SELECT o.id FROM orders o JOIN customers c ON c.country = o.status"
	for engine, within := range map[string][2]float64{
		"postgres": {220_000, 500_000},           // both once, by hash
		"mysql":    {2_000_000, 200_000_000},     // MariaDB: one of them for each buffer of the other, and every pair compared
		"sqlite":   {200_000, 20_000 * 200_000.}, // an index for the one statement, or every pair
	} {
		f := shop(engine)
		f.Stats.Version = map[string]string{"mysql": "10.11.6-MariaDB"}[engine]
		lab, err := engineOf(t, f).Lab(t.Context(), db.LabOptions{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := lab.Cost(t.Context(), db.Query{SQL: sql}, db.Config{})
		if err != nil || got.Value < within[0] || got.Value > within[1] {
			t.Errorf("%s: got %.0f rows read, error %v; want %.0f to %.0f", engine, got.Value, err, within[0], within[1])
		}
	}
}

// The index that is there finds as many rows: the longer one delivers them in
// order, and the page ends it.
func TestAnIndexThatDeliversTheOrderGoesBeforeOneThatFindsAsMany(t *testing.T) {
	const sql = "SELECT * FROM orders WHERE status = ? AND total IS NULL ORDER BY placed LIMIT 50"
	for _, engine := range []string{"mysql", "postgres"} {
		f := shop(engine)
		status := db.Index{Schema: f.Schema.Tables[0].Schema, Table: "orders", Name: "o_status", Columns: []db.IndexColumn{{Name: "status"}}, Stat: []float64{100_000}}
		f.Schema.Tables[0].Indexes = append(f.Schema.Tables[0].Indexes, &status)
		lab, err := engineOf(t, f).Lab(t.Context(), db.LabOptions{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		longer := db.Index{Table: "orders", Name: "o_status_placed", Columns: []db.IndexColumn{{Name: "status"}, {Name: "placed"}}}
		got, err := lab.Cost(t.Context(), db.Query{SQL: numbered(sql, engine)}, db.Config{Add: []db.Index{longer}})
		if err != nil || len(got.Uses) != 1 || got.Uses[0] != longer.Name || got.Value > 50_000 {
			t.Errorf("%s: got %.0f rows read by %q, error %v; want a page by %s", engine, got.Value, got.Uses, err, longer.Name)
		}
	}
}

// numbered writes placeholders as the engine has them.
func numbered(sql, engine string) string {
	if engine != "postgres" {
		return sql
	}
	for _, n := range []string{"$1", "$2"} {
		sql = strings.Replace(sql, "?", n, 1)
	}
	return sql
}
