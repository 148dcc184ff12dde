package rewrite_test

import "testing"

// What stands in an ON stays there: an outer join finds the same partners.
func TestAConditionOfAJoinIsRewrittenWhereItStands(t *testing.T) {
	compareTexts(t, "date-range", []texts{
		{"of an outer join", lite, "SELECT b.why, o.id FROM blocked b LEFT JOIN orders o ON o.customer = b.who AND date(o.at) = '2026-01-05' WHERE b.sure = 1",
			"SELECT b.why, o.id FROM blocked b LEFT JOIN orders o ON o.customer = b.who AND o.at >= '2026-01-05' AND o.at < date('2026-01-05', '+1 day') WHERE b.sure = 1"},
		{"of the first of two joins", lite, "SELECT b.why FROM blocked b JOIN orders o ON (o.customer = b.who OR date(o.at) < '2026-01-05') LEFT JOIN orders p ON p.id = b.who",
			"SELECT b.why FROM blocked b JOIN orders o ON (o.customer = b.who OR o.at < '2026-01-05') LEFT JOIN orders p ON p.id = b.who"},
		{"of both, and of the WHERE", pg, "SELECT 1 FROM blocked b JOIN orders o ON o.at::date = '2026-01-05' RIGHT JOIN orders p ON p.at::date = '2026-01-06' WHERE o.at::date = '2026-01-07'",
			"SELECT 1 FROM blocked b JOIN orders o ON o.at >= '2026-01-05'::date AND o.at < '2026-01-05'::date + 1 RIGHT JOIN orders p ON p.at >= '2026-01-06'::date AND p.at < '2026-01-06'::date + 1 WHERE o.at >= '2026-01-07'::date AND o.at < '2026-01-07'::date + 1"},
		{"of a full join PostgreSQL may need it", pg, "SELECT 1 FROM blocked b FULL JOIN orders o ON o.at::date = '2026-01-05'", ""},
		{"a list of columns that rows differ by is none", pg, "SELECT DISTINCT ON (date(at)) at FROM orders", ""},
	})
	compareTexts(t, "prefix", []texts{
		{"LEFT is a function, and begins a join", maria, "SELECT o.id FROM blocked b LEFT JOIN orders o ON LEFT(o.code, 2) = 'ab' LEFT JOIN orders p ON p.id = b.who",
			"SELECT o.id FROM blocked b LEFT JOIN orders o ON o.code LIKE 'ab%' LEFT JOIN orders p ON p.id = b.who"},
	})
	compareTexts(t, "conversion", []texts{
		{"text and a number", maria, "SELECT o.id FROM blocked b JOIN orders o ON o.customer = b.who AND o.code = 7", "SELECT o.id FROM blocked b JOIN orders o ON o.customer = b.who AND o.code = '7'"},
	})
	compareTexts(t, "coalesce", []texts{
		{"where no row is found a column is NULL that never is", lite, "SELECT b.who FROM blocked b LEFT JOIN orders o ON o.customer = b.who WHERE COALESCE(o.state, '') = ?", ""},
		{"and is among those that are looked for", lite, "SELECT b.who FROM blocked b LEFT JOIN orders o ON o.customer = b.who WHERE COALESCE(o.id, 0) = 0", "SELECT b.who FROM blocked b LEFT JOIN orders o ON o.customer = b.who WHERE (o.id = 0 OR o.id IS NULL)"},
		{"in an inner join it never is", lite, "SELECT b.who FROM blocked b JOIN orders o ON COALESCE(o.state, '') = ?", "SELECT b.who FROM blocked b JOIN orders o ON o.state = ?"},
	})
}

func TestColumnsAreJoinedByThemselves(t *testing.T) {
	compareTexts(t, "join", []texts{
		{"a zero", lite, "SELECT o.id FROM blocked b LEFT JOIN orders o ON o.customer + 0 = b.who", "SELECT o.id FROM blocked b LEFT JOIN orders o ON o.customer = b.who"},
		{"a key as text", lite, "SELECT o.id FROM blocked b LEFT JOIN orders o ON b.why = CAST(o.id AS TEXT)", "SELECT o.id FROM blocked b LEFT JOIN orders o ON o.id = CAST(b.why AS INTEGER) AND b.why = CAST(o.id AS TEXT)"},
		{"a day of text", lite, "SELECT o.id FROM blocked b JOIN orders o ON date(o.at) = b.why", "SELECT o.id FROM blocked b JOIN orders o ON o.at >= b.why AND o.at < date(b.why, '+1 day')"},
		{"in a WHERE", lite, "SELECT o.id FROM blocked b, orders o WHERE b.sure = 3 AND +o.customer = b.who", "SELECT o.id FROM blocked b, orders o WHERE b.sure = 3 AND o.customer = b.who"},
		{"in a write", lite, "UPDATE orders SET state = 'x' FROM blocked b WHERE orders.customer + 0 = b.who", "UPDATE orders SET state = 'x' FROM blocked b WHERE orders.customer = b.who"},
		{"a number and a text have no common type", lite, "SELECT o.id FROM blocked b JOIN orders o ON o.customer + 0 = b.why", ""},
		{"two columns of one row are no join", lite, "SELECT id FROM orders WHERE customer + 0 = id", ""},
		{"an order is none", lite, "SELECT o.id FROM blocked b JOIN orders o ON o.customer + 0 > b.who", ""},
		{"what may be NULL stays", lite, "SELECT o.id FROM blocked b JOIN orders o ON COALESCE(o.customer, 0) = b.who", ""},
		{"what never is goes", lite, "SELECT o.id FROM blocked b JOIN orders o ON COALESCE(b.sure, 0) = o.customer", "SELECT o.id FROM blocked b JOIN orders o ON b.sure = o.customer"},
		{"what an outer join makes NULL stays", lite, "SELECT o.id FROM orders o LEFT JOIN blocked b ON b.who = o.id JOIN orders p ON COALESCE(b.sure, 0) = p.id", ""},
		{"text and a number", maria, "SELECT o.id FROM blocked b JOIN orders o ON o.code = b.who", "SELECT o.id FROM blocked b JOIN orders o ON o.code = CONCAT(b.who)"},
		{"a key as text", maria, "SELECT o.id FROM blocked b JOIN orders o ON CAST(o.id AS CHAR) = b.why", "SELECT o.id FROM blocked b JOIN orders o ON o.id = CAST(b.why AS SIGNED) AND CAST(o.id AS CHAR) = b.why"},
		{"a key as text in a write, which strict mode would end", maria, "DELETE o FROM blocked b JOIN orders o ON CAST(o.id AS CHAR) = b.why", ""},
		{"a key as text", pg, "SELECT o.id FROM blocked b JOIN orders o ON o.id::text = b.why", "SELECT o.id FROM blocked b JOIN orders o ON o.id = CASE WHEN b.why ~ '^-?[0-9]+$' AND length(b.why) <= 18 THEN b.why::bigint END AND o.id::text = b.why"},
		{"columns of one type", pg, "SELECT o.id FROM blocked b JOIN orders o ON o.id = b.who", ""},
	})
}
