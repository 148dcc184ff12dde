package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
	"mltop/internal/db/sqlite"
)

// A ground is the what-if room as the peers see it: the same lab that mltop
// asks. An answer is kept for the indexes of the statement's own tables.
type ground struct {
	ctx    context.Context
	h      *host
	engine db.Engine
	lab    *countedLab
	schema *db.Schema
	list   []*asked
	known  map[string]answer
	swaps  int                             // that DB2Advis tries
	width  int                             // of columns, at most
	bySize func(db.Index) (float64, error) // what an index takes; nil: by the lab
	sizes  map[string]float64
	paid   map[string]bool // what was answered since the last start
	calls  int
	lent   time.Duration // what the answers took that were known
	cannot []string      // statements that do not bind
	err    error
}

// An asked statement, and which columns of which tables it compares or sorts.
type asked struct {
	query   db.Query
	load    float64
	dwarfs  bool // see statement
	tables  map[string]bool
	columns map[string][]string
	reads   map[string][]string // all that it needs, of each table
}

// An answer, and how long it took. It is not asked for again: not by another
// peer, nor under another budget. Whoever is given it pays for it, with a call
// and with its time.
type answer struct {
	cost float64
	uses []db.Index
	took time.Duration
	why  error // it could not be measured; it costs what it does without indexes
}

func (h *host) ground(ctx context.Context) (*ground, error) {
	engine, err := h.attach(ctx, plainName)
	if err != nil {
		return nil, err
	}
	g := &ground{ctx: ctx, h: h, engine: engine, known: map[string]answer{}, paid: map[string]bool{}, sizes: map[string]float64{}, width: widest, swaps: swaps}
	if g.schema, err = engine.Schema(ctx); err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	lab, err := engine.(db.LabMaker).Lab(ctx, db.LabOptions{MaxBytes: 512 << 20, AllowScratch: true, Seed: 1, OnDemand: true}, func(db.Progress) {})
	if err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	g.lab = &countedLab{Lab: lab, calls: &g.calls}
	for i, s := range h.on.statements {
		text := s.texts(h.engine, uint64(i+1), 1)[0]
		shape, err := engine.Parse(text, g.schema)
		if err != nil {
			g.cannot = append(g.cannot, fmt.Sprintf("%s: %v", s.name, err))
		} else if len(shape.Blocks) > 0 {
			g.admit(s, newAsked(text, s.calls, shape))
		}
	}
	return g, nil
}

// admit takes a statement that can be measured as the tables are.
func (g *ground) admit(s statement, a *asked) {
	a.dwarfs = s.dwarfs
	g.cost(a, nil)
	if why := g.known[a.query.SQL].why; why != nil {
		g.cannot = append(g.cannot, fmt.Sprintf("%s: %v", s.name, why))
		return
	}
	g.list = append(g.list, a)
}

// start begins a peer's choice: nothing is paid for yet.
func (g *ground) start() { g.calls, g.lent, g.paid = 0, 0, map[string]bool{} }

func (g *ground) close() error { return errors.Join(g.lab.Close(), g.engine.Close(), g.err) }

func newAsked(text string, load float64, shape *db.Shape) *asked {
	a := &asked{query: db.Query{SQL: text}, load: load, tables: map[string]bool{}, columns: map[string][]string{}, reads: map[string][]string{}}
	for _, block := range shape.Blocks {
		addTo := func(to map[string][]string, c db.ColumnRef) {
			if c.Relation < len(block.Relations) && c.Column != "" {
				t := block.Relations[c.Relation].Table
				if t != "" && !slices.Contains(to[t], c.Column) {
					to[t] = append(to[t], c.Column)
				}
			}
		}
		add := func(c db.ColumnRef) { addTo(a.columns, c) }
		for _, c := range block.Reads {
			addTo(a.reads, c)
		}
		for _, r := range block.Relations {
			a.tables[r.Table] = true
		}
		for _, p := range block.Predicates {
			if p.NoIndex == "" {
				add(p.Column)
			}
		}
		for _, j := range block.Joins {
			add(j.Left)
			add(j.Right)
		}
		for _, o := range slices.Concat(block.OrderBy, block.GroupBy) {
			add(o.Column)
		}
	}
	return a
}

// index makes one; what the table has already is none.
func (g *ground) index(table string, cols ...db.IndexColumn) db.Index {
	t := g.schema.Table(table)
	ix := db.Index{Schema: t.Schema, Table: t.Name, Columns: cols, Method: "btree"}
	name := map[string]func(db.Index) string{"sqlite": sqlite.IndexName, "postgres": postgres.IndexName, "mysql": mysql.IndexName}
	ix.Name = name[g.h.engine](ix)
	return ix
}

// term is a column as the engine can index it.
func (g *ground) term(table, column string) db.IndexColumn {
	c := db.IndexColumn{Name: column}
	if col := g.schema.Table(table).Column(column); col != nil && col.Long {
		c.Prefix = 100
	}
	return c
}

func (g *ground) has(ix db.Index) bool {
	t := g.schema.Table(ix.Table)
	return strings.EqualFold(t.RowID, ix.Columns[0].Name) || slices.ContainsFunc(t.Indexes, func(have *db.Index) bool { return begins(*have, ix) })
}

// singles are the indexes of one column that some statement might use.
func (g *ground) singles() (out []db.Index) {
	seen := map[string]bool{}
	for _, a := range g.list {
		for _, ix := range g.candidates(a) {
			if key := ix.Signature(); len(ix.Columns) == 1 && !seen[key] {
				seen[key] = true
				out = append(out, ix)
			}
		}
	}
	return out
}

// candidates are those of one statement, of one column and of two.
func (g *ground) candidates(a *asked) (out []db.Index) {
	for _, t := range g.schema.Tables {
		for _, first := range a.columns[t.Name] {
			one := g.index(t.Name, g.term(t.Name, first))
			if g.has(one) {
				continue
			}
			out = append(out, one)
			for _, second := range a.columns[t.Name] {
				if second != first && one.Columns[0].Prefix == 0 {
					out = append(out, g.index(t.Name, one.Columns[0], g.term(t.Name, second)))
				}
			}
		}
	}
	return out
}

// keys are the foreign keys that no index serves.
func (g *ground) keys() (out []db.Index) {
	for _, r := range g.h.on.keys {
		if ix := g.index(r.table, db.IndexColumn{Name: r.column}); !g.has(ix) {
			out = append(out, ix)
		}
	}
	return out
}

// widest is how many columns Extend goes up to.
const widest = 4

// beside are the columns that statements use beside all of an index's.
func (g *ground) beside(ix db.Index) (out []db.IndexColumn) {
	if len(ix.Columns) >= g.width {
		return nil
	}
	for _, a := range g.list {
		for _, name := range a.columns[ix.Table] {
			c := g.term(ix.Table, name)
			same := func(have db.IndexColumn) bool { return have.Name == name }
			if !slices.ContainsFunc(ix.Columns, same) && !slices.ContainsFunc(out, same) && slices.Contains(a.columns[ix.Table], ix.Columns[0].Name) {
				out = append(out, c)
			}
		}
	}
	return out
}

func (g *ground) size(ix db.Index) float64 {
	key := ix.Signature()
	if _, ok := g.sizes[key]; !ok {
		g.sizes[key] = g.askSize(ix)
	}
	return g.sizes[key]
}

func (g *ground) askSize(ix db.Index) float64 {
	if g.bySize == nil {
		return g.lab.Size(ix).Value
	}
	bytes, err := g.bySize(ix)
	g.err = errors.Join(g.err, err)
	return bytes
}

func (g *ground) sizeOf(list []db.Index) (sum float64) {
	for _, ix := range list {
		sum += g.size(ix)
	}
	return sum
}

// total is what the workload costs under indexes.
func (g *ground) total(list []db.Index) float64 { return g.totalOf(g.list, list) }

func (g *ground) totalOf(of []*asked, list []db.Index) (sum float64) {
	for _, a := range of {
		sum += a.load * g.cost(a, list)
	}
	return sum
}

func (g *ground) cost(a *asked, list []db.Index) float64 {
	c, _ := g.costUses(a, list)
	return c
}

// costUses asks the lab what a statement costs, and which indexes it used.
func (g *ground) costUses(a *asked, list []db.Index) (float64, []db.Index) {
	var mine []db.Index
	for _, ix := range list {
		if a.tables[ix.Table] {
			mine = append(mine, ix)
		}
	}
	slices.SortFunc(mine, func(x, y db.Index) int { return strings.Compare(x.Name, y.Name) })
	key := a.query.SQL
	for _, ix := range mine {
		key += "\x00" + ix.Signature()
	}
	paid := g.paid[key]
	g.paid[key] = true
	if known, ok := g.known[key]; ok {
		if !paid {
			g.calls, g.lent = g.calls+1, g.lent+known.took
		}
		return known.cost, known.uses
	}
	began := time.Now()
	e, err := g.lab.Cost(g.ctx, a.query, db.Config{Add: mine})
	out := answer{cost: e.Value, took: time.Since(began)}
	if err != nil || math.IsNaN(out.cost) {
		var cannot db.NotMeasured
		if err != nil && !errors.As(err, &cannot) {
			g.err = fmt.Errorf("ask the lab: %w", err)
		}
		out.cost, out.why = g.known[a.query.SQL].cost, err
	}
	for _, ix := range mine {
		if err == nil && slices.ContainsFunc(e.Uses, func(name string) bool { return strings.EqualFold(name, ix.Name) }) {
			out.uses = append(out.uses, ix)
		}
	}
	g.known[key] = out
	return out.cost, out.uses
}
