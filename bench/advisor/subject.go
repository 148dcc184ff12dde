package main

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"mltop/bench/advisor/tpch"
	"mltop/bench/advisor/webapp"
)

// The workloads, as reports call them.
const (
	webappName = "WebApp-40"
	tpchName   = "TPC-H-like"
)

// A subject is what is measured on: data, a workload, and what is known of the
// advice that would be right.
type subject struct {
	workload, variant string
	tables            []string
	statements        []statement
	keys              []foreignKey
	answers           *webapp.App // the key of right advice; nil: there is none
	load              func(ctx context.Context, to *sql.DB, engine string) error
	// patience: statements take seconds, and some that no index serves take
	// hours. Each plan is timed once, and ended behind so long; 0: all calls
	// are timed, in turns.
	patience time.Duration
}

// A statement of the workload.
type statement struct {
	name  string
	calls float64 // an hour
	reads bool
	// dwarfs: without indexes it takes more than all others together, so that
	// the sum says little of those.
	dwarfs bool
	texts  func(engine string, seed uint64, n int) []string // n calls
}

// others are the statements that dwarf no others.
func (s *subject) others() []statement {
	return slices.DeleteFunc(slices.Clone(s.statements), func(s statement) bool { return s.dwarfs })
}

// A foreignKey that is not declared.
type foreignKey struct{ table, column string }

func webappSubject(app *webapp.App) *subject {
	s := &subject{workload: webappName, variant: app.Variant.Name, answers: app}
	for _, t := range app.Tables {
		s.tables = append(s.tables, t.Name)
	}
	for _, r := range app.References {
		s.keys = append(s.keys, foreignKey{r.Table, r.Column})
	}
	for _, of := range app.Statements {
		s.statements = append(s.statements, statement{name: of.Name, calls: of.Calls, reads: strings.HasPrefix(of.SQL, "SELECT"),
			texts: func(engine string, seed uint64, n int) []string { return app.Texts(of, engine, seed, n) }})
	}
	s.load = func(ctx context.Context, to *sql.DB, engine string) error { return loadWebApp(ctx, to, app, engine) }
	return s
}

// hourly is how often each of the 22 queries is asked: all alike, as in the
// published comparisons.
const hourly = 10

// tpchSubject has the 22 queries, each with the values for validation alone.
func tpchSubject(d tpch.Data, patience time.Duration) *subject {
	s := &subject{workload: tpchName, variant: fmt.Sprintf("scale %v", d.SF), patience: patience, load: d.Load}
	for _, t := range tpch.Tables() {
		s.tables = append(s.tables, t.Name)
	}
	for _, r := range tpch.References() {
		s.keys = append(s.keys, foreignKey{r.Table, r.Column})
	}
	for _, q := range d.Queries() {
		s.statements = append(s.statements, statement{name: q.Title(), calls: hourly, reads: true, dwarfs: slices.Contains(leftOut(), q.Number),
			texts: func(engine string, _ uint64, n int) []string { return slices.Repeat([]string{q.SQL(engine)}, n) }})
	}
	return s
}

// rowsAtOnce go into one INSERT.
const rowsAtOnce = 500

func loadWebApp(ctx context.Context, d *sql.DB, app *webapp.App, engine string) error {
	begin := map[string]string{"mysql": "START TRANSACTION"}[engine]
	if begin == "" {
		begin = "BEGIN"
	}
	for _, t := range app.Tables {
		ddl := t.DDL(engine)
		if err := run(ctx, d, ddl[0], begin); err != nil {
			return err
		}
		if err := loadTable(ctx, d, app, t); err != nil {
			return err
		}
		if err := run(ctx, d, append([]string{"COMMIT"}, ddl[1:]...)...); err != nil {
			return err
		}
	}
	return nil
}

func loadTable(ctx context.Context, d *sql.DB, app *webapp.App, t webapp.Table) error {
	var rows []string
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		err := run(ctx, d, "INSERT INTO "+t.Name+" VALUES "+strings.Join(rows, ", "))
		rows = rows[:0]
		return err
	}
	err := app.Rows(t, func(values []any) error {
		list := make([]string, len(values))
		for i, v := range values {
			list[i] = webapp.Literal(v)
		}
		if rows = append(rows, "("+strings.Join(list, ", ")+")"); len(rows) < rowsAtOnce {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}
