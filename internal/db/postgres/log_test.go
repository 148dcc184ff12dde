package postgres

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"mltop/internal/db/serverlog"
)

// readLog reads a log in pieces, as it arrives, and says what it found.
func readLog(t testing.TB, prefix, log string, piece int) ([]serverlog.Entry, *logParser) {
	t.Helper()
	var out []serverlog.Entry
	p := newLogParser(prefix, time.UTC, func(e *serverlog.Entry) {
		x := *e
		x.SQL, x.Args = bytes.Clone(e.SQL), bytes.Clone(e.Args)
		out = append(out, x)
	})
	var lines serverlog.Lines
	for rest := []byte(log); len(rest) > 0; {
		n := min(piece, len(rest))
		if _, err := lines.Read(bytes.NewReader(rest[:n]), p.Line); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	p.Idle(lines.Half())
	return out, p
}

// told is an entry in one line: database, program, seconds, text, values.
func told(e serverlog.Entry) string {
	s := fmt.Sprintf("%s|%s|%.6g|%s|%s", e.Schema, e.Program, e.Seconds, e.SQL, e.Args)
	if e.Goes {
		s += "|goes on"
	}
	return s
}

// The forms of lines are those of src/backend/tcop/postgres.c and elog.c of
// PostgreSQL 15; the prefixes those of the PostgreSQL manual ("Error Reporting
// and Logging", log_line_prefix), of Debian's postgresql.conf, of the Amazon
// RDS user guide ("RDS for PostgreSQL database log files"), of pgBadger's
// README. Translations are those that Debian's postgresql-15 installs.
func TestMessagesOfTheLogAreStatements(t *testing.T) {
	for _, c := range []struct {
		name, prefix, log string
		want              []string
	}{
		{"PostgreSQL's own prefix", "%m [%p] ", "2023-11-23 17:42:24.123 UTC [123] LOG:  duration: 12.345 ms  statement: SELECT 1\n", []string{"||0.012345|SELECT 1|"}},
		{"Debian's prefix", "%m [%p] %q%u@%d ", "2023-11-23 17:42:24.123 UTC [99] LOG:  checkpoint starting: time\n2023-11-23 17:42:24.123 UTC [123] joe@shop LOG:  duration: 12.345 ms  statement: SELECT 1\n", []string{"shop||0.012345|SELECT 1|"}},
		{"RDS's prefix", "%m [%p] ", "2013-11-05 16:48:56 UTC::@:[2952]:LOG:  checkpoint starting: time\n2013-11-05 16:48:56 UTC:10.0.0.1(33366):joe@shop:[8839]:LOG:  duration: 3578.104 ms  statement: SELECT 1\n", []string{"shop||3.5781|SELECT 1|"}},
		{"pgBadger's prefix, and a program with spaces", "%m [%p] ", "2023-11-23 17:42:24 UTC [123]: user=joe,db=shop,app=my app, really,client=::1 LOG:  duration: 1.000 ms  statement: SELECT 1\n", []string{"shop|my app, really|0.001|SELECT 1|"}},
		{"a prefix that nobody knows", "", "<joe@shop> 2023-11-23 17:42:24.5 UTC pid=7 | LOG:  duration: 1.000 ms  statement: SELECT 1\n", []string{"shop||0.001|SELECT 1|"}},
		{"no prefix at all", "", "LOG:  duration: 1.000 ms  statement: SELECT 1\n", []string{"||0.001|SELECT 1|"}},
		{"an epoch, padding and a percent sign", "%n %-6p|%10u|%d %% ", "1700763744.123 123   |       joe|shop % LOG:  duration: 1.000 ms  statement: SELECT 1\n", []string{"shop||0.001|SELECT 1|"}},
		{"a user with a space", "%m [%p] %u@%d ", "2023-11-23 17:42:24.123 UTC [1] big joe@shop LOG:  duration: 1.000 ms  statement: SELECT 1\n", []string{"shop||0.001|SELECT 1|"}},
		{"many lines, a tab and a line that looks like a message", "%m [%p] ", "2023-11-23 17:42:24.123 UTC [1] LOG:  duration: 1.000 ms  statement: SELECT 1,\n\t\t2 -- \n\t2023-11-23 17:42:24.123 UTC [1] LOG:  duration: 9.000 ms  statement: DROP\n\n\tFROM t;\n", []string{"||0.001|SELECT 1,\n\t2 -- \n2023-11-23 17:42:24.123 UTC [1] LOG:  duration: 9.000 ms  statement: DROP|"}},
		{"the text in verbose words", "%m [%p] ", "2023-11-23 17:42:24.123 UTC [1] LOG:  00000: duration: 1.000 ms  statement: SELECT 1\n2023-11-23 17:42:24.123 UTC [1] LOCATION:  exec_simple_query, postgres.c:1319\n", []string{"||0.001|SELECT 1|"}},
		{"parse and bind are parts of a call, an execute is one", "%m [%p] ", `2023-11-23 17:42:24.123 UTC [1] LOG:  duration: 0.100 ms  parse s1: SELECT $1
2023-11-23 17:42:24.123 UTC [1] LOG:  duration: 0.200 ms  bind s1: SELECT $1
2023-11-23 17:42:24.123 UTC [1] DETAIL:  parameters: $1 = 'x'
2023-11-23 17:42:24.123 UTC [1] LOG:  duration: 1.000 ms  execute s1: SELECT $1
2023-11-23 17:42:24.123 UTC [1] DETAIL:  parameters: $1 = 'it''s
	two lines', $2 = NULL
2023-11-23 17:42:24.123 UTC [1] LOG:  duration: 1.500 ms  execute <unnamed>/C_2: SELECT $1
2023-11-23 17:42:24.123 UTC [1] DETAIL:  Parameters: $1 = '7'
2023-11-23 17:42:24.123 UTC [1] LOG:  duration: 2.000 ms  execute fetch from S_1/C_2: SELECT $1
`, []string{"||0.001|SELECT $1|$1 = 'it''s\ntwo lines', $2 = NULL", "||0.0015|SELECT $1|$1 = '7'", "||0.002|SELECT $1||goes on"}},
		{"the plan of auto_explain is no call", "%m [%p] ", "2023-11-23 17:42:24.123 UTC [1] LOG:  duration: 1.000 ms  plan:\n\tQuery Text: SELECT 1\n\tResult\n2023-11-23 17:42:24.124 UTC [1] LOG:  duration: 2.000 ms  statement: SELECT 1\n", []string{"||0.002|SELECT 1|"}},
		{"text and time apart are joined by process", "%m [%p] ", `2023-11-23 17:42:24.123 UTC [1] LOG:  statement: SELECT 1
2023-11-23 17:42:24.123 UTC [2] LOG:  execute <unnamed>: SELECT $1
2023-11-23 17:42:24.123 UTC [2] DETAIL:  parameters: $1 = '5'
2023-11-23 17:42:24.123 UTC [1] LOG:  duration: 1.000 ms
2023-11-23 17:42:24.123 UTC [2] LOG:  duration: 2.000 ms
2023-11-23 17:42:24.123 UTC [2] LOG:  duration: 3.000 ms
`, []string{"||0.001|SELECT 1|", "||0.002|SELECT $1|$1 = '5'"}},
		{"what failed has no time: the next one is another's", "%m [%p] ", `2023-11-23 17:42:24.123 UTC [1] LOG:  statement: SELECT 1/0
2023-11-23 17:42:24.123 UTC [1] ERROR:  division by zero
2023-11-23 17:42:24.123 UTC [1] STATEMENT:  SELECT 1/0
2023-11-23 17:42:24.123 UTC [1] LOG:  duration: 1.000 ms
`, nil},
		{"EXECUTE is the statement that was prepared", "%m [%p] ", "2023-11-23 17:42:24.123 UTC [1] LOG:  duration: 1.000 ms  statement: execute q(1);\n2023-11-23 17:42:24.123 UTC [1] DETAIL:  prepare: PREPARE q (int) AS SELECT a FROM t WHERE id = $1;\n", []string{"||0.001|SELECT a FROM t WHERE id = $1|"}},
		{"German", "%m [%p] ", `2023-11-23 17:42:24.123 CET [1] LOG:  Dauer: 0.100 ms  Parsen <unnamed>: SELECT $1
2023-11-23 17:42:24.123 CET [1] LOG:  Dauer: 0.200 ms  Binden <unnamed>: SELECT $1
2023-11-23 17:42:24.123 CET [1] DETAIL:  Parameter: $1 = '4'
2023-11-23 17:42:24.123 CET [1] LOG:  Dauer: 1.000 ms  Ausführen <unnamed>: SELECT $1
2023-11-23 17:42:24.123 CET [1] DETAIL:  Parameter: $1 = '5'
2023-11-23 17:42:24.123 CET [1] LOG:  Anweisung: SELECT 1/0
2023-11-23 17:42:24.123 CET [1] FEHLER:  Division durch Null
2023-11-23 17:42:24.123 CET [1] ANWEISUNG:  SELECT 1/0
2023-11-23 17:42:24.123 CET [1] LOG:  Dauer: 2.000 ms
2023-11-23 17:42:24.123 CET [1] LOG:  Dauer: 3.000 ms  Anweisung: SELECT 2
`, []string{"||0.001|SELECT $1|$1 = '5'", "||0.003|SELECT 2|"}},
		{"French", "%m [%p] ", "2023-11-23 17:42:24.123 UTC [1] LOG:  durée : 1.000 ms, instruction : SELECT 1\n2023-11-23 17:42:24.123 UTC [1] LOG:  durée : 2.000 ms, exécute S_1: SELECT $1\n2023-11-23 17:42:24.123 UTC [1] DÉTAIL:  paramètres : $1 = '5'\n2023-11-23 17:42:24.123 UTC [1] LOG:  durée : 2.000 ms, lien S_1 : SELECT $1\n", []string{"||0.001|SELECT 1|", "||0.002|SELECT $1|$1 = '5'"}},
		{"Russian", "%m [%p] ", "2023-11-23 17:42:24.123 MSK [1] СООБЩЕНИЕ:  продолжительность: 1.000 мс, оператор: SELECT 1\n2023-11-23 17:42:24.123 MSK [1] СООБЩЕНИЕ:  продолжительность: 2.000 мс, выполнение S_1: SELECT $1\n2023-11-23 17:42:24.123 MSK [1] ПОДРОБНОСТИ:  параметры: $1 = '5'\n", []string{"||0.001|SELECT 1|", "||0.002|SELECT $1|$1 = '5'"}},
		{"Japanese", "%m [%p] ", "2023-11-23 17:42:24.123 JST [1] LOG:  期間: 1.000 ミリ秒  文: SELECT 1\n2023-11-23 17:42:24.123 JST [1] LOG:  期間: 2.000 ミリ秒  バインド S_1: SELECT $1\n", []string{"||0.001|SELECT 1|"}},
		{"a language that is not known is not guessed at", "%m [%p] ", "2023-11-23 17:42:24.123 UTC [1] LOG:  trvání: 1.000 ms  příkaz: SELECT 1\n", nil},
		{"csv", "", `2023-11-23 17:42:24.123 UTC,"joe","shop",123,"[local]",655f8d20.7b,1,"SELECT",2023-11-23 17:42:24 UTC,3/4,0,LOG,00000,"duration: 1.000 ms  statement: SELECT ""a b"",
 '""' FROM t",,,,,,,,,"my ""app""","client backend",,0
2023-11-23 17:42:24.123 UTC,"joe","shop",123,"[local]",655f8d20.7b,2,"BIND",2023-11-23 17:42:24 UTC,3/4,0,LOG,00000,"duration: 1.000 ms  bind <unnamed>: SELECT $1","parameters: $1 = 'x'",,,,,,,,"psql"
2023-11-23 17:42:24.123 UTC,"joe","shop",123,"[local]",655f8d20.7b,3,"SELECT",2023-11-23 17:42:24 UTC,3/4,0,LOG,00000,"duration: 2.000 ms  execute <unnamed>: SELECT $1","parameters: $1 = 'x'",,,,,,,,"psql","client backend",,0
2023-11-23 17:42:24.123 UTC,,,124,,655f8d20.7c,1,,2023-11-23 17:42:24 UTC,,0,LOG,00000,"checkpoint starting: time",,,,,,,,,"","checkpointer",,0
`, []string{`shop|my "app"|0.001|SELECT "a b",` + "\n '\"' FROM t|", "shop|psql|0.002|SELECT $1|$1 = 'x'"}},
		{"csv in a language that is not known: the session's state tells what it does", "", `2023-11-23 17:42:24.123 UTC,"joe","shop",123,"[local]",655f8d20.7b,1,"PARSE",2023-11-23 17:42:24 UTC,3/4,0,LOG,00000,"trvání: 1.000 ms  analýza <unnamed>: SELECT 1",,,,,,,,,"psql"
2023-11-23 17:42:24.123 UTC,"joe","shop",123,"[local]",655f8d20.7b,1,"SELECT",2023-11-23 17:42:24 UTC,3/4,0,LOG,00000,"trvání: 2.000 ms  příkaz: SELECT 1",,,,,,,,,"psql"
`, []string{"shop|psql|0.002|SELECT 1|"}},
		{"json", "", `{"timestamp":"2023-11-23 17:42:24.123 UTC","user":"joe","dbname":"shop","pid":123,"remote_host":"[local]","session_id":"655f8d20.7b","line_num":1,"ps":"SELECT","session_start":"2023-11-23 17:42:24 UTC","vxid":"3/4","txid":0,"error_severity":"LOG","message":"duration: 1.000 ms  execute <unnamed>: SELECT \"a\",\n\t'\\' \u00e4 \ud83d\ude00 \u0001","detail":"parameters: $1 = 'x'","application_name":"psql","backend_type":"client backend","query_id":0}
{"timestamp":"2023-11-23 17:42:24.123 UTC","user":"joe","dbname":"shop","pid":123,"ps":"idle","error_severity":"ERROR","state_code":"42601","message":"syntax error","statement":"SELEC","application_name":"psql"}
`, []string{"shop|psql|0.001|SELECT \"a\",\n\t'\\' ä 😀 \x01|$1 = 'x'"}},
		{"json in German: its severities are English", "", `{"timestamp":"2023-11-23 17:42:24.123 CET","user":"joe","dbname":"shop","pid":123,"ps":"SELECT","error_severity":"LOG","message":"Dauer: 1.000 ms  Anweisung: SELECT 1","application_name":"psql"}` + "\n", []string{"shop|psql|0.001|SELECT 1|"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, piece := range []int{1, 7, 1 << 20} {
				got, _ := readLog(t, c.prefix, c.log, piece)
				var lines []string
				for _, e := range got {
					lines = append(lines, told(e))
					if e.At.IsZero() != (c.name == "no prefix at all") {
						t.Errorf("%s is of %v", e.SQL, e.At)
					}
				}
				if strings.Join(lines, "\n") != strings.Join(c.want, "\n") {
					t.Errorf("in pieces of %d: got\n%q, want\n%q", piece, lines, c.want)
				}
			}
		})
	}
}

// What does not belong to a log, or is cut off, costs itself alone.
func TestBrokenPartsOfALogCostThemselvesAlone(t *testing.T) {
	plain := func(n int) string {
		return fmt.Sprintf("2023-11-23 17:42:24.123 UTC [1] LOG:  duration: 1.000 ms  statement: SELECT %d\n", n)
	}
	csv := func(text string) string {
		return fmt.Sprintf("2023-11-23 17:42:24.123 UTC,\"joe\",\"shop\",123,\"[local]\",655f8d20.7b,1,\"SELECT\",2023-11-23 17:42:24 UTC,3/4,0,LOG,00000,\"duration: 1.000 ms  statement: %s\",,,,,,,,,\"psql\",\"client backend\",,0\n", text)
	}
	json := func(n int) string {
		return fmt.Sprintf(`{"timestamp":"2023-11-23 17:42:24.123 UTC","dbname":"shop","pid":1,"ps":"SELECT","error_severity":"LOG","message":"duration: 1.000 ms  statement: SELECT %d"}`+"\n", n)
	}
	many := strings.Repeat(csv("SELECT 3"), mostHeads+4)
	huge := strings.Repeat("x", 3<<20)
	for _, c := range []struct {
		name, log string
		want      int // statements
	}{
		{"binary between lines", plain(1) + "\x00\xff\x00\n\x01\x02" + "\n" + plain(2), 2},
		{"the beginning of a line is not there", "[1] LOG:  dura" + "\n" + plain(1)[40:] + plain(2), 1},
		{"the last line is half there", plain(1) + plain(2)[:70], 1},
		{"a statement of bytes that are no UTF-8", plain(1) + strings.Replace(plain(2), "SELECT", "SELECT '\xff\xfe'", 1), 2},
		{"lines of no message", "some library says: hello\nFATAL\n" + plain(1) + "\tmore\nLOG:\n:  :  :\n" + plain(2), 2},
		{"csv: a record cut off by a crash, outside quotes", csv("SELECT 1") + csv("SELECT 2")[:60] + "\n" + csv("SELECT 3"), 2},
		{"csv: a record cut off by a crash, inside quotes", csv("SELECT 1") + csv("SELECT 2")[:150] + "\n" + many, 1 + mostHeads + 4},
		{"csv: the rest of a record at the beginning", csv("SELECT 2")[130:] + csv("SELECT 3"), 1},
		{"csv: rubbish", "\x00\"\n" + csv("SELECT 3") + "\"\n" + csv("SELECT 4") + csv("SELECT 5"), 3},
		{"csv: a huge statement", csv("SELECT '"+huge+"'") + csv("SELECT 3"), 2},
		{"csv: a huge statement of many lines", csv("SELECT '"+strings.ReplaceAll(huge, "xxxxxxxx", "xxxxxxx\n")+"'") + csv("SELECT 3"), 2},
		{"json: a line that is cut off", json(1) + json(2)[:100] + "\n" + json(3), 2},
		{"json: a line that is cut off inside its message", json(1) + json(2)[:150] + "\n" + json(3), 3},
		{"json: rubbish", "{\n" + json(1) + "{\"timestamp\":\n{}}\n\"\n" + json(3), 2},
		{"json: a huge statement", strings.Replace(json(1), "SELECT 1", "SELECT '"+huge+"'", 1) + json(3), 2},
		{"plain: a huge statement", strings.Replace(plain(1), "SELECT 1", "SELECT '"+huge+"'", 1) + plain(3), 2},
	} {
		got, p := readLog(t, "%m [%p] ", c.log, 1<<20)
		if len(got) != c.want {
			t.Errorf("%s: got %d statements, want %d", c.name, len(got), c.want)
		}
		if kept := cap(p.stderr.text) + cap(p.csv.buf) + cap(p.csv.parsed); kept > 8*serverlog.MaxText {
			t.Errorf("%s: %d bytes are kept", c.name, kept)
		}
	}
}

// What of a log is in no sum is said, with what helps.
func TestALogSaysWhatOfItDoesNotCount(t *testing.T) {
	for _, c := range []struct{ name, prefix, log, want string }{
		{"durations alone", "%m [%p] %d ", "2023-11-23 17:42:24.123 UTC [1] shop LOG:  duration: 1.000 ms\n", "1 durations stand without their statement, and do not count: log_min_duration_statement"},
		{"statements alone", "%m [%p] %d ", "2023-11-23 17:42:24.123 UTC [1] shop LOG:  statement: SELECT 1\n2023-11-23 17:42:24.123 UTC [1] shop LOG:  statement: SELECT 2\n", "1 statements stand without their duration"},
		{"nothing to join by", "%m %d ", "2023-11-23 17:42:24.123 UTC shop LOG:  statement: SELECT 1\n2023-11-23 17:42:24.123 UTC shop LOG:  duration: 1.000 ms\n", "add %p to log_line_prefix"},
		{"no database", "%m [%p] ", "2023-11-23 17:42:24.123 UTC [1] LOG:  duration: 1.000 ms  statement: SELECT 1\n", "1 statements name no database, and count whichever they are of: add %d"},
		{"a language", "%m [%p] ", "2023-11-23 17:42:24.123 UTC [1] LOG:  trvání: 1.000 ms  příkaz: SELECT 1\n", "1 durations are in a language that is not understood: SET lc_messages = 'C'"},
		{"a zone", "%m [%p] %d ", "2023-11-23 17:42:24.123 XYZ [1] shop LOG:  duration: 1.000 ms  statement: SELECT 1\n", "the zone XYZ of the log's times is not known"},
		{"nothing", "%m [%p] %d ", "2023-11-23 17:42:24.123 UTC [1] shop LOG:  duration: 1.000 ms  statement: SELECT 1\n", ""},
	} {
		_, p := readLog(t, c.prefix, c.log, 1<<20)
		got := strings.Join(p.join.lost.words(p.join.clock.lost), "; ")
		if !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTimesOfALogAreThoseOfItsZone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text string
		zone *time.Location
		want string
	}{
		{"2023-11-23 17:42:24.123 UTC", berlin, "2023-11-23T17:42:24.123Z"},
		{"2023-11-23 17:42:24.123 CET", berlin, "2023-11-23T16:42:24.123Z"},
		{"2023-10-29 02:30:00 CEST", berlin, "2023-10-29T00:30:00Z"}, // the hour that there is twice
		{"2023-10-29 02:30:00 CET", berlin, "2023-10-29T01:30:00Z"},
		{"2023-11-23 17:42:24 CST", shanghai, "2023-11-23T09:42:24Z"},
		{"2023-11-23 17:42:24 CST", nil, "2023-11-23T23:42:24Z"},
		{"2023-11-23 17:42:24.5 +03", nil, "2023-11-23T14:42:24.5Z"},
		{"2023-11-23 17:42:24 -03:30", nil, "2023-11-23T21:12:24Z"},
		{"2023-11-23T17:42:24", berlin, "2023-11-23T16:42:24Z"},
		{"1700763744.123", nil, "2023-11-23T18:22:24.123Z"},
		{"2023-11-23 17:42:24 QQQ", berlin, "0001-01-01T00:00:00Z"},
		{"2023-99-99 17:42:24 UTC", berlin, "0001-01-01T00:00:00Z"},
	} {
		clock := logClock{zone: c.zone}
		for range 2 { // the second one is remembered
			if got := clock.read([]byte(c.text)).Format(time.RFC3339Nano); got != c.want {
				t.Errorf("%s: got %s, want %s", c.text, got, c.want)
			}
		}
	}
}

func TestValuesOfTheLogAreWrittenIntoTheText(t *testing.T) {
	for _, c := range []struct{ name, sql, args, want string }{
		{"each in its place", "SELECT a FROM t WHERE b = $2 AND c = $1 AND d = $2", "$1 = 'it''s, $2 = x', $2 = '7'", "SELECT a FROM t WHERE b = '7' AND c = 'it''s, $2 = x' AND d = '7'"},
		{"ten and one are two", "SELECT $1, $10", "$1 = 'a', $10 = 'b'", "SELECT 'a', 'b'"},
		{"what stands in quotes stays", "SELECT '$1', \"$1\" /* $1 */, $1", "$1 = 'a'", "SELECT '$1', \"$1\" /* $1 */, 'a'"},
		{"a text without placeholders is itself", "SELECT 1", "", "SELECT 1"},
		{"a row's NULL is a value", "INSERT INTO t VALUES ($1)", "$1 = NULL", "INSERT INTO t VALUES (NULL)"},
		{"nothing is found by NULL", "SELECT a FROM t WHERE b = $1", "$1 = NULL", ""},
		{"a value that was cut short", "SELECT a FROM t WHERE b = $1", "$1 = 'abc...'", ""},
		{"a value that is not there", "SELECT a FROM t WHERE b = $1 AND c = $2", "$1 = 'abc'", ""},
		{"values that end early", "SELECT a FROM t WHERE b = $1", "$1 = 'abc", ""},
		{"no values", "SELECT a FROM t WHERE b = $1", "", ""},
	} {
		got, ok := bindLogged([]byte(c.sql), []byte(c.args))
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%s: got %q, %v; want %q", c.name, got, ok, c.want)
		}
	}
}

// How often a statement counts that was logged by a throw of dice.
func TestSampledStatementsCountForThoseThatTheyStandFor(t *testing.T) {
	off := logSettings{Least: -1, Sampled: -1, Rate: 1}
	with := func(change func(*logSettings)) logSettings {
		s := off
		change(&s)
		return s
	}
	for _, c := range []struct {
		name        string
		s           logSettings
		logs        bool
		from        float64
		fast, slow  float64 // weights of calls of 1 ms and of 500 ms
		saysItsDice bool
	}{
		{"nothing", off, false, 0, 1, 1, false},
		{"all", with(func(s *logSettings) { s.Least = 0 }), true, 0, 1, 1, false},
		{"those of 100 ms", with(func(s *logSettings) { s.Least = 100 }), true, 0.1, 1, 1, false},
		{"text and time apart", with(func(s *logSettings) { s.Durations, s.Texts = true, "all" }), true, 0, 1, 1, false},
		{"times alone", with(func(s *logSettings) { s.Durations, s.Texts = true, "ddl" }), false, 0, 1, 1, false},
		{"one of ten", with(func(s *logSettings) { s.Sampled, s.Rate = 0, 0.1 }), true, 0, 10, 10, true},
		{"one of ten, of 100 ms all", with(func(s *logSettings) { s.Least, s.Sampled, s.Rate = 100, 0, 0.1 }), true, 0, 10, 1, true},
		{"one transaction of four", with(func(s *logSettings) { s.Whole = 0.25 }), true, 0, 4, 4, true},
		{"a sample of none", with(func(s *logSettings) { s.Sampled, s.Rate = 0, 0 }), false, 0, 1, 1, false},
	} {
		if got := c.s.logs(); got != c.logs {
			t.Errorf("%s: logs %v, want %v", c.name, got, c.logs)
		}
		if from, fast, slow := c.s.from(), c.s.weight(0.001), c.s.weight(0.5); from != c.from || fast != c.fast || slow != c.slow {
			t.Errorf("%s: from %v s, weights %v and %v; want %v, %v, %v", c.name, from, fast, slow, c.from, c.fast, c.slow)
		}
		if got := c.s.dice() != ""; got != c.saysItsDice {
			t.Errorf("%s: says %q", c.name, c.s.dice())
		}
	}
}
