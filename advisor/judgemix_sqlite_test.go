package advisor_test

import (
	"database/sql"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/internal/db/dbtest"
	"mltop/internal/stat"
)

// A measured second of a real file: the statement by what it asks for, and
// another one beside it.
type measuredSecond struct{ all, cheap, dear, other stat.Bucket }

// A clockedFile runs statements on a real file and keeps what they took.
type clockedFile struct {
	t *testing.T
	d *sql.DB
	n int
}

func (c *clockedFile) run(into *stat.Sketch, also *stat.Sketch, query string, args ...any) {
	c.t.Helper()
	took := math.Inf(1)
	for range 3 { // what disturbs a run only adds to it
		took = min(took, c.once(query, args...))
	}
	into.Add(took)
	if also != nil {
		also.Add(took)
	}
}

func (c *clockedFile) once(query string, args ...any) float64 {
	began := time.Now()
	rows, err := c.d.QueryContext(c.t.Context(), query, args...)
	if err != nil {
		c.t.Fatal(err)
	}
	for rows.Next() {
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		c.t.Fatal(err)
	}
	return time.Since(began).Seconds()
}

// second runs ten calls, of which so many are dear.
func (c *clockedFile) second(dear int) (m measuredSecond) {
	for _, b := range []*stat.Bucket{&m.all, &m.cheap, &m.dear, &m.other} {
		*b = stat.Bucket{Start: time.Unix(int64(c.n), 0), Width: time.Second, Latency: &stat.Sketch{}}
	}
	c.n++
	for i := range 10 {
		status, part := "rare", m.cheap
		if (i*7+c.n)%10 < dear {
			status, part = "common", m.dear
		}
		c.run(m.all.Latency, part.Latency, "SELECT id, note FROM orders WHERE status = ?", status)
		c.run(m.other.Latency, nil, "SELECT count(*) FROM parts WHERE weight > ?", i)
	}
	return m
}

// A file on which nothing was changed answers dear constants in place of cheap
// ones; then an index is made. Times are those of this machine.
func TestARealFilesChangedMixIsNotTakenForTheChange(t *testing.T) {
	d := dbtest.Open(t, dbtest.Path(t))
	defer d.Close()
	dbtest.Exec(t, d, `CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT, note TEXT);
		CREATE TABLE parts (id INTEGER PRIMARY KEY, weight INT);
		CREATE INDEX by_status ON orders(status);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 4000)
		INSERT INTO orders SELECT i, CASE WHEN i % 500 = 0 THEN 'rare' WHEN i % 4 = 0 THEN 'common' ELSE 'other' END, 'note '||i FROM n;
		INSERT INTO parts SELECT id, id FROM orders LIMIT 1500`)
	c := &clockedFile{t: t, d: d}
	var before, after []stat.Bucket
	x := advisor.Beside{Parts: map[string][]stat.Bucket{}}
	others := map[string][]stat.Bucket{}
	x.Others = func() map[string][]stat.Bucket { return others }
	take := func(list []stat.Bucket, dear int) []stat.Bucket {
		for range 90 {
			m := c.second(dear)
			list = append(list, m.all)
			x.Parts["cheap"], x.Parts["dear"] = append(x.Parts["cheap"], m.cheap), append(x.Parts["dear"], m.dear)
			others["parts"] = append(others["parts"], m.other)
		}
		return list
	}
	before, after = take(before, 2), take(after, 8)
	if v := advisor.Judge("orders", before, after); v.Outcome != advisor.OutcomeWorse {
		t.Errorf("by times alone: got %q, %s; want a loss, or the mix shows nothing", v.Outcome, v.Text)
	}
	v := advisor.JudgeBeside("orders", before, after, x)
	if v.Outcome == advisor.OutcomeBetter || v.Outcome == advisor.OutcomeWorse || !strings.Contains(v.Text, "the mix changed") {
		t.Errorf("got %q, %s; want no gain and no loss, and that the mix changed", v.Outcome, v.Text)
	}
	t.Log(v.Text)
}
