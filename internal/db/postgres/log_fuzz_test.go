package postgres

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"mltop/internal/db/serverlog"
	"mltop/internal/sqltext"
)

// awkwardSQL writes statement number n of a workload, with literals by chance
// that mislead readers.
func awkwardSQL(r *rand.Rand, n int) string {
	text := func() string {
		return []string{"'it''s'", `'back\'`, `E'a\'b'`, "'semi; colon'", "'/* no comment'", "'-- no'", "''", "$$dollar ' quote$$", "$x$ $$ $x$", "'LOG:  duration: 1.000 ms  statement: x'", "'two\n\tlines'", "X'4A'", "U&'\\0061'"}[r.IntN(13)]
	}
	number := func() string {
		return []string{"-5", "+7", "1.5e10", "-2E-3", ".5", "12345678901234567890", "0", "3.14"}[r.IntN(8)]
	}
	list := number()
	for range r.IntN(12) {
		list += ", " + number()
	}
	switch n % 5 {
	case 0:
		return fmt.Sprintf("SELECT c%d FROM t%d /* page %d /* nested */ */ WHERE id IN (%s) AND name = %s", n, n, r.IntN(99), list, text())
	case 1:
		rows := fmt.Sprintf("(%s, %s)", number(), text())
		for range r.IntN(6) {
			rows += fmt.Sprintf(", (%s, %s)", number(), text())
		}
		return fmt.Sprintf("INSERT INTO t%d (a, b) VALUES %s", n, rows)
	case 2:
		return fmt.Sprintf("UPDATE \"t %d\" SET a = %s,\n\tb = b || %s WHERE c > %s --%d\n AND d = %s", n, text(), text(), number(), r.IntN(9), number())
	case 3:
		return fmt.Sprintf("SELECT a FROM t%d WHERE x BETWEEN %s AND %s AND y LIKE %s AND j @> '{\"a\": 1}' LIMIT %d", n, number(), number(), text(), r.IntN(100))
	}
	return fmt.Sprintf("SELECT a FROM t%d WHERE x = $1 AND y = ANY($2) ORDER BY z", n)
}

// awkwardLog is a log of so many statements of so many kinds.
func awkwardLog(form string, entries, kinds int) []byte {
	r := rand.New(rand.NewPCG(3, 4))
	var b bytes.Buffer
	start := time.Date(2023, 11, 23, 0, 0, 0, 0, time.UTC)
	for i := range entries {
		at := start.Add(time.Duration(i) * 10 * time.Millisecond).Format("2006-01-02 15:04:05.000 MST")
		sql, phase, args := awkwardSQL(r, i%kinds), "statement", ""
		if strings.Contains(sql, "$1") {
			phase, args = "execute <unnamed>", fmt.Sprintf("parameters: $1 = '%d', $2 = '{a,''b''}'", i)
		}
		writeMessage(&b, form, at, i%50, fmt.Sprintf("duration: %.3f ms  %s: %s", r.Float64()*100, phase, sql), args)
	}
	return b.Bytes()
}

func writeMessage(b *bytes.Buffer, form, at string, pid int, message, detail string) {
	switch form {
	case formCSV:
		quote := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
		if detail != "" {
			detail = quote(detail)
		}
		fmt.Fprintf(b, "%s,\"app\",\"shop\",%d,\"10.0.0.1:5\",655f8d20.7b,1,\"SELECT\",2023-11-23 17:42:24 UTC,3/4,0,LOG,00000,%s,%s,,,,,,,,\"web\",\"client backend\",,0\n", at, pid, quote(message), detail)
	case formJSON:
		quote := strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\n", `\n`, "\t", `\t`)
		if detail != "" {
			detail = `,"detail":"` + quote.Replace(detail) + `"`
		}
		fmt.Fprintf(b, `{"timestamp":"%s","user":"app","dbname":"shop","pid":%d,"session_id":"655f8d20.7b","line_num":1,"ps":"SELECT","session_start":"2023-11-23 17:42:24 UTC","vxid":"3/4","txid":0,"error_severity":"LOG","message":"%s"%s,"application_name":"web","backend_type":"client backend","query_id":0}`+"\n", at, pid, quote.Replace(message), detail)
	default:
		fmt.Fprintf(b, "%s [%d] app@shop LOG:  %s\n", at, pid, strings.ReplaceAll(message, "\n", "\n\t"))
		if detail != "" {
			fmt.Fprintf(b, "%s [%d] app@shop DETAIL:  %s\n", at, pid, detail)
		}
	}
}

func sumLog(t testing.TB, log []byte) *serverlog.Log {
	t.Helper()
	var parser *logParser
	l := serverlog.NewLog("", logDialect(), nil, func(visit func(*serverlog.Entry)) serverlog.Parser {
		parser = newLogParser("%m [%p] %q%u@%d ", time.UTC, visit)
		return parser
	})
	var lines serverlog.Lines
	if _, err := lines.Read(bytes.NewReader(log), parser.Line); err != nil {
		t.Fatal(err)
	}
	parser.Idle(nil)
	return l
}

// Whatever form the log has, its statements and their calls are the true ones.
func TestTheNumberOfStatementsOfALogIsTheTrueOne(t *testing.T) {
	const kinds, each = 210, 20
	for _, form := range []string{formStderr, formCSV, formJSON} {
		list := sumLog(t, awkwardLog(form, each*kinds, kinds)).Totals("").List
		if len(list) != kinds {
			t.Errorf("%s: got %d statements, want %d", form, len(list), kinds)
		}
		for _, s := range list {
			if *s.Calls != each || strings.Contains(s.Text, "$1") || strings.Contains(s.Example, "$1") {
				t.Errorf("%s: %v calls of %s, like %s", form, *s.Calls, s.Text, s.Example)
				break
			}
		}
	}
}

// A text has one fingerprint, whether it comes by the log's short way or not.
func TestTheShortTextOfALogHasTheFingerprintOfTheWholeOne(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	lexis := logDialect().Lexis
	for n := range 500 {
		// sqltext, which knows no dialect, sees more in a backslash and less in a comment.
		sql := strings.NewReplacer(`'back\'`, "'back'", `E'a\'b'`, "E'ab'", "/* nested */", "").Replace(awkwardSQL(r, n))
		short := string(lexis.Skeleton(nil, []byte(sql)))
		if got, want := sqltext.Exact.Fingerprint(short), sqltext.Exact.Fingerprint(sql); got != want {
			t.Errorf("%s\n%s", sqltext.Exact.Normalize(sql), sqltext.Exact.Normalize(short))
		}
	}
}

// FuzzServerLog: no bytes make the reader fail, keep more than its bound, or
// tell statements apart by how the bytes came.
func FuzzServerLog(f *testing.F) {
	for _, form := range []string{formStderr, formCSV, formJSON} {
		f.Add("%m [%p] %q%u@%d ", awkwardLog(form, 12, 12), 7)
	}
	f.Add("%t %-10u|%a%q%i", []byte("2023-11-23 17:42:24 UTC [1] LOG:  statement: SELECT 1\nLOG:  duration: 1.000 ms\n\t\n"), 1)
	f.Fuzz(func(t *testing.T, prefix string, log []byte, piece int) {
		if len(prefix) > 64 || len(log) > 1<<16 {
			return
		}
		whole, p := readLog(t, prefix, string(log), 1<<20)
		parts, _ := readLog(t, prefix, string(log), 1+(piece&0xff))
		if len(whole) != len(parts) {
			t.Errorf("%d statements at once, %d in pieces of %d", len(whole), len(parts), 1+(piece&0xff))
		}
		for i := range min(len(whole), len(parts)) {
			if told(whole[i]) != told(parts[i]) {
				t.Errorf("at once %q, in pieces %q", told(whole[i]), told(parts[i]))
			}
			if len(whole[i].SQL) > serverlog.MaxText {
				t.Errorf("a text of %d bytes", len(whole[i].SQL))
			}
		}
		if kept := cap(p.stderr.text) + cap(p.csv.buf); kept > 4*serverlog.MaxText {
			t.Errorf("%d bytes are kept", kept)
		}
		for _, e := range whole {
			if text, ok := bindLogged(e.SQL, e.Args); ok && text == "" && len(e.SQL) > 0 {
				t.Errorf("%q is bound to nothing", e.SQL)
			}
		}
	})
}

func BenchmarkServerLog(b *testing.B) {
	for _, form := range []string{formStderr, formCSV, formJSON} {
		b.Run(form, func(b *testing.B) {
			log := awkwardLog(form, 20_000, 210)
			b.SetBytes(int64(len(log)))
			for b.Loop() {
				sumLog(b, log)
			}
		})
	}
}
