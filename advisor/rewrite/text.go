package rewrite

import (
	"slices"
	"strconv"
	"strings"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// A text is a statement as tokens, which rules replace by others.
type text struct {
	Statement
	toks []sqltext.Token
}

// A span is a run of tokens, [from, to).
type span struct{ from, to int }

func (s span) len() int { return s.to - s.from }

// An edit puts pieces in the place of a run of tokens; of an empty one, before
// it.
type edit struct {
	at     span
	pieces []piece
}

// A piece is a run of the statement's own tokens, or text of ours: that holds
// no constant of the statement's, so it is shown as it is. An own piece with a
// text is shown so, and runs as that text.
type piece struct {
	span
	text, shown string
	asks        bool // the text is a placeholder that the statement does not have
}

// read cuts a statement into tokens. One with hints in comments is left alone:
// they would be lost.
func read(s Statement) (*text, bool) {
	toks, ok := db.QuotesOf(s.Dialect).Tokens(s.SQL)
	if !ok || len(toks) == 0 || s.Shape == nil || strings.Contains(s.SQL, "/*+") || strings.Contains(s.SQL, "/*!") {
		return nil, false
	}
	for toks[len(toks)-1].Is(";") {
		if toks = toks[:len(toks)-1]; len(toks) == 0 {
			return nil, false
		}
	}
	return &text{s, toks}, true
}

// form fills a template's {0}, {1}, … with spans.
func form(template string, spans ...span) []piece {
	var out []piece
	for template != "" {
		i := strings.IndexByte(template, '{')
		if i < 0 {
			return append(out, piece{text: template})
		}
		if i > 0 {
			out = append(out, piece{text: template[:i]})
		}
		end := i + strings.IndexByte(template[i:], '}')
		n, _ := strconv.Atoi(template[i+1 : end])
		out = append(out, piece{span: spans[n]})
		template = template[end+1:]
	}
	return out
}

// own is text of ours as it stands.
func own(text string) []piece { return []piece{{text: text}} }

// whole is the statement as it is.
func (t *text) whole() Text {
	w := t.edited(nil)
	w.Args = nil
	return w
}

// edited writes the statement with edits, which do not overlap.
func (t *text) edited(edits []edit) Text {
	return t.written(t.part(span{0, len(t.toks)}, edits))
}

// part is a run of the statement with the edits within it.
func (t *text) part(s span, edits []edit) (pieces []piece) {
	slices.SortFunc(edits, func(a, b edit) int { return a.at.from - b.at.from })
	for _, e := range edits {
		if e.at.from < s.from || e.at.to > s.to {
			continue
		}
		pieces = append(pieces, piece{span: span{s.from, e.at.from}})
		pieces = append(pieces, e.pieces...)
		s.from = e.at.to
	}
	return append(pieces, piece{span: s})
}

// written puts pieces together. A space stands between two where the source
// has one, or where an own text's end does not tell.
func (t *text) written(pieces []piece) Text {
	w := &writer{t: t, last: -2}
	for _, p := range pieces {
		switch {
		case p.text != "":
			w.add(p.text, p.shown)
			if p.asks {
				w.args = append(w.args, noneOfTheirs)
			}
			continue
		case p.len() <= 0:
			continue
		}
		for i := p.from; i < p.to; i++ {
			w.token(i)
		}
	}
	out := Text{SQL: w.sql.String(), Masked: w.masked.String(), Args: w.args}
	out.Asks = len(w.args) > 0
	if w.named {
		out.Args = nil // a placeholder that has a name is itself wherever it stands
	}
	return out
}

// noneOfTheirs is in Args a placeholder that the statement does not have.
const noneOfTheirs = -1

// A writer writes both writings of a Text.
type writer struct {
	t           *text
	sql, masked strings.Builder
	last        int // the token before; -1: own text, -2: nothing
	args        []int
	named       bool
}

func (w *writer) add(text, shown string) {
	if w.last >= 0 && !strings.ContainsAny(text[:1], " ,):") && w.spaceAfter(w.last) {
		text = " " + text
		if shown != "" {
			shown = " " + shown
		}
	}
	w.sql.WriteString(text)
	if shown == "" {
		shown = text
	}
	w.masked.WriteString(shown)
	w.last = -1
}

func (w *writer) token(i int) {
	tok, gap := w.t.toks[i], ""
	switch {
	case w.last == i-1 && i > 0:
		gap = w.t.gap(i)
	case w.last >= 0 && !w.t.toks[w.last].Is("(") && !tok.Is(")") && !tok.Is(","):
		gap = " "
	case w.last == -1:
		if s := w.sql.String(); !strings.HasSuffix(s, " ") && !strings.HasSuffix(s, "(") && w.t.gap(i) != "" {
			gap = " "
		}
	}
	shown := tok.Text
	switch tok.Kind {
	case sqltext.Literal, sqltext.Number:
		shown = "?"
	case sqltext.Placeholder:
		w.named = w.named || tok.Text != "?"
		w.args = append(w.args, w.t.placeholder(i))
	}
	w.sql.WriteString(gap + tok.Text)
	w.masked.WriteString(gap + shown)
	w.last = i
}

// spaceAfter reports a space of the source behind a token.
func (w *writer) spaceAfter(i int) bool {
	return i+1 >= len(w.t.toks) || w.t.gap(i+1) != ""
}

// gap is what stands before a token: a comment is a space.
func (t *text) gap(i int) string {
	if i == 0 {
		return ""
	}
	if g := t.SQL[t.toks[i-1].To:t.toks[i].From]; strings.TrimSpace(g) == "" {
		return g
	}
	return " "
}

// placeholder is the number of the one at a token, from 0.
func (t *text) placeholder(i int) int {
	n := 0
	for _, tok := range t.toks[:i] {
		if tok.Kind == sqltext.Placeholder {
			n++
		}
	}
	return n
}

// in is a run of tokens as it stands in the source.
func (t *text) in(s span) string {
	if s.len() <= 0 {
		return ""
	}
	return t.SQL[t.toks[s.from].From:t.toks[s.to-1].To]
}

func (t *text) is(i int, words ...string) bool {
	if i < 0 || i >= len(t.toks) {
		return false
	}
	for _, w := range words {
		if t.toks[i].Is(w) && (t.toks[i].Kind == sqltext.Operator || i == 0 || !t.toks[i-1].Is(".")) {
			return true
		}
	}
	return false
}

// mentionsAny reports one of some words in a run.
func (t *text) mentionsAny(s span, words ...string) bool {
	for i := s.from; i < s.to; i++ {
		if t.is(i, words...) {
			return true
		}
	}
	return false
}

// closing is the place behind the parenthesis that closes the one at i.
func (t *text) closing(i int) int {
	depth := 0
	for ; i < len(t.toks); i++ {
		switch {
		case t.toks[i].Is("("):
			depth++
		case t.toks[i].Is(")"):
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return i
}

// split cuts a run at tokens that ends says, outside of parentheses and CASE.
func (t *text) split(s span, ends func(i int) bool) []span {
	var out []span
	from, cases := s.from, 0
	for i := s.from; i < s.to; i++ {
		switch {
		case t.is(i, "("):
			i = t.closing(i) - 1
		case t.is(i, "CASE"):
			cases++
		case t.is(i, "END") && cases > 0:
			cases--
		case cases == 0 && ends(i):
			out = append(out, span{from, i})
			from = i + 1
		}
	}
	return append(out, span{from, s.to})
}

// unwrapped takes parentheses off that hold all of a run, but not those of a
// subquery or a row.
func (t *text) unwrapped(s span) span {
	for s.len() > 2 && t.is(s.from, "(") && t.closing(s.from) == s.to && !t.is(s.from+1, "SELECT", "WITH", "VALUES") {
		inner := span{s.from + 1, s.to - 1}
		if len(t.split(inner, func(i int) bool { return t.is(i, ",") })) > 1 {
			break
		}
		s = inner
	}
	return s
}

// engine is the dialect's name.
func (t *text) engine() string { return t.Dialect.Name() }

// A column is a reference that is bound to the catalog.
type column struct {
	span
	table *db.Table
	*db.Column
	relation db.Relation
}
