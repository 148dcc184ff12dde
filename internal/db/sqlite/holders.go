package sqlite

import (
	"strings"
)

// maxCommand cuts a command line: it names the process, no more.
const maxCommand = 200

// commandLine makes a command line presentable: secrets are removed, by what
// they follow.
func commandLine(words []string) string {
	var out []string
	hide := false
	for _, w := range words {
		switch {
		case hide:
			w, hide = "***", false
		case secretFlag(w):
			if name, _, ok := strings.Cut(w, "="); ok {
				w = name + "=***"
			} else {
				hide = true
			}
		default:
			w = hidePassword(w)
		}
		out = append(out, w)
	}
	s := strings.Join(out, " ")
	if len(s) > maxCommand {
		s = strings.ToValidUTF8(s[:maxCommand], "") + "…"
	}
	return s
}

// secretFlag reports whether a word is, or precedes, a secret.
func secretFlag(word string) bool {
	name, _, _ := strings.Cut(strings.ToLower(word), "=")
	if !strings.HasPrefix(name, "-") && !strings.Contains(word, "=") {
		return false
	}
	for _, s := range []string{"password", "passwd", "secret", "token", "api-key", "apikey", "api_key", "credential", "auth"} {
		if strings.Contains(name, s) {
			return true
		}
	}
	return false
}

// hidePassword masks user:password@ in a URL.
func hidePassword(word string) string {
	scheme := strings.Index(word, "://")
	if scheme < 0 {
		return word
	}
	rest := word[scheme+3:]
	host, _, _ := strings.Cut(rest, "/")
	at := strings.LastIndexByte(host, '@')
	colon := strings.IndexByte(host, ':')
	if at < 0 || colon < 0 || colon > at {
		return word
	}
	return word[:scheme+3] + host[:colon] + ":***" + rest[at:]
}
