package db

import "strings"

// A Scripter is an engine whose own client can run a change that was put off.
type Scripter interface {
	// ScriptHead are the lines with which the client's session begins: it stops
	// at the first error, and waits for locks no longer than mltop would.
	ScriptHead(steps []Step) []string
	// ScriptClient is the command that runs the script FILE, for a shell. It
	// holds no password.
	ScriptClient() string
}

// ShellWord quotes a word for a shell, where it needs that.
func ShellWord(s string) string {
	plain := s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./:@%+=,", r))
	}) < 0
	if plain {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
