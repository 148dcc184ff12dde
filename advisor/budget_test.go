package advisor_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/internal/db/dbtest"
)

// One statement wants an index on either of two tables. Only that of the
// small one fits: it saves there what it would save beside the other.
func TestABudgetIsSpentOnThePartThatFits(t *testing.T) {
	file := dbtest.Path(t)
	d := dbtest.Open(t, file)
	dbtest.Exec(t, d, `CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, age INT);
		CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INT, total REAL, note TEXT)`)
	dbtest.Exec(t, d, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 50000)
		INSERT INTO customers SELECT i, 'n'||i, i%80 FROM n`)
	dbtest.Exec(t, d, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 60000)
		INSERT INTO orders SELECT i, (i*7919)%50000, (i*104729)%100000/100.0, 'note '||i FROM n`)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	w := statements(
		"notes: SELECT * FROM orders WHERE note = 'note 4711'",
		"aged: SELECT * FROM orders o WHERE customer_id IN (SELECT id FROM customers WHERE age = 7) AND o.total BETWEEN 10 AND 11",
	)
	w.Statements[0].CallsPerHour *= 100 // next to which the other one matters little
	for _, c := range []struct {
		name   string
		budget int64
		want   []string
	}{
		{"without a budget", 0, []string{"customers(age)", "orders(note)", "orders(total)"}},
		{"with room for the small one alone", 600_000, []string{"customers(age)"}},
		{"with room for none", 50_000, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := advisor.New(openEngine(t, file), advisor.Config{StateDir: filepath.Join(t.TempDir(), "state"), Path: file})
			t.Cleanup(func() { _ = a.Close() })
			got, err := a.Advise(context.Background(), w, nothingSeen(), advisor.Options{Duration: 30 * time.Second, Budget: c.budget, Seed: 1})
			if err != nil || !slices.Equal(advisedIndexes(got), c.want) {
				t.Errorf("advised %q, %v; want %q; declined %+v", advisedIndexes(got), err, c.want, got.Declined)
			}
		})
	}
}
