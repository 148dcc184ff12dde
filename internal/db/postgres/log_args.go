package postgres

import (
	"bytes"
	"strconv"
	"strings"

	"mltop/internal/sqltext"
)

// argsOf are the values in a message's detail: what is behind "parameters: ",
// in whatever language.
func argsOf(detail []byte) []byte {
	i := bytes.Index(detail, []byte("$1 = "))
	if i < 2 || i > mostLead || detail[i-1] != ' ' || detail[i-2] != ':' {
		return nil
	}
	return detail[i:]
}

// preparedText is the statement that EXECUTE runs, in a message's detail:
// "prepare: PREPARE name (int) AS SELECT …".
func preparedText(text, detail []byte) []byte {
	if len(text) < 8 || !bytes.EqualFold(text[:8], []byte("EXECUTE ")) {
		return text
	}
	_, prepare, ok := bytes.Cut(detail, []byte(": "))
	if !ok || len(prepare) < 8 || !bytes.EqualFold(prepare[:8], []byte("PREPARE ")) {
		return text
	}
	tokens, _ := sqltext.Exact.Tokens(string(prepare))
	for _, t := range tokens {
		if t.Is("AS") {
			return bytes.TrimSpace(prepare[t.To:])
		}
	}
	return text
}

// bindLogged writes the values that the log has into a text; false where one
// is missing, cut short, or NULL in a statement that looks for rows by it:
// such a plan says nothing.
func bindLogged(sql, args []byte) (string, bool) {
	text := string(sql)
	if strings.IndexByte(text, '$') < 0 {
		return text, true
	}
	tokens, ok := sqltext.Exact.Tokens(text)
	values, whole := readArgs(string(args))
	if !ok || !whole {
		return "", false
	}
	inserts := len(tokens) > 0 && tokens[0].Is("INSERT")
	var b strings.Builder
	at := 0
	for _, t := range tokens {
		n, err := strconv.Atoi(strings.TrimPrefix(t.Text, "$"))
		if t.Kind != sqltext.Placeholder || err != nil {
			continue
		}
		v, known := values[n]
		if !known || v == "NULL" && !inserts {
			return "", false
		}
		b.WriteString(text[at:t.From])
		b.WriteString(v)
		at = t.To
	}
	b.WriteString(text[at:])
	return b.String(), true
}

// cutValue ends a value that log_parameter_max_length has cut short.
const cutValue = "...'"

// readArgs reads "$1 = 'x', $2 = NULL"; whole is false where it ends
// early, or a value was cut short.
func readArgs(s string) (values map[int]string, whole bool) {
	values = map[int]string{}
	for s != "" {
		name, rest, ok := strings.Cut(strings.TrimPrefix(s, "$"), " = ")
		n, err := strconv.Atoi(name)
		if !ok || err != nil {
			return values, false
		}
		end := valueEnd(rest)
		v := rest[:end]
		if v != "NULL" && (len(v) < 2 || v[0] != '\'' || v[len(v)-1] != '\'' || strings.HasSuffix(v, cutValue)) {
			return values, false
		}
		values[n] = v
		s = strings.TrimPrefix(rest[end:], ", ")
		if s == rest[end:] && s != "" {
			return values, false
		}
	}
	return values, true
}

// valueEnd is the length of NULL, or of a string with doubled quotes.
func valueEnd(s string) int {
	if strings.HasPrefix(s, "NULL") {
		return len("NULL")
	}
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			i++
			continue
		}
		return i + 1
	}
	return len(s)
}
