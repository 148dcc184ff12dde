package webapp

import (
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"
)

// A Variant is the same application in other clothes.
type Variant struct {
	Name    string
	Seed    uint64
	Renamed bool    // tables and columns have other names
	Shuffle bool    // statements and columns stand in another order
	Skew    float64 // of Zipf's law; 0: usualSkew
	Scale   float64 // of the tables' rows; 0: 1
}

// usualSkew gives the hottest of 20,000 some 3 % of all.
const usualSkew = 1.2

// Variants are the application itself and three others that must score alike.
func Variants() []Variant {
	return []Variant{
		{Name: "as written", Seed: 1},
		{Name: "renamed", Seed: 2, Renamed: true},
		{Name: "shuffled", Seed: 3, Shuffle: true},
		{Name: "other skew", Seed: 4, Skew: 1.05, Scale: 1.25},
	}
}

// An App is one variant of the application, ready to be built and asked.
type App struct {
	Variant    Variant
	Tables     []Table
	Statements []Statement
	Key        []Answer
	Drops      []Drop
	References []Reference
	rows       map[string]int // by the name as written
}

// New makes a variant.
func New(v Variant) *App {
	if v.Skew == 0 {
		v.Skew = usualSkew
	}
	if v.Scale == 0 {
		v.Scale = 1
	}
	a := &App{Variant: v, Tables: tables(), Statements: statements(), Key: key(), Drops: drops(), References: references(), rows: map[string]int{}}
	for i := range a.Tables {
		t := &a.Tables[i]
		if t.Rows > 1000 {
			t.Rows = int(float64(t.Rows)*v.Scale) &^ 1 // article_tags has two rows an article
		}
		a.rows[t.Name] = t.Rows
	}
	if v.Renamed {
		a.rename()
	}
	if v.Shuffle {
		a.shuffle()
	}
	return a
}

// Rows visits the rows of a table, as SQL literals in the order of its columns.
func (a *App) Rows(t Table, visit func([]any) error) error {
	g := newGen(a.Variant.Seed, a.Variant.Skew, a.rows)
	for i := 1; i <= t.Rows; i++ {
		if err := visit(t.row(g, i)); err != nil {
			return err
		}
	}
	return nil
}

// Texts draws n calls of a statement, as an engine reads them; seed: others
// each time.
func (a *App) Texts(s Statement, engine string, seed uint64, n int) []string {
	g := newGen(seed<<8+a.Variant.Seed, a.Variant.Skew, a.rows)
	out := make([]string, n)
	for i := range out {
		out[i] = fill(s.text(engine), s.args(g))
	}
	return out
}

func (s Statement) text(engine string) string {
	if other, ok := s.Other[engine]; ok {
		return other
	}
	return s.SQL
}

// fill puts literals in the place of the question marks.
func fill(sql string, args []any) string {
	var b strings.Builder
	for _, r := range sql {
		if r == '?' {
			b.WriteString(Literal(args[0]))
			args = args[1:]
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// shuffle changes orders that must not matter.
func (a *App) shuffle() {
	rng := rand.New(rand.NewPCG(a.Variant.Seed, 41))
	rng.Shuffle(len(a.Statements), func(i, j int) { a.Statements[i], a.Statements[j] = a.Statements[j], a.Statements[i] })
	rng.Shuffle(len(a.Tables), func(i, j int) { a.Tables[i], a.Tables[j] = a.Tables[j], a.Tables[i] })
	for i := range a.Tables {
		a.Tables[i].permute(rng.Perm(len(a.Tables[i].Columns)))
	}
}

// permute puts a table's columns in another order.
func (t *Table) permute(order []int) {
	from, row := t.Columns, t.row
	t.Columns = make([]Column, len(order))
	for to, i := range order {
		t.Columns[to] = from[i]
	}
	t.row = func(g *gen, n int) []any {
		values := row(g, n)
		out := make([]any, len(order))
		for to, i := range order {
			out[to] = values[i]
		}
		return out
	}
}

// rename turns every name round: "slug" is "guls". No word of SQL is among
// them, and none becomes one.
func (a *App) rename() {
	names := map[string]bool{}
	for _, t := range a.Tables {
		names[t.Name] = true
		for _, c := range t.Columns {
			names[c.Name] = true
		}
	}
	word := func(s string) string { return replaceWords(s, names) }
	words := func(list []string) []string {
		out := slices.Clone(list)
		for i := range out {
			out[i] = word(out[i])
		}
		return out
	}
	for i := range a.Tables {
		t := &a.Tables[i]
		t.Name, t.Key, t.Unique = word(t.Name), words(t.Key), words(t.Unique)
		for j := range t.Columns {
			t.Columns[j].Name = word(t.Columns[j].Name)
		}
		for j := range t.Indexes {
			t.Indexes[j] = words(t.Indexes[j])
		}
	}
	for i := range a.Statements {
		s := &a.Statements[i]
		s.SQL = word(s.SQL)
		for engine, text := range s.Other {
			s.Other[engine] = word(text)
		}
	}
	a.renameKey(word, words)
}

func (a *App) renameKey(word func(string) string, words func([]string) []string) {
	for i := range a.Key {
		k := &a.Key[i]
		k.Table = word(k.Table)
		for j := range k.Forms {
			k.Forms[j].Columns, k.Forms[j].Where = words(k.Forms[j].Columns), word(k.Forms[j].Where)
		}
	}
	for i, d := range a.Drops {
		a.Drops[i] = Drop{word(d.Table), word(d.Column)}
	}
	for i, r := range a.References {
		a.References[i] = Reference{word(r.Table), word(r.Column), word(r.To)}
	}
}

// replaceWords turns the names round that stand in a text outside quotes.
func replaceWords(text string, names map[string]bool) string {
	var b strings.Builder
	quoted := false
	for rest := text; rest != ""; {
		n := strings.IndexFunc(rest, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) })
		if n < 0 {
			n = len(rest)
		}
		switch {
		case n == 0:
			quoted = quoted != (rest[0] == '\'')
			b.WriteByte(rest[0])
			n = 1
		case !quoted && names[rest[:n]]:
			b.WriteString(reversed(rest[:n]))
		default:
			b.WriteString(rest[:n])
		}
		rest = rest[n:]
	}
	return b.String()
}

func reversed(s string) string {
	r := []rune(s)
	slices.Reverse(r)
	return string(r)
}
