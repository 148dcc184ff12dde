// Package rewrite finds texts that can take a statement's place and cost less:
// the same rows by an index that the text as it is keeps away, or one
// statement where many are run. It reads and judges and runs nothing: whoever
// asks plans both texts, and compares their rows where there is a copy.
//
// A rule is one file: what it looks for, the text it writes instead, why, and
// what must hold for both to return the same rows. rules lists them.
package rewrite

import (
	"slices"
	"strconv"
	"strings"

	"mltop/internal/db"
)

// A Statement is one text of a statement, bound to the catalog.
type Statement struct {
	SQL     string // with its constants, where they were seen
	Shape   *db.Shape
	Schema  *db.Schema
	Dialect db.Dialect
	// CallsPerRequest is how often a request runs it; 0: not known.
	CallsPerRequest float64
}

// A Text is a statement in two writings: one to run, and one to show, whose
// constants are placeholders.
type Text struct {
	SQL, Masked string
	// Args says of each placeholder of SQL, in order, which one of the
	// statement's it is, from 0, or -1 for none; nil: they are the statement's own.
	Args []int
	Asks bool // it has placeholders
}

// A Rewrite is a text in place of another.
type Rewrite struct {
	Rule          string // "rewrite.date-range"
	Title         string // "Search created_at by a range"
	Table         string // ID of the one whose rows it is about
	Column        string
	Before, After Text
	Why           string
	Holds         []string // what must hold for both to return the same rows
	Checks        []Check
	// Differs: the new text returns what was meant, and where Holds does not
	// hold something else than the old one: a warning, not a saving.
	Differs bool
	// Keeps: it is right however little it saves on a sample of calls.
	Keeps bool
	// Fewer: it saves calls, of which each costs what it did.
	Fewer  bool
	Effect string // what to expect, where no measurement tells
	Risk   string
}

// A Check is a pair of texts that return the same rows where a rewrite is
// right.
type Check struct {
	What string // BothTexts, BothWrite, or what has to hold besides
	A, B Text
	// Must: a rewrite that was not asked this, of all rows, is none.
	Must bool
}

// What is compared of a read, and of a write: that is run nowhere, its WHERE is
// asked for the rows instead.
const (
	BothTexts = "both texts"
	BothWrite = "the rows that both texts write"
)

// A rule looks at a statement and answers at most one rewrite of it.
type rule func(*text) (Rewrite, bool)

func rules() []rule {
	return []rule{
		dateRanges, bareColumns, prefixes, absentValues, conversions,
		rowComparisons, nullsInLists, pages, batches, joinedColumns,
	}
}

// Of lists the rewrites of one text. What a rule writes and the engine's
// parser does not read is left out.
func Of(s Statement) []Rewrite {
	t, ok := read(s)
	if !ok || !t.steady() {
		return nil
	}
	var out []Rewrite
	for _, r := range rules() {
		w, ok := r(t)
		if !ok {
			continue
		}
		if _, err := s.Dialect.Parse(w.After.SQL, s.Schema); err == nil {
			t.saysOfWrites(&w)
			w.saysOfValues()
			out = append(out, w)
		}
	}
	return out
}

// saysOfValues says which value goes where, where placeholders without names are
// no longer the statement's own one after the other.
func (w *Rewrite) saysOfValues() {
	var order []string
	same := true
	for i, n := range w.After.Args {
		order, same = append(order, strconv.Itoa(n+1)), same && n == i
	}
	if same || slices.Contains(w.After.Args, noneOfTheirs) {
		return
	}
	w.Holds = append(w.Holds, "the new text's placeholders are given the old one's values in this order: "+strings.Join(order, ", "))
}
