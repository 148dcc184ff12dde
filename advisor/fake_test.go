package advisor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"mltop/internal/db"
)

// fakeEngine keeps objects in a map. Statements are looked up by their text.
type fakeEngine struct {
	mu      sync.Mutex
	objects map[db.Object]db.State
	schema  *db.Schema
	shapes  map[string]*db.Shape
	holders []db.Holder
	runs    []string
	runErr  error // returned by Run, which then does nothing
	lab     *fakeLab
	commits func() *float64 // of Stats; nil: not counted
	limits  []time.Duration // of the steps that were run
	runSaw  db.State        // Before, as a Run that fails found it
	onRun   func()

	copying  func(context.Context) error // what the lab waits for; may be nil
	lasts    func(context.Context) error // what a step waits for; may be nil
	replaced string                      // not "": another database has this one's place
}

func (f *fakeEngine) ID(context.Context) (db.TargetID, error) {
	return db.TargetID{Engine: "fake", Server: "1:2", Database: "abc" + f.replaced}, nil
}
func (f *fakeEngine) Stats(context.Context) (db.Stats, error) {
	if f.commits == nil {
		return db.Stats{}, nil
	}
	return db.Stats{Commits: f.commits()}, nil
}
func (f *fakeEngine) Sessions(context.Context) ([]db.Session, error) { return nil, nil }
func (f *fakeEngine) Schema(context.Context) (*db.Schema, error)     { return f.schema, nil }
func (f *fakeEngine) Settings(context.Context) ([]db.Setting, error) { return nil, nil }
func (f *fakeEngine) Explain(context.Context, db.Query) (*db.Plan, error) {
	return &db.Plan{Root: &db.Node{Op: db.OpQuery}}, nil
}
func (f *fakeEngine) State(_ context.Context, o db.Object) (db.State, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s, ok := f.objects[o]; ok {
		return s, nil
	}
	return db.Absent, nil
}
func (f *fakeEngine) Name() string { return "fake" }
func (f *fakeEngine) Parse(sql string, _ *db.Schema) (*db.Shape, error) {
	if s, ok := f.shapes[sql]; ok {
		return s, nil
	}
	return nil, errors.New("near \"SELEC\": syntax error")
}
func (f *fakeEngine) CreateIndex(ix db.Index) db.Step {
	def := "CREATE INDEX " + ix.Name + " ON " + describe(ix)
	return db.Step{
		Object: db.Object{Kind: db.ObjectIndex, Table: ix.Table, Name: ix.Name},
		Do:     []string{def}, Undo: []string{"DROP INDEX " + ix.Name},
		Before: db.Absent, After: db.State(def), Blocks: db.Blocks{Who: "writers"},
	}
}
func (f *fakeEngine) DropIndex(ix db.Index) db.Step {
	return inverse(f.CreateIndex(ix))
}
func (f *fakeEngine) SetSetting(now db.Setting, v string) db.Step {
	return db.Step{
		Object: db.Object{Kind: db.ObjectSetting, Name: now.Name},
		Do:     []string{"PRAGMA " + now.Name + "=" + v}, Undo: []string{"PRAGMA " + now.Name + "=" + now.Value},
		Before: db.State(now.Value), After: db.State(v),
	}
}
func (f *fakeEngine) Analyze(table string) db.Step {
	return db.Step{Object: db.Object{Kind: db.ObjectStatistics, Name: table}, Do: []string{"ANALYZE"}}
}
func (f *fakeEngine) QuoteIdent(n string) string { return n }
func (f *fakeEngine) Run(ctx context.Context, s db.Step, _ func(db.Progress)) (db.Result, error) {
	if f.lasts != nil {
		if err := f.lasts(ctx); err != nil {
			return db.Result{}, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.limits = append(f.limits, s.Blocks.Limit)
	if f.onRun != nil {
		f.onRun()
	}
	if f.runErr != nil {
		return db.Result{Before: f.runSaw}, f.runErr
	}
	f.runs = append(f.runs, s.Do...)
	f.objects[s.Object] = s.After
	return db.Result{}, nil
}
func (f *fakeEngine) Close() error { return nil }
func (f *fakeEngine) Path() string { return "fake.db" }
func (f *fakeEngine) Holders(context.Context) ([]db.Holder, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.holders, nil
}
func (f *fakeEngine) Lab(ctx context.Context, _ db.LabOptions, _ func(db.Progress)) (db.Lab, error) {
	if f.copying != nil {
		if err := f.copying(ctx); err != nil {
			return nil, err
		}
	}
	return f.lab, nil
}

// fakeLab plans and costs by counting the leading columns that an index
// matches: each one makes the search a hundred times shorter; an index that
// also ends the order or covers spares a tenth of the rest.
type fakeLab struct {
	rows    float64
	shapes  map[string]*db.Shape
	schema  *db.Schema
	asked   int
	refuse  map[string]error
	rowCost float64
	slow    map[string]float64 // times slower with any index, by text
	onCost  func()
	hides   bool           // obey Config.Hide
	cannot  bool           // hide an index, and say so
	noise   func() float64 // a factor of each measurement; nil: none
	needs   string         // no statement can be planned without this index
}

// fakeRowSeconds is what the fake lab takes to pass one row.
const fakeRowSeconds = 1e-6

func (l *fakeLab) Plan(_ context.Context, q db.Query, c db.Config) (*db.Plan, error) {
	if l.needs != "" && uses(c.Hide, l.needs) {
		return nil, errors.New("no such index: " + l.needs)
	}
	if l.cannot && len(c.Hide) > 0 {
		return nil, db.NotMeasuredf("the extension cannot hide an index")
	}
	root := &db.Node{Op: db.OpQuery}
	for _, block := range l.shapes[q.SQL].Blocks {
		for r, rel := range block.Relations {
			root.Children = append(root.Children, l.node(block, r, rel, c))
		}
	}
	return &db.Plan{Root: root}, nil
}

func (l *fakeLab) node(b db.Block, r int, rel db.Relation, c db.Config) *db.Node {
	n := &db.Node{Op: db.OpScan, Table: rel.Table, Raw: "SCAN " + rel.Table}
	best := 0.0
	list := append([]db.Index(nil), c.Add...)
	if t := l.schema.Table(rel.Table); t != nil {
		for _, ix := range t.Indexes {
			if l.hides && uses(c.Hide, ix.Name) {
				continue
			}
			list = append(list, *ix)
		}
	}
	for _, ix := range list {
		score := matched(b, r, ix)
		if strings.EqualFold(ix.Table, rel.Table) && score > best {
			best = score
			n = &db.Node{Op: db.OpSearch, Table: rel.Table, Index: ix.Name, Raw: fmt.Sprintf("SEARCH %s USING %s (%.1f)", rel.Table, ix.Name, score)}
		}
	}
	rows := l.rows
	for i := 0.0; i < best; i++ {
		rows = max(rows/100, 1)
	}
	n.Rows = &rows
	return n
}

// matched counts the leading columns that the block compares; an equality
// goes on, a range or an order ends it.
func matched(b db.Block, r int, ix db.Index) float64 {
	if ix.Where != "" && !hasPredicate(b, r, ix.Where) {
		return 0
	}
	score := 0.0
	for _, c := range ix.Columns {
		switch compared(b, r, c.Name) {
		case db.PredEq:
			score++
			continue
		case db.PredRange:
			return score + 0.5
		}
		for _, o := range b.OrderBy {
			if o.Column.Relation == r && o.Column.Column == c.Name {
				return score + 0.3
			}
		}
		break
	}
	if ix.Where != "" {
		score += 0.2
	}
	return score
}

func hasPredicate(b db.Block, r int, text string) bool {
	for _, p := range b.Predicates {
		if p.Column.Relation == r && p.Text == text {
			return true
		}
	}
	return false
}

func compared(b db.Block, r int, column string) db.PredicateOp {
	for _, p := range b.Predicates {
		if p.Column.Relation == r && p.Column.Column == column && p.NoIndex == "" {
			return p.Op
		}
	}
	for _, j := range b.Joins {
		if j.Left == (db.ColumnRef{Relation: r, Column: column}) || j.Right == (db.ColumnRef{Relation: r, Column: column}) {
			return db.PredEq
		}
	}
	return ""
}

func (l *fakeLab) Cost(ctx context.Context, q db.Query, c db.Config) (db.Estimate, error) {
	if l.onCost != nil {
		l.onCost()
	}
	if ctx.Err() != nil {
		return db.Estimate{}, ctx.Err()
	}
	l.asked++
	plan, _ := l.Plan(ctx, q, c)
	total := 1.0
	for _, n := range plan.Root.Children {
		total *= *n.Rows
	}
	v := total * fakeRowSeconds
	if f := l.slow[q.SQL]; f > 0 && len(c.Add) > 0 {
		v *= f
	}
	if l.noise != nil {
		v *= l.noise()
	}
	return db.Estimate{Plan: plan, Value: v, Low: v * 0.98, High: v * 1.02, Unit: db.UnitSeconds, Method: db.MethodCopy}, nil
}

func (l *fakeLab) Size(ix db.Index) db.Estimate {
	v := l.rows * 10 * float64(len(ix.Columns))
	if ix.Where != "" {
		v /= 2
	}
	return db.Estimate{Value: v, Unit: db.UnitBytes}
}

func (l *fakeLab) WriteCost(context.Context, db.Index) (db.Estimate, error) {
	return db.Estimate{Value: l.rowCost, Unit: db.UnitSeconds}, nil
}

func (l *fakeLab) Try(ctx context.Context, ix db.Index) error {
	return errors.Join(ctx.Err(), l.refuse[describe(ix)])
}

func (l *fakeLab) Equivalent(_ context.Context, a, b db.Query) (bool, error) {
	return !strings.Contains(b.SQL, "other"), nil
}

func (l *fakeLab) Close() error { return nil }
