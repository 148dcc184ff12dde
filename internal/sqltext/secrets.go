package sqltext

import "strings"

// hidden stands for a secret. It is a literal as well, so that the statement
// can be planned and keeps its fingerprint.
const hidden = "'***'"

// HideSecrets replaces the literals that are credentials, which are shown to
// nobody, whatever is asked for: those behind PASSWORD and IDENTIFIED BY in
// statements about accounts, what is compared with or put into a column of
// passwords, and connection strings with one. All other literals stay.
func (q Quotes) HideSecrets(sql string) string {
	if !mentionsSecret(sql) {
		return sql
	}
	toks := q.lex(sql)
	var b strings.Builder
	pos := 0
	for i, secret := range secrets(toks) {
		if t := toks[i]; secret {
			b.WriteString(sql[pos:t.at] + hidden)
			pos = t.end
		}
	}
	return b.String() + sql[pos:]
}

// mentionsSecret is quick, and true of every text that has one.
func mentionsSecret(sql string) bool {
	low := strings.ToLower(sql)
	return secretName(low) || strings.Contains(low, "identified") || strings.Contains(low, "://")
}

func secretName(low string) bool {
	return strings.Contains(low, "passw") || strings.Contains(low, "passphrase") || strings.Contains(low, "pwd")
}

// secrets tells which tokens are. A name of a secret makes one of the literals
// up to the next word, and in a statement about accounts, or an INSERT, of all
// that follow.
func secrets(toks []token) []bool {
	out := make([]bool, len(toks))
	rest, behind := false, false
	for i, t := range toks {
		switch t.kind {
		case literal:
			out[i] = rest || behind || secretLiteral(t.text)
		case word, name:
			low := strings.ToLower(t.text)
			behind = secretName(low) || behind && (keepsSecret[strings.ToUpper(low)] || calls(toks, i))
			rest = rest || low == "identified" || behind && ofAccounts(toks)
		case op:
			behind = behind && !t.is(")") && !t.is(";")
			rest = rest && !t.is(";")
		}
	}
	return out
}

// keepsSecret: words that may stand between a name and its value.
var keepsSecret = set("LIKE ILIKE IN NOT BINARY VALUE ENCRYPTED IS DISTINCT FROM TO DEFAULT")

// calls reports the name of a function.
func calls(toks []token, i int) bool {
	return i+1 < len(toks) && toks[i+1].is("(") && !spaced[strings.ToUpper(toks[i].text)]
}

// ofAccounts reports a statement in which all that comes behind the name of a
// secret may be one.
func ofAccounts(toks []token) bool {
	switch strings.ToUpper(toks[0].text) {
	case "CREATE", "ALTER", "GRANT", "INSERT", "REPLACE", "CHANGE":
		return true
	}
	return toks[0].isWord("SET") && len(toks) > 1 && toks[1].isWord("PASSWORD")
}

// secretLiteral reports a literal that holds a secret of its own: an address
// with a user, a connection string, a body with such a statement in it.
func secretLiteral(text string) bool {
	low := strings.ToLower(text)
	if strings.Contains(low, "://") && strings.Contains(low, "@") {
		return true
	}
	body := strings.Trim(low, `'"`)
	return (secretName(body) || strings.Contains(body, "identified")) && strings.ContainsAny(body, `='"`)
}
