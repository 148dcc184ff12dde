package rewrite_test

import (
	"slices"
	"strings"
	"testing"

	"mltop/advisor/rewrite"
	"mltop/internal/db"
)

// A write is rewritten in what it looks for, and the rows that both texts find
// are compared by SELECTs of their keys.
func TestAWriteIsRewrittenWhereItLooksForItsRows(t *testing.T) {
	for _, c := range []struct {
		name, rule string
		d          db.Dialect
		sql        string
		want       string // "" for no rewrite
		asked      string // the SELECT that the new text's rows are compared by
	}{
		{"a day that is deleted", "date-range", lite, "DELETE FROM orders WHERE date(at) = '2026-01-05'",
			"DELETE FROM orders WHERE at >= '2026-01-05' AND at < date('2026-01-05', '+1 day')",
			`SELECT orders.rowid FROM orders WHERE at >= '2026-01-05' AND at < date('2026-01-05', '+1 day')`},
		{"a day that is changed, under an alias, by parameters", "date-range", lite, "UPDATE orders AS o SET state = ?, code = code || ? WHERE date(o.at) = ? RETURNING id",
			"UPDATE orders AS o SET state = ?, code = code || ? WHERE o.at >= ? AND o.at < date(?, '+1 day') RETURNING id",
			`SELECT o.rowid FROM orders AS o WHERE o.at >= ? AND o.at < date(?, '+1 day')`},
		{"what it stores stays as it is", "date-range", lite, "UPDATE orders SET seen = (SELECT count(*) FROM orders o WHERE date(o.at) = '2026-01-05') WHERE id = 3", "", ""},
		{"what is copied", "date-range", lite, "INSERT INTO blocked (who) SELECT id FROM orders WHERE date(at) > '2026-01-05' ON CONFLICT DO NOTHING",
			"INSERT INTO blocked (who) SELECT id FROM orders WHERE at >= date('2026-01-05', '+1 day') ON CONFLICT DO NOTHING",
			"SELECT id FROM orders WHERE at >= date('2026-01-05', '+1 day')"},
		{"the first rows of any order may be others", "date-range", lite, "DELETE FROM orders WHERE date(at) < '2026-01-05' LIMIT 100", "", ""},
		{"those of an order are the same", "bare-column", maria, "DELETE FROM orders WHERE customer + 0 = 7 ORDER BY id LIMIT 100",
			"DELETE FROM orders WHERE customer = 7 ORDER BY id LIMIT 100",
			"SELECT orders.id FROM orders WHERE customer = 7 ORDER BY id LIMIT 100"},
		{"a text and a number", "conversion", maria, "UPDATE LOW_PRIORITY orders SET state = 'x', seen = 3 WHERE code = 12345",
			"UPDATE LOW_PRIORITY orders SET state = 'x', seen = 3 WHERE code = '12345'",
			"SELECT orders.id FROM orders WHERE code = '12345'"},
		{"one of two tables", "date-range", maria, "DELETE o FROM orders o JOIN blocked b ON b.who = o.customer WHERE DATE(o.at) = '2026-01-05'",
			"DELETE o FROM orders o JOIN blocked b ON b.who = o.customer WHERE o.at >= '2026-01-05' AND o.at < '2026-01-05' + INTERVAL 1 DAY",
			"SELECT o.id FROM orders o JOIN blocked b ON b.who = o.customer WHERE o.at >= '2026-01-05' AND o.at < '2026-01-05' + INTERVAL 1 DAY"},
		{"two tables, of which one has no key", "date-range", maria, "UPDATE orders o JOIN blocked b ON b.who = o.customer AND DATE(o.at) = '2026-01-05' SET o.state = 'x', b.why = 'y'",
			"UPDATE orders o JOIN blocked b ON b.who = o.customer AND o.at >= '2026-01-05' AND o.at < '2026-01-05' + INTERVAL 1 DAY SET o.state = 'x', b.why = 'y'",
			"SELECT o.id, b.* FROM orders o JOIN blocked b ON b.who = o.customer AND o.at >= '2026-01-05' AND o.at < '2026-01-05' + INTERVAL 1 DAY"},
		{"rows of one table that another one names", "conversion", pg, "UPDATE orders SET state = $1 FROM blocked b WHERE b.who = orders.id AND orders.id::text = $2",
			"UPDATE orders SET state = $1 FROM blocked b WHERE b.who = orders.id AND orders.id = $2::bigint",
			`SELECT orders.id FROM orders, blocked b WHERE b.who = orders.id AND orders.id = $1::bigint`},
		{"the same, deleted", "date-range", pg, "DELETE FROM orders o USING blocked b WHERE b.who = o.id AND o.at::date = $1 RETURNING o.id",
			"DELETE FROM orders o USING blocked b WHERE b.who = o.id AND o.at >= $1::date AND o.at < $1::date + 1 RETURNING o.id",
			`SELECT o.id FROM orders o, blocked b WHERE b.who = o.id AND o.at >= $1::date AND o.at < $1::date + 1`},
		{"what a WITH looks for", "date-range", pg, "WITH old AS (SELECT o.id FROM orders o WHERE o.at::date = '2026-01-05') DELETE FROM blocked WHERE sure IN (SELECT id FROM old)",
			"WITH old AS (SELECT o.id FROM orders o WHERE o.at >= '2026-01-05'::date AND o.at < '2026-01-05'::date + 1) DELETE FROM blocked WHERE sure IN (SELECT id FROM old)",
			`WITH old AS (SELECT o.id FROM orders o WHERE o.at >= '2026-01-05'::date AND o.at < '2026-01-05'::date + 1) SELECT blocked.* FROM blocked WHERE sure IN (SELECT id FROM old)`},
		{"a value for NULL", "coalesce", lite, "DELETE FROM orders WHERE COALESCE(customer, 0) = 7", "DELETE FROM orders WHERE customer = 7", `SELECT orders.rowid FROM orders WHERE customer = 7`},
		{"rows column by column", "row-comparison", pg, "DELETE FROM orders WHERE at < $1 OR (at = $1 AND id <= $2)", "DELETE FROM orders WHERE (at, id) <= ($1, $2)", `SELECT orders.id FROM orders WHERE (at, id) <= ($1, $2)`},
		{"a beginning", "prefix", pg, "DELETE FROM orders WHERE left(code, 2) = 'ab'", "DELETE FROM orders WHERE code LIKE 'ab%'", `SELECT orders.id FROM orders WHERE code LIKE 'ab%'`},
		{"a list with NULLs", "not-in", lite, "DELETE FROM orders WHERE id NOT IN (SELECT who FROM blocked)",
			"DELETE FROM orders WHERE NOT EXISTS (SELECT 1 FROM blocked WHERE blocked.who = orders.id)",
			`SELECT orders.rowid FROM orders WHERE NOT EXISTS (SELECT 1 FROM blocked WHERE blocked.who = orders.id)`},
		{"a page is read, not written", "keyset", maria, "DELETE FROM orders ORDER BY id LIMIT 10", "", ""},
	} {
		t.Run(c.d.Name()+": "+c.name, func(t *testing.T) {
			w, _ := rewritten(t, c.d, c.rule, c.sql, 0)
			asked := ""
			if i := slices.IndexFunc(w.Checks, func(k rewrite.Check) bool { return k.What == rewrite.BothWrite }); i >= 0 {
				asked = w.Checks[i].B.SQL
			}
			if w.After.SQL != c.want || asked != c.asked {
				t.Errorf("of    %s\ngot   %s\nwant  %s\nasked %s\nwant  %s", c.sql, w.After.SQL, c.want, asked, c.asked)
			}
			for _, k := range w.Checks {
				for _, side := range []rewrite.Text{k.A, k.B} {
					if s, err := c.d.Parse(side.SQL, shop(c.d)); err != nil || !s.Pure {
						t.Errorf("compared by %s: %v, want a SELECT that changes nothing", side.SQL, err)
					}
				}
			}
		})
	}
}

// The SELECT of a write's rows has its own placeholders only, in their order.
func TestTheRowsOfAWriteAreAskedForByItsOwnValues(t *testing.T) {
	for _, c := range []struct {
		d    db.Dialect
		sql  string
		want []int // the statement's placeholders that the SELECT is given
	}{
		{lite, "UPDATE orders SET state = ? WHERE code = ? AND date(at) = ?", []int{1, 2, 2}},
		{lite, "UPDATE orders SET state = :s WHERE code = :c AND date(at) = :d", []int{1, 2, 2}},
		{maria, "UPDATE orders SET state = ? WHERE code = ? AND DATE(at) = ?", []int{1, 2, 2}},
		{pg, "UPDATE orders SET state = $1 WHERE code = $2 AND at::date = $3", []int{1, 2}},
	} {
		w, ok := rewritten(t, c.d, "date-range", c.sql, 0)
		if !ok || len(w.Checks) == 0 || !slices.Equal(w.Checks[0].B.Args, c.want) {
			t.Errorf("%s\n%+v: want the values %v", c.sql, w.Checks, c.want)
		}
	}
}

func TestWhatIsToBeKnownOfARewrittenWrite(t *testing.T) {
	w, _ := rewritten(t, maria, "conversion", "DELETE FROM orders WHERE code = 7 ORDER BY at LIMIT 9", 0)
	if all := strings.Join(append(w.Holds, w.Why), "; "); !strings.Contains(all, "strict mode") || !strings.Contains(all, "locks every row") || !strings.Contains(all, "share a place in the order") {
		t.Errorf("said: %s", all)
	}
	w, _ = rewritten(t, lite, "not-in", "DELETE FROM orders WHERE id NOT IN (SELECT who FROM blocked)", 0)
	if !w.Differs || !strings.Contains(w.Risk, "writes no row") {
		t.Errorf("differs %v, risk %q", w.Differs, w.Risk)
	}
}

func TestDeletesInALoopAreOne(t *testing.T) {
	w, _ := rewritten(t, pg, "batch", "DELETE FROM orders WHERE id = $1", 48)
	if want := "DELETE FROM orders WHERE id = ANY (?)"; w.After.Masked != want || len(w.Checks) != 1 || w.Checks[0].What != rewrite.BothWrite {
		t.Errorf("got %s, want %s; checks %+v", w.After.Masked, want, w.Checks)
	}
	for _, sql := range []string{"UPDATE orders SET seen = 7 WHERE id = 3", "DELETE FROM orders WHERE id = 3 RETURNING at"} {
		if w, ok := rewritten(t, pg, "batch", sql, 48); ok {
			t.Errorf("%s: each call has its own, but it became %s", sql, w.After.SQL)
		}
	}
}
