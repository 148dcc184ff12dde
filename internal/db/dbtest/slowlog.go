package dbtest

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
)

// WriteSlowLog writes a slow log in MariaDB's form, the same one at each call,
// whose statements are of so many kinds, with literals that mislead readers:
// doubled quotes, hexadecimal in both cases, lists of many lengths, inserts of
// many rows, comments, signed and scientific numbers, bytes that are no UTF-8.
// Every fifth has its plan in its head, as log_slow_verbosity has it written.
func WriteSlowLog(w io.Writer, entries, kinds int) error {
	a := awkward{rand.New(rand.NewPCG(3, 4))}
	for i := range entries {
		_, err := fmt.Fprintf(w, "# User@Host: app[app] @ web-1 [10.0.0.1]\n# Thread_id: %d  Schema: app  QC_hit: No\n# Query_time: %.6f  Lock_time: 0.000010  Rows_sent: 1  Rows_examined: 100\n# Rows_affected: 0  Bytes_sent: 60\n%sSET timestamp=%d;\n%s;\n",
			i%50, a.Float64(), planLines(i), 1700000000+i/100, a.statement(i%kinds))
		if err != nil {
			return err
		}
	}
	return nil
}

// planLines are what 'query_plan,explain' adds to a head.
func planLines(entry int) string {
	if entry%5 != 0 {
		return ""
	}
	return "# Full_scan: Yes  Full_join: No  Tmp_table: No  Tmp_table_on_disk: No\n#\n" +
		"# explain: id\tselect_type\ttable\ttype\tpossible_keys\tkey\tkey_len\tref\trows\tr_rows\tfiltered\tr_filtered\tExtra\n" +
		"# explain: 1\tSIMPLE\tt\tALL\tNULL\tNULL\tNULL\tNULL\t100\t100.00\t100.00\t1.00\tUsing where\n#\n"
}

// awkward writes statements with literals by chance.
type awkward struct{ *rand.Rand }

// statement writes statement number n of a workload.
func (a awkward) statement(n int) string {
	switch n % 4 {
	case 0:
		return fmt.Sprintf("SELECT c%d FROM t%d /* page %d */ WHERE id IN (%s) AND name = %s", n, n, a.IntN(99), a.list(), a.text())
	case 1:
		rows := fmt.Sprintf("(%s, %s)", a.number(), a.text())
		for range a.IntN(6) {
			rows += fmt.Sprintf(", (%s, %s)", a.number(), a.text())
		}
		return fmt.Sprintf("INSERT INTO t%d (a, b) VALUES %s", n, rows)
	case 2:
		return fmt.Sprintf("UPDATE `t %d` SET a = %s,\n\tb = X'%X' WHERE c > %s -- %d\n AND d = %s", n, a.text(), a.IntN(65536), a.number(), a.IntN(9), a.number())
	}
	return fmt.Sprintf("SELECT a FROM t%d WHERE x BETWEEN %s AND %s AND y LIKE %s LIMIT %d", n, a.number(), a.number(), a.text(), a.IntN(100))
}

func (a awkward) text() string {
	s := []string{"it''s", `a\'b`, `back\\`, "semi; colon", "/* no comment", "-- no", "", "'' ''", "# Time: 1", "ü\x80"}[a.IntN(10)]
	if a.IntN(3) == 0 {
		return `"` + strings.ReplaceAll(s, `"`, "") + `"`
	}
	return "'" + s + "'"
}

func (a awkward) number() string {
	return []string{"-5", "+7", "1.5e10", "-2E-3", "0xFF", "0XAB", ".5", "12345678901234567890", "0", "3.14"}[a.IntN(10)]
}

func (a awkward) list() string {
	out := a.number()
	for range a.IntN(12) {
		out += ", " + a.number()
	}
	return out
}
