package main

import (
	"fmt"
	"slices"
	"strings"

	"mltop/bench/advisor/webapp"
	"mltop/internal/db"
)

// A score is what the key says of an outcome.
type score struct {
	found, of int
	missing   []string // right advice that was not given
	wrong     []string // advice that the key does not have
}

// text is the score for a report; without a key there is none.
func (s score) text() (right, wrong string) {
	if s.of == 0 {
		return "–", "–"
	}
	return fmt.Sprintf("%d of %d", s.found, s.of), fmt.Sprint(len(s.wrong))
}

// judge compares what was built with the key.
func judge(app *webapp.App, engine string, b *built) score {
	var s score
	right := map[*db.Index]bool{}
	for _, a := range app.Key {
		if slices.Contains(a.Not, engine) || a.Only != "" && a.Only != engine {
			continue
		}
		var hits []*db.Index
		for _, ix := range b.added {
			if strings.EqualFold(ix.Table, a.Table) && slices.ContainsFunc(a.Forms, func(f webapp.Form) bool { return matches(f, engine, ix) }) {
				hits = append(hits, ix)
				right[ix] = true
			}
		}
		if a.May {
			continue
		}
		s.count(a.Name, len(hits) > 0)
	}
	for _, d := range app.Drops {
		s.count("dropping the index on "+d.Table+"("+d.Column+")", slices.ContainsFunc(b.dropped, func(ix *db.Index) bool { return isDrop(d, ix) }))
	}
	s.wrong = wrongOf(app, b, right)
	return s
}

func (s *score) count(name string, found bool) {
	s.of++
	if found {
		s.found++
	} else {
		s.missing = append(s.missing, name)
	}
}

func wrongOf(app *webapp.App, b *built, right map[*db.Index]bool) []string {
	var out []string
	for _, ix := range b.added {
		switch longer := beginning(ix, b.added); {
		case !right[ix]:
			out = append(out, ix.Signature())
		case longer != nil:
			out = append(out, ix.Signature()+" beside "+longer.Signature())
		}
	}
	for _, ix := range b.dropped {
		if !slices.ContainsFunc(app.Drops, func(d webapp.Drop) bool { return isDrop(d, ix) }) {
			out = append(out, "dropping "+ix.Signature())
		}
	}
	return out
}

func isDrop(d webapp.Drop, ix *db.Index) bool {
	return strings.EqualFold(ix.Table, d.Table) && len(ix.Columns) == 1 && strings.EqualFold(ix.Columns[0].Name, d.Column)
}

// beginning is another index that begins with all of ix.
func beginning(ix *db.Index, list []*db.Index) *db.Index {
	for _, other := range list {
		if other == ix || !strings.EqualFold(other.Table, ix.Table) || other.Where != ix.Where || len(other.Columns) < len(ix.Columns) || other.Method != ix.Method {
			continue
		}
		if slices.EqualFunc(ix.Columns, other.Columns[:len(ix.Columns)], func(a, b db.IndexColumn) bool {
			return a.Term() == b.Term() && a.Desc == b.Desc && a.Class == b.Class && strings.EqualFold(a.Collation, b.Collation) && a.Prefix == b.Prefix
		}) {
			return other
		}
	}
	return nil
}

// matches reports whether an index has the form.
func matches(f webapp.Form, engine string, ix *db.Index) bool {
	method := f.Method
	if method == "" {
		method = "btree"
	}
	if ix.Method != "" && !strings.EqualFold(ix.Method, method) || len(ix.Columns) < len(f.Columns) {
		return false
	}
	if (f.Where == "") != (ix.Where == "") || !strings.Contains(strings.ToLower(ix.Where), f.Where) {
		return false
	}
	for i, want := range f.Columns {
		if !isTerm(want, ix.Columns[i]) {
			return false
		}
	}
	return has(ix.Columns[0], f.Needs[engine])
}

// isTerm compares a column; several words are those of an expression.
func isTerm(want string, c db.IndexColumn) bool {
	words := strings.Fields(want)
	if len(words) == 1 {
		return strings.EqualFold(c.Name, want)
	}
	for _, w := range words {
		if c.Name != "" || !strings.Contains(strings.ToLower(c.Expr), w) {
			return false
		}
	}
	return true
}

func has(c db.IndexColumn, need string) bool {
	switch need {
	case "":
		return true
	case "prefix":
		return c.Prefix > 0
	}
	return strings.EqualFold(c.Class, need) || strings.EqualFold(c.Collation, need)
}
