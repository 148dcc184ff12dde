package mysql

import (
	"context"
	"fmt"
	"strings"

	"mltop/internal/db"
)

// A shelf keeps the indexes of the sample: those that the live tables have,
// and candidates, each built once. One that is not part of a configuration is
// hidden from the planner: by IGNORED (MariaDB 10.6), INVISIBLE (MySQL 8), and
// where the server knows neither, by dropping it.
type shelf struct {
	l      *Lab
	shelve map[string]*shelved // by lower-case table and name
	failed map[string]error    // of candidates that the server refused, by table and definition
}

type shelved struct {
	ix     db.Index
	made   bool // by us
	hidden bool
	absent bool // dropped, where the server cannot hide
}

// mostMade bounds the candidates that lie on one table: the servers allow 64
// indexes.
const mostMade = 40

func newShelf(l *Lab) *shelf {
	s := &shelf{l: l, shelve: map[string]*shelved{}, failed: map[string]error{}}
	for _, r := range l.List {
		for _, ix := range r.Table.Indexes {
			s.shelve[shelfKey(ix.Table, ix.Name)] = &shelved{ix: *ix, hidden: ix.Hidden}
		}
	}
	return s
}

func shelfKey(table, name string) string {
	return strings.ToLower(table) + "\x00" + strings.ToLower(name)
}

// hides reports whether the server can hide an index, and in which words.
func (f flavour) hides() (hide, show string, ok bool) {
	if f.MariaDB {
		return "IGNORED", "NOT IGNORED", f.least(10, 6)
	}
	return "INVISIBLE", "VISIBLE", f.least(8, 0)
}

// realise makes a statement meet the indexes that a configuration says: it
// answers the text to run. Where hints can say which are passed over the
// tables stay as they are; else they are changed.
func (s *shelf) realise(ctx context.Context, text string, c db.Config) (string, error) {
	wanted, err := s.want(ctx, c)
	if err != nil {
		return "", err
	}
	with, ok := hinted(text, s.l.e.server.flavour, func(table string) ([]string, bool) { return s.seen(table, wanted) })
	for key, ix := range s.shelve {
		want := ix.visible(key, wanted)
		if ok && !want { // the hint passes it over
			continue
		}
		if err := s.show(ctx, ix, want); err != nil {
			return "", err
		}
	}
	return with, nil
}

// want says of the indexes that a configuration names whether they are seen;
// those that were never built are.
func (s *shelf) want(ctx context.Context, c db.Config) (map[string]bool, error) {
	out := map[string]bool{}
	for _, ix := range c.Add {
		if ix.Name == "" {
			ix.Name = IndexName(ix)
		}
		if err := s.make(ctx, ix); err != nil {
			return nil, err
		}
		out[shelfKey(ix.Table, ix.Name)] = true
	}
	for _, name := range c.Hide {
		if strings.EqualFold(name, "PRIMARY") {
			return nil, db.NotMeasuredf("a primary key cannot be hidden: it is the table")
		}
		found := false
		for key, ix := range s.shelve {
			if strings.EqualFold(ix.ix.Name, name) && !ix.made {
				out[key], found = false, true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no index %s to hide", name)
		}
	}
	return out, nil
}

// make builds a candidate once.
func (s *shelf) make(ctx context.Context, ix db.Index) error {
	r, err := s.l.roomOf(ix.Table)
	if err != nil {
		return err
	}
	key := shelfKey(ix.Table, ix.Name)
	if known := s.shelve[key]; known != nil {
		if indexDefinition(known.ix) == indexDefinition(ix) {
			return nil
		}
		if err := s.drop(ctx, known); err != nil {
			return err
		}
	}
	if err := s.room(ctx, r.Table.Name); err != nil {
		return err
	}
	what := shelfKey(ix.Table, indexDefinition(ix))
	if err := s.failed[what]; err != nil {
		return err
	}
	if err := s.alter(ctx, ix.Table, "ADD "+indexDefinition(ix)); err != nil {
		err = fmt.Errorf("build index %s on the sample: %w", ix.Name, err)
		if codeOf(err) != 0 && ctx.Err() == nil {
			s.failed[what] = err // it is asked for in many configurations
		}
		return err
	}
	s.shelve[key] = &shelved{ix: ix, made: true}
	return nil
}

// room drops the candidates of a table that has too many.
func (s *shelf) room(ctx context.Context, table string) error {
	var made []*shelved
	for _, ix := range s.shelve {
		if ix.made && strings.EqualFold(ix.ix.Table, table) {
			made = append(made, ix)
		}
	}
	if len(made) < mostMade {
		return nil
	}
	for _, ix := range made {
		if err := s.drop(ctx, ix); err != nil {
			return err
		}
	}
	return nil
}

func (s *shelf) drop(ctx context.Context, ix *shelved) error {
	if !ix.absent {
		if err := s.alter(ctx, ix.ix.Table, "DROP INDEX "+quoteAlways(ix.ix.Name)); err != nil {
			return err
		}
	}
	delete(s.shelve, shelfKey(ix.ix.Table, ix.ix.Name))
	return nil
}

// show makes one index seen or not.
func (s *shelf) show(ctx context.Context, ix *shelved, want bool) error {
	if want == !(ix.hidden || ix.absent) || ix.ix.Name == "PRIMARY" {
		return nil
	}
	hide, show, ok := s.l.e.server.hides()
	name := quoteAlways(ix.ix.Name)
	var what string
	switch {
	case !ok && want:
		what, ix.absent = "ADD "+indexDefinition(ix.ix), false
	case !ok:
		what, ix.absent = "DROP INDEX "+name, true
	case want:
		what, ix.hidden = "ALTER INDEX "+name+" "+show, false
	default:
		what, ix.hidden = "ALTER INDEX "+name+" "+hide, true
	}
	return s.alter(ctx, ix.ix.Table, what)
}

// alter changes a table of the sample.
func (s *shelf) alter(ctx context.Context, table, what string) error {
	run, cancel := quietly(ctx)
	defer cancel()
	return s.l.c.exec(run, "ALTER TABLE "+quoteAlways(table)+" "+what)
}

// plainKeys are the indexes that are built behind the rows, as that is much
// faster. It also makes those of foreign keys our own: one that the server has
// made by itself would vanish as soon as a candidate begins with its columns.
func plainKeys(t *db.Table) []*db.Index {
	var out []*db.Index
	for _, ix := range t.Indexes {
		if !ix.Unique && !ix.Constraint && !ix.Hidden && strings.EqualFold(ix.Method, "btree") {
			out = append(out, ix)
		}
	}
	return out
}

// alterKeys drops or adds the plain indexes of a table of the sample.
func (f *filler) alterKeys(ctx context.Context, t *db.Table, what func(*db.Index) string) error {
	var parts []string
	for _, ix := range plainKeys(t) {
		parts = append(parts, what(ix))
	}
	if len(parts) == 0 {
		return nil
	}
	run, cancel := context.WithTimeout(context.WithoutCancel(ctx), buildFor)
	defer cancel()
	return f.l.c.exec(run, "ALTER TABLE "+quoteAlways(t.Name)+" "+strings.Join(parts, ", "))
}

func dropKey(ix *db.Index) string { return "DROP INDEX " + quoteAlways(ix.Name) }
func addKey(ix *db.Index) string  { return "ADD " + indexDefinition(*ix) }
