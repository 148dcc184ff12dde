package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"mltop/advisor"
	"mltop/advisor/offline"
	"mltop/collectors"
	"mltop/internal/db"
)

// workloadOutput is the form of mltop advise that writes down what advice
// takes, for mltop advise --workload.
const workloadOutput = "workload"

// exportWorkload writes the workload file of a target that was looked at.
func (a *app) exportWorkload(ctx context.Context) error {
	if _, err := a.look(ctx); err != nil {
		return err
	}
	f, err := a.workloadFile(ctx)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return fmt.Errorf("write the workload: %w", err)
	}
	if !f.Literals {
		a.remark("constants are masked in the file: --show-literals keeps them, and advice on partial indexes and on rewrites with them")
	}
	return a.o.deliver(a.w, b.Bytes())
}

// workloadFile reads what the file holds.
func (a *app) workloadFile(ctx context.Context) (*offline.File, error) {
	w, seen := a.work.statements(), a.seenNow(ctx)
	id, err := a.engine.ID(ctx)
	if err != nil {
		return nil, fmt.Errorf("identify the database: %w", err)
	}
	f := &offline.File{
		Version: offline.Version, At: time.Now().UTC(), Name: a.name(), Engine: id.Engine, Database: id.String(), WindowSeconds: w.Window.Seconds(),
		Literals: a.o.showLiterals, RowsPerHour: seen.RowsPerHour, PeakConnections: seen.PeakConnections, Before: seen.Before,
		RequestsPerSecond: finite(seen.RequestsPerSecond), CommitsPerRequest: finite(seen.CommitsPerRequest),
		Statements: []offline.Statement{},
	}
	if m := seen.Machine; m.Memory > 0 {
		f.Machine = &offline.Machine{MemoryBytes: m.Memory, AvailableBytes: m.Available, Cores: m.Cores}
	}
	var named []advisor.Statement
	named, f.Rest = offline.Keep(w.Statements)
	for _, s := range named {
		f.Statements = append(f.Statements, offline.NewStatement(s, a.o.showLiterals))
	}
	return f, a.addCatalog(ctx, f, named)
}

func (a *app) addCatalog(ctx context.Context, f *offline.File, named []advisor.Statement) error {
	var err error
	if f.Schema, err = a.engine.Schema(ctx); err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	if f.Stats, err = a.engine.Stats(ctx); err != nil {
		return fmt.Errorf("read the database's state: %w", err)
	}
	settings, err := a.engine.Settings(ctx)
	if err != nil {
		return fmt.Errorf("read the settings: %w", err)
	}
	f.Settings = slices.DeleteFunc(settings, func(s db.Setting) bool { return collectors.MayHoldSecret(s.Name) })
	f.Columns = a.columnsOf(ctx, f.Schema, named)
	return ctx.Err()
}

// columnsOf learns how many values the columns have that statements look by. A
// column that cannot be read is left out: a rule stands in for it.
func (a *app) columnsOf(ctx context.Context, s *db.Schema, named []advisor.Statement) []offline.Column {
	used := map[string][]string{}
	for _, st := range named {
		for _, text := range append([]string{st.Text}, st.Examples...) {
			if shape, err := a.engine.Parse(text, s); err == nil {
				lookedBy(shape, s, used)
				break
			}
		}
	}
	var out []offline.Column
	for _, t := range s.Tables {
		if names := used[strings.ToLower(t.ID())]; len(names) > 0 && t.Unsupported == "" && ctx.Err() == nil {
			out = append(out, a.columnsOfTable(ctx, t, names)...)
		}
	}
	return out
}

// lookedBy adds the columns of a statement by table, each once.
func lookedBy(shape *db.Shape, s *db.Schema, used map[string][]string) {
	for _, b := range shape.Blocks {
		add := func(c db.ColumnRef) {
			t := s.Table(b.Relations[c.Relation].Table)
			if t == nil || c.Column == "" || t.Column(c.Column) == nil {
				return
			}
			key := strings.ToLower(t.ID())
			if name := t.Column(c.Column).Name; !contains(used[key], name) {
				used[key] = append(used[key], name)
			}
		}
		for _, p := range b.Predicates {
			add(p.Column)
		}
		for _, j := range b.Joins {
			add(j.Left)
			add(j.Right)
		}
		for _, o := range slices.Concat(b.OrderBy, b.GroupBy) {
			add(o.Column)
		}
	}
}

// sampledRows of a table tell how many values its columns have, roughly: a
// short read, on a live file too.
const sampledRows = 5000

func (a *app) columnsOfTable(ctx context.Context, t *db.Table, names []string) []offline.Column {
	if a.target.engine == postgresServer {
		if list := a.plannerColumns(ctx, t, names); len(list) > 0 {
			return list
		}
	}
	var counts, columns []string
	for _, n := range names {
		q := a.engine.QuoteIdent(n)
		counts, columns = append(counts, "count(DISTINCT "+q+"), count("+q+")"), append(columns, q)
	}
	from := a.engine.QuoteIdent(t.Name)
	if t.OffPath || t.Key != "" {
		from = a.engine.QuoteIdent(t.Schema) + "." + from
	}
	sql := fmt.Sprintf("SELECT count(*), %s FROM (SELECT %s FROM %s LIMIT %d) AS sampled", strings.Join(counts, ", "), strings.Join(columns, ", "), from, sampledRows)
	rows, err := a.engine.Select(ctx, db.Query{SQL: sql}, 1)
	if err != nil || len(rows.Values) == 0 {
		return nil
	}
	return sampledColumns(t, names, rows.Values[0])
}

func sampledColumns(t *db.Table, names []string, row []string) (out []offline.Column) {
	read := func(i int) float64 {
		v, err := strconv.ParseFloat(row[i], 64)
		if err != nil {
			return math.NaN()
		}
		return v
	}
	n := read(0)
	for i, name := range names {
		distinct, held := read(1+2*i), read(2+2*i)
		if !(n > 0 && distinct > 0) {
			continue
		}
		out = append(out, offline.Column{
			Table: t.ID(), Column: name, Distinct: scaled(distinct, held, n, t.Rows), NullRatio: 1 - held/n,
			How: fmt.Sprintf("the first %.0f rows", n),
		})
	}
	return out
}

// manyValues is the part of a sample from which on the number of values is
// taken to grow with the rows, as ANALYZE of PostgreSQL does.
const manyValues = 0.1

func scaled(distinct, held, n float64, rows *int64) float64 {
	if rows == nil || float64(*rows) <= n || distinct < manyValues*held {
		return distinct
	}
	return math.Round(distinct * float64(*rows) / n)
}

// plannerColumns is what PostgreSQL's own planner knows.
func (a *app) plannerColumns(ctx context.Context, t *db.Table, names []string) (out []offline.Column) {
	rows, err := a.engine.Select(ctx, db.Query{
		SQL:  "SELECT attname, n_distinct, null_frac FROM pg_stats WHERE schemaname = $1 AND tablename = $2",
		Args: []any{t.Schema, t.Name},
	}, 2000)
	if err != nil {
		return nil
	}
	for _, r := range rows.Values {
		distinct, err1 := strconv.ParseFloat(r[1], 64)
		nulls, err2 := strconv.ParseFloat(r[2], 64)
		if err1 != nil || err2 != nil || !contains(names, r[0]) || t.Rows == nil {
			continue
		}
		if distinct < 0 {
			distinct *= -float64(*t.Rows) // a part of the rows
		}
		out = append(out, offline.Column{Table: t.ID(), Column: r[0], Distinct: math.Round(distinct), NullRatio: nulls, How: "pg_stats"})
	}
	return out
}
