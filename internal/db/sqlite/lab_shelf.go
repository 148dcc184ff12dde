package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"mltop/internal/db"
)

// A shelf keeps the indexes of the copy, on the catalog or beside it. SQLite
// cannot hide an index, but one that is not in sqlite_schema is not there for
// the planner, while its pages stay: taking its row out and putting it back
// costs a reading of the schema, not a build. This holds only because all
// that a measured statement writes is rolled back: a hidden index would miss
// what is written meanwhile.
type shelf struct {
	c     *conn
	base  map[string]bool        // texts of the live file's own indexes
	all   map[string]shelvedItem // by text
	names map[string]string      // lower-case name of a base index → its text
	on    map[string]bool        // texts on the catalog now
	used  []string               // candidates' texts, the longest unused first
}

// A shelvedItem is an index's row of sqlite_schema.
type shelvedItem struct {
	name, table, text string
	page              int64
}

// mostShelved bounds the candidates that are kept built.
const mostShelved = 48

func (s *shelf) open(ctx context.Context, c *conn) error {
	*s = shelf{c: c, base: map[string]bool{}, all: map[string]shelvedItem{}, names: map[string]string{}, on: map[string]bool{}}
	return s.restock(ctx)
}

// restock takes in the live file's own indexes that have been built since.
func (s *shelf) restock(ctx context.Context) error {
	items, err := s.catalog(ctx, "sql IS NOT NULL")
	for _, it := range items {
		if _, known := s.all[it.text]; known || s.isCandidate(it.name) {
			continue
		}
		s.all[it.text], s.base[it.text], s.on[it.text] = it, true, true
		s.names[strings.ToLower(it.name)] = it.text
	}
	return err
}

// isCandidate reports whether an index on the catalog is one that was added.
func (s *shelf) isCandidate(name string) bool {
	for _, text := range s.used {
		if strings.EqualFold(s.all[text].name, name) {
			return true
		}
	}
	return false
}

func (s *shelf) catalog(ctx context.Context, where string, args ...driver.Value) ([]shelvedItem, error) {
	var items []shelvedItem
	_, err := s.c.each(ctx, "SELECT name, tbl_name, sql, rootpage FROM sqlite_schema WHERE type = 'index' AND "+where, args, func(row []driver.Value) error {
		page, _ := row[3].(int64)
		items = append(items, shelvedItem{asText(row[0]), asText(row[1]), asText(row[2]), page})
		return nil
	})
	return items, err
}

// realise puts exactly the configuration's indexes on the catalog.
func (s *shelf) realise(ctx context.Context, c db.Config) error {
	want := map[string]bool{}
	for text := range s.base {
		want[text] = true
	}
	for _, name := range c.Hide {
		text, ok := s.names[strings.ToLower(name)]
		if !ok {
			return fmt.Errorf("index %s cannot be hidden: it is not in the copy, or backs a constraint", name)
		}
		delete(want, text)
	}
	for _, ix := range c.Add {
		text, err := s.build(ctx, withName(ix))
		if err != nil {
			return err
		}
		want[text] = true
	}
	if err := s.arrange(ctx, want); err != nil {
		return err
	}
	return s.evict(ctx, want)
}

// build makes an index on the copy, once, and answers its text.
func (s *shelf) build(ctx context.Context, ix db.Index) (string, error) {
	text := CreateIndexText(ix)
	s.touch(text)
	if _, ok := s.all[text]; ok {
		return text, nil
	}
	if err := s.c.exec(ctx, text); err != nil {
		s.used = s.used[:len(s.used)-1]
		return "", fmt.Errorf("build index %s: %w", ix.Name, err)
	}
	items, err := s.catalog(ctx, "name = ? COLLATE NOCASE", ix.Name)
	if err != nil || len(items) != 1 {
		return "", errors.Join(fmt.Errorf("index %s was built but is not found", ix.Name), err)
	}
	items[0].text = text
	s.all[text], s.on[text] = items[0], true
	return text, nil
}

// touch makes a candidate the most recently used one.
func (s *shelf) touch(text string) {
	if s.base[text] {
		return
	}
	for i, t := range s.used {
		if t == text {
			s.used = append(s.used[:i], s.used[i+1:]...)
			break
		}
	}
	s.used = append(s.used, text)
}

// arrange takes rows out of the catalog and puts rows back.
func (s *shelf) arrange(ctx context.Context, want map[string]bool) error {
	var edits []func() error
	for text, it := range s.all {
		switch {
		case s.on[text] && !want[text]:
			edits = append(edits, func() error {
				return s.c.exec(ctx, "DELETE FROM sqlite_schema WHERE type = 'index' AND name = ?", it.name)
			})
		case !s.on[text] && want[text]:
			edits = append(edits, func() error {
				return s.c.exec(ctx, "INSERT INTO sqlite_schema(type, name, tbl_name, rootpage, sql) VALUES ('index', ?, ?, ?, ?)", it.name, it.table, it.page, it.text)
			})
		}
	}
	if len(edits) == 0 {
		return nil
	}
	if err := s.edit(ctx, edits); err != nil {
		return fmt.Errorf("arrange the indexes of the copy: %w", err)
	}
	s.on = want
	return nil
}

func (s *shelf) edit(ctx context.Context, edits []func() error) error {
	ctx = context.WithoutCancel(ctx)
	if err := s.c.exec(ctx, "PRAGMA writable_schema = ON"); err != nil {
		return err
	}
	var err error
	for _, f := range edits {
		err = errors.Join(err, f())
	}
	// RESET also reads the catalog anew.
	return errors.Join(err, s.c.exec(ctx, "PRAGMA writable_schema = RESET"))
}

// evict drops the candidates that were not used for the longest time.
func (s *shelf) evict(ctx context.Context, keep map[string]bool) error {
	for len(s.used) > mostShelved {
		victim := s.used[0]
		if keep[victim] {
			return nil
		}
		shown := map[string]bool{victim: true}
		for t := range keep {
			shown[t] = true
		}
		if err := s.arrange(ctx, shown); err != nil {
			return err
		}
		if err := s.c.exec(ctx, "DROP INDEX "+quote(s.all[victim].name)); err != nil {
			return err
		}
		delete(s.all, victim)
		delete(s.on, victim)
		s.used = s.used[1:]
	}
	return nil
}
