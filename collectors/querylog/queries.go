// Package querylog takes statements from files: a queries file that a user
// writes, and the log of JSON lines that an application writes.
package querylog

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"mltop/internal/pattern"
	"mltop/internal/sqltext"
)

// A Query is one statement of a queries file.
type Query struct {
	Name        string // of its "-- name:" line, "" if none
	SQL         string
	Text        string // normalised
	Fingerprint string
	Line        int
	Weight      float64 // calls an hour
	// Rewrite is another text that is said to answer the same, of the
	// statement behind "-- rewrite-of: NAME"; "" if none.
	Rewrite string
}

// A Problem is something in a queries file that could not be used.
type Problem struct {
	File string
	Line int
	Text string
}

func (p Problem) String() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text) }

const (
	// maxQueries bounds a queries file, which people write by hand.
	maxQueries = 16 << 20
	// defaultWeight: with no weight given, all weigh the same.
	defaultWeight = 1
)

// nameLine begins a statement, whatever is wrong with the one before.
var nameLine = pattern.Late(`(?mi)^[ \t]*--[ \t]*(name|rewrite-of)[ \t]*:`)

// ParseQueries reads statements separated by semicolons. Comments before a
// statement may say "name: X", "weight: N" (calls an hour) and "rewrite-of:
// X": that statement is then no query of its own, but another way to write
// the query X. What cannot be used is named, and the rest is used. quotes says
// what a "x" is in them.
func ParseQueries(name string, r io.Reader, quotes sqltext.Quotes) ([]Query, []Problem) {
	text, err := io.ReadAll(io.LimitReader(r, maxQueries+1))
	p := parser{file: name, quotes: quotes, byName: map[string]int{}}
	if err != nil {
		p.problem(0, "read queries: %v", err)
	}
	if len(text) > maxQueries {
		p.problem(0, "longer than %d MB: the rest is left out", maxQueries>>20)
		text = text[:maxQueries]
	}
	for _, s := range statements(strings.TrimPrefix(string(text), "\ufeff")) {
		p.add(s)
	}
	p.rewrite()
	return p.queries, p.problems
}

// statements splits a script. Where a quote is not closed, what comes behind
// the next name line is split by itself.
func statements(script string) []sqltext.Statement {
	all := sqltext.Split(script)
	broken := func(s sqltext.Statement) bool { return sqltext.Unfinished(s.SQL) != "" }
	for i, s := range all {
		if !broken(s) {
			continue
		}
		from := lineStart(script, s.Line)
		at := nameLine().FindStringIndex(script[from:])
		if at == nil {
			continue
		}
		end := from + at[0]
		head := sqltext.Split(script[from:end])
		for j := range head {
			head[j].Line += s.Line - 1
		}
		if len(head) > 0 {
			head[0].Comments = s.Comments
		}
		tail := statements(script[end:])
		for j := range tail {
			tail[j].Line += strings.Count(script[:end], "\n")
		}
		return append(append(all[:i:i], head...), tail...)
	}
	return all
}

func lineStart(text string, line int) int {
	pos := 0
	for ; line > 1; line-- {
		pos += strings.IndexByte(text[pos:], '\n') + 1
	}
	return pos
}

type parser struct {
	quotes   sqltext.Quotes
	file     string
	queries  []Query
	problems []Problem
	byName   map[string]int
	rewrites []rewriting
}

type rewriting struct {
	of   string
	sql  string
	line int
}

func (p *parser) problem(line int, format string, args ...any) {
	p.problems = append(p.problems, Problem{p.file, line, fmt.Sprintf(format, args...)})
}

func (p *parser) add(s sqltext.Statement) {
	s.SQL = p.quotes.HideSecrets(s.SQL)
	q := Query{SQL: s.SQL, Line: s.Line, Weight: defaultWeight}
	of := ""
	for _, c := range s.Comments {
		key, value, _ := strings.Cut(c, ":")
		switch value = strings.TrimSpace(value); strings.ToLower(strings.TrimSpace(key)) {
		case "name":
			q.Name = value
		case "rewrite-of":
			of = value
		case "weight":
			p.weight(&q, value)
		}
	}
	if why := unusable(s.SQL); why != "" {
		p.problem(s.Line, "%s: left out", why)
		return
	}
	if of != "" {
		p.rewrites = append(p.rewrites, rewriting{of, s.SQL, s.Line})
		return
	}
	p.keep(q)
}

func (p *parser) weight(q *Query, value string) {
	w, err := strconv.ParseFloat(value, 64)
	if err != nil || !(w >= 0 && w < 1e12) {
		p.problem(q.Line, "weight %q is no number of calls an hour: taken as %d", value, defaultWeight)
		return
	}
	q.Weight = w
}

func (p *parser) keep(q Query) {
	if _, taken := p.byName[q.Name]; taken && q.Name != "" {
		p.problem(q.Line, "a second query is named %q: the name is left out", q.Name)
		q.Name = ""
	}
	if q.Name != "" {
		p.byName[q.Name] = len(p.queries)
	}
	q.Text, q.Fingerprint = p.quotes.Normalize(q.SQL), p.quotes.Fingerprint(q.SQL)
	p.queries = append(p.queries, q)
}

// unusable says why sql is no statement of a workload; "" if it is one.
func unusable(sql string) string {
	switch verb := sqltext.Verb(sql); verb {
	case "SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE", "REPLACE":
		return sqltext.Unfinished(sql)
	case "":
		return "no SQL statement"
	default:
		return fmt.Sprintf("%.20q begins no SELECT, INSERT, UPDATE or DELETE", verb)
	}
}

func (p *parser) rewrite() {
	for _, r := range p.rewrites {
		i, ok := p.byName[r.of]
		if !ok {
			p.problem(r.line, "rewrite of %q, but no query has that name: left out", r.of)
			continue
		}
		p.queries[i].Rewrite = r.sql
	}
}
