package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"mltop/internal/db"
	"mltop/internal/throwaway"
)

// Beside tables that nobody uses there are three with rows: those are what
// somebody wants to see, and to hear advice on.
const (
	largest   = "ledger"
	largeRows = 60_000
	asksFor   = "SELECT id, note FROM " + largest + " WHERE a = 17"
	helps     = largest + "(a)"
)

func large() map[string]int {
	return map[string]int{largest: largeRows, "items": 20_000, "people": 10_000}
}

// tabled holds mltop to a database of so many tables.
func tabled(ctx context.Context, k kind, o options) (err error) {
	s, err := k.start(k.tables.settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	admin, err := k.admin(s)
	if err != nil {
		return err
	}
	defer admin.Close()
	began := time.Now()
	if err := makeTables(ctx, k, admin, o.tables); err != nil {
		return err
	}
	o.say("%-10s %d tables made in %.0f s", k.name, o.tables+len(large()), time.Since(began).Seconds())
	if err := lookAtTables(ctx, k, s, o); err != nil {
		return err
	}
	if err := adviseOnOne(ctx, k, s, o); err != nil {
		return err
	}
	return shown(k, s, page{[]string{"5"}, []string{largest, db.PartlyText(k.tables.kept, o.tables+len(large()), "")}}, o)
}

func makeTables(ctx context.Context, k kind, admin *sql.DB, n int) error {
	var list []string
	for name, rows := range large() {
		list = append(list, k.tables.fill(name, rows)...)
	}
	for _, text := range append(list, k.tables.make(n)) {
		if _, err := admin.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%.60s: %w", text, err)
		}
	}
	return nil
}

// lookAtTables attaches, reads the catalog, and then looks as every tick does.
func lookAtTables(ctx context.Context, k kind, s *throwaway.Server, o options) (err error) {
	m, err := newMeter(k.socket(s))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	var e db.Engine
	attach, err := m.of(func() (err error) {
		e, err = k.open(ctx, k.url(k.through(s, m.folder)), m.trace)
		return err
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	var c *db.Schema
	catalog, err := m.of(func() (err error) { c, err = e.Schema(ctx); return err })
	if err != nil {
		return fmt.Errorf("read the catalog: %w", err)
	}
	o.say("%-10s %d tables: attach %s; catalog %s", k.name, o.tables, attach, catalog)
	if catalog.statements > mostCatalogStatements {
		return fmt.Errorf("the catalog is read in %d statements; want %d at most: %s", catalog.statements, mostCatalogStatements, strings.Join(m.sent(), "\n"))
	}
	if err := judgeCatalog(k, c, o.tables+len(large())); err != nil {
		return err
	}
	return judgeTicks(ctx, k, e, m, o)
}

// judgeCatalog: what is read is bounded, is that of most use, and says of how
// many it is a part.
func judgeCatalog(k kind, c *db.Schema, all int) error {
	if len(c.Tables) != k.tables.kept || !strings.HasPrefix(c.Partly, db.PartlyText(k.tables.kept, all, "")) {
		return fmt.Errorf("%d tables are read, and it says %q; want %d of %d, said so", len(c.Tables), c.Partly, k.tables.kept, all)
	}
	for name, rows := range large() {
		t := c.Table(name)
		if t == nil || t.Rows == nil || t.Bytes == nil || *t.Bytes < int64(100*rows) || *t.Rows < int64(rows/2) || *t.Rows > int64(2*rows) {
			return fmt.Errorf("%s: got %+v, want some %d rows", name, t, rows)
		}
	}
	return nil
}

// mostCatalogStatements: the chosen tables are asked for by the dozen.
const mostCatalogStatements = 50

// A tick beside many tables is what it is beside few: a page or two of numbers.
const (
	mostTickBytes      = 30_000
	mostTickStatements = 5
)

func judgeTicks(ctx context.Context, k kind, e db.Engine, m *meter, o options) error {
	// The first ones learn what is then known for a minute; a minute may end in
	// the midst of them.
	var err error
	for i := range 5 {
		var tick cost
		if tick, err = m.of(func() error { return look(ctx, e) }); err != nil {
			return err
		}
		o.say("%-10s %d tables: tick %d: %s", k.name, o.tables, i+1, tick)
		if tick.bytes <= mostTickBytes && tick.statements <= mostTickStatements {
			return nil
		}
		err = fmt.Errorf("a tick reads %s; want %d bytes and %d statements at most: %s", tick, mostTickBytes, mostTickStatements, strings.Join(m.sent(), "\n"))
	}
	return err
}

// look asks what the dashboard asks at each tick.
func look(ctx context.Context, e db.Engine) error {
	if _, err := e.Stats(ctx); err != nil {
		return err
	}
	if _, err := e.Sessions(ctx); err != nil {
		return err
	}
	if r, ok := e.(db.StatementReader); ok {
		if _, err := r.StatementTotals(ctx); err != nil {
			return err
		}
	}
	return nil
}

// adviseOnOne: the advisor finds the index for one statement.
func adviseOnOne(ctx context.Context, k kind, s *throwaway.Server, o options) error {
	queries := filepath.Join(o.dir, "queries.sql")
	if err := os.WriteFile(queries, []byte("-- weight: 3600\n"+asksFor+";\n"), 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, o.mltop, "advise", k.url(s), "--queries", queries, "-o", "json")
	cmd.Env = append(os.Environ(), "HOME="+o.dir, "XDG_STATE_HOME="+o.dir)
	began := time.Now()
	out, err := cmd.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return fmt.Errorf("advise: %w: %s", err, failed.Stderr)
	}
	if err != nil {
		return fmt.Errorf("advise: %w", err)
	}
	var answer struct {
		Recommendations []struct {
			Title string `json:"title"`
		} `json:"recommendations"`
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		return fmt.Errorf("read the advice: %w", err)
	}
	for _, r := range answer.Recommendations {
		if strings.Contains(r.Title, helps) {
			o.say("%-10s %d tables: advice in %.1f s: %s", k.name, o.tables, time.Since(began).Seconds(), r.Title)
			return nil
		}
	}
	return fmt.Errorf("no advice names %s: %s", helps, out)
}
