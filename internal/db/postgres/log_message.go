package postgres

import (
	"bytes"
)

// A phase is what a message of the server's log says of a statement.
type phase uint8

// The phases that count. Others (parse, bind, a plan that auto_explain shows)
// are parts of a call that is told by itself.
const (
	phaseNone    phase = iota
	phaseBegun         // a statement before it runs: log_statement
	phaseFetches       // the same of a call that goes on
	phaseRan           // a statement and its time: log_min_duration_statement
	phaseFetched       // the same of a call that goes on
	phaseLasted        // a time alone: log_duration
	phaseStrange       // a time, in a language that we do not know
)

// A message is one of the server's about a statement.
type message struct {
	phase   phase
	seconds float64
	text    []byte
}

// The server's words, in the languages that PostgreSQL 15 is translated into:
// the first are its own. Sources: src/backend/tcop/postgres.c, and
// src/backend/po of PostgreSQL 15.
var (
	durationWords = words("duration|Dauer|duración|durée|durata|期間|ხანგრძლივობა|실행시간|продолжительность|varaktighet|тривалість|耗时|持續時間")
	runWords      = [...]runWord{
		{phaseRan, list("statement|Anweisung|sentencia|instruction|istruzione|文|ოპერატორი|გამოსახულება|명령 구문|оператор|sats|语句|陳述式")},
		{phaseFetched, list("execute fetch from|Ausführen Fetch von|ejecutar fetch desde|exécute fetch à partir de|esecuzione di fetch da|取り出し実行|자료뽑기|выборка из|kör hämtning från|виконати витягнення з|执行提取，来源为|執行擷取，來源為")},
		{phaseRan, list("execute|Ausführen|ejecutar|exécute|esecuzione di|実行|გაშვება|쿼리실행|выполнение|kör|виконувати|执行|執行")},
	}
	failedWords = words("ERROR|FATAL|PANIC|FEHLER|PANIK|ERREUR|ERRORE|FATALE|PANICO|შეცდომა|ფატალური|პანიკა|오류|치명적오류|손상|ОШИБКА|ВАЖНО|ПАНИКА|FEL|FATALT|ПОМИЛКА|ФАТАЛЬНО|ПАНІКА|错误|致命错误|灾难性错误|錯誤|致命錯誤|嚴重錯誤")
	logWords    = words("LOG|ჟურნალი|로그|СООБЩЕНИЕ|LOGG|ЗАПИСУВАННЯ|日志|日誌")
	detailWords = words("DETAIL|DETALLE|DÉTAIL|DETTAGLI|詳細|დეტალები|상세정보|ПОДРОБНОСТИ|DETALJ|ВІДОМОСТІ|详情|詳情")
	otherWords  = words("WARNING|NOTICE|INFO|DEBUG|DEBUG1|DEBUG2|DEBUG3|DEBUG4|DEBUG5|HINT|QUERY|CONTEXT|LOCATION|STATEMENT|BACKTRACE")
)

// A runWord is how a message begins that names a statement, behind its time.
type runWord struct {
	phase phase
	words [][]byte
}

func list(s string) [][]byte { return bytes.Split([]byte(s), []byte("|")) }

func words(s string) map[string]bool {
	out := map[string]bool{}
	for _, w := range list(s) {
		out[string(w)] = true
	}
	return out
}

// readMessage says what a message is. tag is what the session does, where the
// log says it: it is in no language.
func readMessage(m, tag []byte) message {
	m = withoutCode(m)
	d, ok := readDuration(m)
	switch {
	case !ok:
		return readBegun(m)
	case len(d.rest) == 0 && d.known:
		return message{phase: phaseLasted, seconds: d.seconds}
	case d.known:
		p, text := readRun(d.rest)
		return message{p, d.seconds, text}
	}
	return readStrange(d, tag)
}

// withoutCode leaves out "00000: ", as log_error_verbosity = verbose has it.
func withoutCode(m []byte) []byte {
	if len(m) > 7 && m[5] == ':' && m[6] == ' ' && bytes.IndexFunc(m[:5], func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') }) < 0 {
		return m[7:]
	}
	return m
}

// readBegun reads what log_statement has written before a statement runs.
func readBegun(m []byte) message {
	switch p, text := readRun(m); p {
	case phaseRan:
		return message{phase: phaseBegun, text: text}
	case phaseFetched:
		return message{phase: phaseFetches, text: text}
	}
	return message{}
}

// readRun reads "statement: …" and "execute name/portal: …".
func readRun(m []byte) (phase, []byte) {
	for _, r := range runWords {
		for _, w := range r.words {
			rest, ok := bytes.CutPrefix(m, w)
			if !ok || len(rest) == 0 || rest[0] != ' ' && rest[0] != ':' {
				continue
			}
			if _, text, ok := bytes.Cut(rest, []byte(": ")); ok {
				return r.phase, text
			}
			return phaseNone, nil
		}
	}
	return phaseNone, nil
}

// readStrange reads a time whose words are of a language that we do not know:
// where the session's state says that it runs a statement, that is the text
// behind the next colon.
func readStrange(d duration, tag []byte) message {
	switch string(tag) {
	case "":
		return message{phase: phaseStrange}
	case "PARSE", "BIND":
		return message{}
	}
	if len(d.rest) == 0 {
		return message{phase: phaseLasted, seconds: d.seconds}
	}
	if _, text, ok := bytes.Cut(d.rest, []byte(": ")); ok {
		return message{phaseRan, d.seconds, text}
	}
	return message{phase: phaseStrange}
}

// A duration is how a message begins that tells a time.
type duration struct {
	seconds float64
	known   bool // in words that we know
	rest    []byte
}

// mostLead is the longest word for a duration, in bytes, with room.
const mostLead = 64

// readDuration reads "duration: 12.345 ms", which in every language is words
// without digits, a number with three decimals, and a unit.
func readDuration(m []byte) (d duration, ok bool) {
	i := 0
	for i < len(m) && i < mostLead && (m[i] < '0' || m[i] > '9') {
		i++
	}
	lead := bytes.TrimRight(m[:i], " :")
	if len(lead) == 0 || i == len(lead) {
		return d, false
	}
	thousandths, end := readThousandths(m[i:])
	rest := m[i+end:]
	if end == 0 || len(rest) < 2 || rest[0] != ' ' {
		return d, false
	}
	unit := bytes.IndexAny(rest[1:], " ,") + 1
	if unit == 0 {
		unit = len(rest)
	}
	d = duration{seconds: float64(thousandths) * 1e-6, known: durationWords[string(lead)], rest: bytes.TrimLeft(rest[unit:], " ,")}
	return d, unit > 1
}

// readThousandths reads a number with three decimals, in thousandths; end 0:
// there is none.
func readThousandths(b []byte) (n int64, end int) {
	dot := -1
	for end < len(b) && end < 20 {
		switch c := b[end]; {
		case c >= '0' && c <= '9':
			n = n*10 + int64(c-'0')
		case c == '.' && dot < 0 && end > 0:
			dot = end
		default:
			if dot < 0 || end-dot != 4 {
				return 0, 0
			}
			return n, end
		}
		end++
	}
	return 0, 0
}
