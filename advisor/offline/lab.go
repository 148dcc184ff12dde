package offline

import (
	"context"
	"errors"
	"math"
	"strings"

	"mltop/internal/db"
)

// A Lab answers what-if questions by rule. Its unit is rows read.
type Lab struct{ e *Engine }

var _ db.Lab = (*Lab)(nil)

// NewLab reckons on what a file tells, with a dialect to read statements by
// and no planner.
func NewLab(f *File, d db.Dialect) *Lab { return &Lab{NewEngine(f, d, nil)} }

// LeftOut names what the planner could not make.
func (l *Lab) LeftOut() map[string]string {
	if l.e.planner == nil {
		return nil
	}
	return l.e.planner.LeftOut()
}

// Plan plans q under a configuration.
func (l *Lab) Plan(ctx context.Context, q db.Query, c db.Config) (*db.Plan, error) {
	est, err := l.Cost(ctx, q, c)
	return est.Plan, err
}

// Cost reckons the rows that q reads under a configuration.
func (l *Lab) Cost(ctx context.Context, q db.Query, c db.Config) (db.Estimate, error) {
	if c.Analyze {
		return db.Estimate{}, db.NotMeasuredf("there are no rows to gather statistics from: it is reckoned by rule")
	}
	return l.e.cost(ctx, q, c)
}

// doubt is the factor by which a number by rule may be off in either
// direction. What is nearer than that is no advice.
const doubt = 1.5

func (e *Engine) cost(ctx context.Context, q db.Query, c db.Config) (db.Estimate, error) {
	if err := ctx.Err(); err != nil {
		return db.Estimate{}, err
	}
	shape, err := e.Parse(q.SQL, e.file.Schema)
	if err != nil {
		return db.Estimate{}, err
	}
	if shape.Kind == db.KindOther {
		return db.Estimate{}, errors.New("not a SELECT, INSERT, UPDATE or DELETE")
	}
	st := e.stats.with(c)
	var p *db.Plan
	if e.planner != nil {
		p, err = e.planner.Plan(ctx, q, db.Config{Add: st.added(), Hide: c.Hide})
	} else {
		p = &db.Plan{Engine: "by rule", Version: e.file.Stats.Version, Root: st.plan(shape)}
	}
	if err != nil {
		return db.Estimate{}, err
	}
	rows := st.reckon(p.Root, shape)
	return db.Estimate{
		Plan: p, Value: rows, Low: rows / doubt, High: rows * doubt, Unit: db.UnitRowsRead, Method: db.MethodRule, Uses: namesOf(p),
	}, nil
}

func namesOf(p *db.Plan) (names []string) {
	p.Walk(func(n *db.Node, _ int) { names = append(names, n.Indexes()...) })
	return names
}

// What an index entry takes beside its columns, and how full pages are that
// are built at once.
const pageFill = 0.9

func entryOwn(engine string) float64 {
	if engine == "sqlite" {
		return 8 // cell, header, rowid (sqlite.org/fileformat2.html)
	}
	return 12 // PostgreSQL's item and tuple header; InnoDB's record header and key
}

// Size is a rule: the widths of the columns' types for all rows.
func (l *Lab) Size(ix db.Index) db.Estimate {
	e := db.Estimate{Unit: db.UnitBytes, Method: db.MethodRule, Value: math.NaN(), Low: math.NaN(), High: math.NaN()}
	t := l.e.file.Schema.Table(ix.Table)
	if t == nil || t.Rows == nil {
		return e
	}
	width := entryOwn(l.e.file.Engine)
	for _, c := range ix.Columns {
		width += l.width(t, c)
	}
	for _, name := range ix.Include {
		width += l.width(t, db.IndexColumn{Name: name})
	}
	rows := float64(*t.Rows)
	if ix.Where != "" {
		rows *= someOf
	}
	e.Value = math.Max(rows*width/pageFill, 8192)
	e.Low, e.High = e.Value/2, e.Value*2
	return e
}

// Widths of values, where only the type is known.
const (
	numberWidth = 8
	smallWidth  = 3 // SQLite stores an integer in as few bytes as it needs
	textWidth   = 20
)

func (l *Lab) width(t *db.Table, c db.IndexColumn) float64 {
	col := t.Column(c.Name)
	if c.Prefix > 0 {
		return float64(min(c.Prefix, textWidth))
	}
	kind := ""
	if col != nil {
		kind = strings.ToLower(col.Type)
	}
	for _, word := range []string{"char", "text", "blob", "json", "bytea", "clob", "enum"} {
		if strings.Contains(kind, word) {
			return textWidth
		}
	}
	if l.e.file.Engine == "sqlite" {
		return smallWidth
	}
	return numberWidth
}

// WriteCost is a rule in the unit of Cost: one way down the tree.
func (l *Lab) WriteCost(context.Context, db.Index) (db.Estimate, error) {
	return db.Estimate{Value: 1, Low: 0.5, High: 4, Unit: db.UnitRowsRead, Method: db.MethodRule}, nil
}

// Try asks the planner, where there is one.
func (l *Lab) Try(ctx context.Context, ix db.Index) error {
	if l.e.planner == nil {
		return nil
	}
	return l.e.planner.Try(ctx, ix)
}

// Equivalent is not answered: there are no rows.
func (l *Lab) Equivalent(context.Context, db.Query, db.Query) (bool, error) {
	return false, db.NotMeasuredf("there are no rows to compare the answers by: it is reckoned by rule")
}

// Close has nothing to remove: the engine's maker closes the engine.
func (l *Lab) Close() error { return nil }
