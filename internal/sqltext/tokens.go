package sqltext

import "strings"

// A Token is one word, name, literal, number, placeholder or operator of a
// text, sql[From:To]. Comments are none.
type Token struct {
	Kind     Kind
	Text     string
	From, To int
}

// A Kind of a Token.
type Kind uint8

// The kinds.
const (
	Word        Kind = iota // a keyword or a bare name
	Name                    // a quoted name
	Literal                 // a string, a blob
	Number                  // with its sign where that is no operator
	Placeholder             // ?, ?1, :a, @a, $1
	Operator                // operators and punctuation
)

// Tokens cuts a text into its tokens; ok is false where it is not whole, or
// where it is not clear what a quote means.
func (q Quotes) Tokens(sql string) (out []Token, ok bool) {
	kinds := map[kind]Kind{word: Word, name: Name, literal: Literal, number: Number, param: Placeholder, op: Operator}
	for _, t := range q.lex(sql) {
		k, known := kinds[t.kind]
		if !known || t.broken {
			return nil, false
		}
		out = append(out, Token{k, t.text, t.at, t.end})
	}
	return out, unfinished(sql) == ""
}

// Is reports an operator or a keyword, in any case.
func (t Token) Is(text string) bool {
	return (t.Kind == Operator || t.Kind == Word) && strings.EqualFold(t.Text, text)
}

// Ident is the name that a token spells, without its quotes; "" of none.
func (t Token) Ident() string {
	switch {
	case t.Kind == Word:
		return t.Text
	case t.Kind != Name || len(t.Text) < 2:
		return ""
	}
	end := t.Text[len(t.Text)-1:]
	return strings.ReplaceAll(t.Text[1:len(t.Text)-1], end+end, end)
}
