package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mltop/internal/db"
)

// under runs f in a transaction in which the configuration is real: candidates
// are built before, and what does not belong to it is dropped inside; the
// transaction is rolled back.
func (l *sampleLab) under(ctx context.Context, c db.Config, t *trial, f func(context.Context) error) (err error) {
	keep := map[string]bool{}
	for _, ix := range c.Add {
		if ix.Name == "" {
			ix.Name = IndexName(ix)
		}
		if err := l.build(ctx, ix); err != nil {
			return err
		}
		keep[ix.Name] = true
	}
	drop, err := l.hidden(c.Hide)
	if err != nil {
		return err
	}
	for name := range l.made {
		if !keep[name] {
			drop = append(drop, name)
		}
	}
	run, cancel := quietly(ctx)
	defer cancel()
	defer func() {
		end, cancel := quietly(ctx)
		defer cancel()
		err = errors.Join(err, l.c.script(end, "ROLLBACK"))
	}()
	script := "BEGIN"
	for _, name := range drop {
		script += "; DROP INDEX " + quote(l.name) + "." + quote(name)
	}
	if t.shape.Kind == db.KindSelect {
		script += "; SET TRANSACTION READ ONLY"
	}
	if err := l.c.script(run, script); err != nil {
		return fmt.Errorf("make the configuration: %w", err)
	}
	return f(run)
}

// hidden checks the indexes that are to be taken away.
func (l *sampleLab) hidden(names []string) ([]string, error) {
	var out []string
	for _, name := range names {
		ix := l.schema.Index(name)
		if ix == nil {
			return nil, fmt.Errorf("there is no index %s to hide", name)
		}
		if ix.Constraint {
			return nil, db.NotMeasuredf("index %s holds up a constraint and cannot be taken away", name)
		}
		if l.Out["index "+strings.ToLower(ix.Name)] == "" {
			out = append(out, ix.Name)
		}
	}
	return out, nil
}

// build makes a candidate once.
func (l *sampleLab) build(ctx context.Context, ix db.Index) error {
	if _, err := l.roomOf(ix.Table); err != nil {
		return err
	}
	if ix.Name == "" {
		ix.Name = IndexName(ix)
	}
	ix.Schema = l.name
	run, cancel := quietly(ctx)
	defer cancel()
	known, exists := l.made[ix.Name]
	if exists && CreateIndexText(known, false) == CreateIndexText(ix, false) {
		return nil
	}
	if exists {
		if err := l.c.do(run, "DROP INDEX "+quote(l.name)+"."+quote(ix.Name)); err != nil {
			return err
		}
		delete(l.made, ix.Name)
	}
	if err := l.c.do(run, CreateIndexText(ix, false)); err != nil {
		return fmt.Errorf("build index %s on the sample: %w", ix.Name, err)
	}
	l.made[ix.Name] = ix
	if len(ix.Columns) > 0 && ix.Columns[0].Name == "" { // statistics of an expression
		return l.c.script(run, "ANALYZE "+quote(l.name)+"."+quote(ix.Table))
	}
	return nil
}
