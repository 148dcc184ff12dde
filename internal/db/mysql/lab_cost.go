package mysql

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"mltop/internal/db"
)

// Plan plans q on the sample, with the configuration's indexes really there.
// The rows that its nodes read are those of the live tables.
func (l *Lab) Plan(ctx context.Context, q db.Query, c db.Config) (*db.Plan, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, err := l.begin(ctx, q, c)
	if err != nil {
		return nil, err
	}
	plan, err := t.explain(ctx, "EXPLAIN FORMAT=JSON ", t.typical)
	if err != nil {
		return nil, sampleError(err)
	}
	l.Live(plan)
	return plan, nil
}

// Cost runs q on the sample and scales what the server counted. Value is that
// of typical arguments, High includes the worst, where placeholders are
// unbound.
func (l *Lab) Cost(ctx context.Context, q db.Query, c db.Config) (db.Estimate, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, err := l.begin(ctx, q, c)
	if err != nil {
		return db.Estimate{}, err
	}
	t.most = c.Most
	e := db.Estimate{Unit: db.UnitHandlerReads, Method: l.Method(t.shape)}
	m, err := t.measure(ctx, t.typical)
	if err != nil {
		return e, err
	}
	e.Plan, e.Work, e.Uses = m.plan, m.work, m.plan.Uses("PRIMARY")
	e.Value, e.Low, e.High, e.Timed = m.reads.Value, m.reads.Low, m.reads.High, m.reads.Timed
	e.AtLeast, e.Ran = m.cut, m.ran
	if fmt.Sprint(t.worst...) == fmt.Sprint(t.typical...) {
		return e, nil
	}
	if m, err = t.measure(ctx, t.worst); err == nil {
		e.Low, e.High = min(e.Low, m.reads.Low), max(e.High, m.reads.High)
		e.AtLeast, e.Ran = e.AtLeast || m.cut, max(e.Ran, m.ran)
	}
	return e, err
}

// A trial is one statement on the sample, under one configuration.
type trial struct {
	l              *Lab
	text           string
	asked          string // with hints that pass over what the configuration lacks
	shape          *db.Shape
	typical, worst []any
	limit          float64 // of its outermost LIMIT; 0: none
	most           float64 // seconds that a run is worth waiting for; 0: the Lab's own bound
}

// begin admits a statement and makes the configuration.
func (l *Lab) begin(ctx context.Context, q db.Query, c db.Config) (*trial, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if l.c == nil {
		return nil, errLabClosed
	}
	text, err := l.admit(q.SQL)
	if err != nil {
		return nil, err
	}
	shape, err := l.e.Parse(text, l.schema)
	if err == nil {
		err = l.Usable(shape)
	}
	if err != nil {
		return nil, err
	}
	t := &trial{l: l, text: text, shape: shape}
	if t.asked, err = l.shelf.realise(ctx, text, c); err != nil {
		return nil, err
	}
	if err := l.bring(ctx, shape, q.Args); err != nil {
		return nil, err
	}
	if t.typical, t.worst, err = l.arguments(ctx, shape, q.Args); err != nil {
		return nil, err
	}
	t.limit = limitOf(text, l.e.server.flavour, t.typical, shape)
	return t, nil
}

// admit takes one plain read or write that reaches nothing but the sample.
func (l *Lab) admit(sql string) (string, error) {
	text, err := oneStatement(sql)
	if err != nil {
		return "", err
	}
	if word := reachesOut(text); word != "" {
		return "", fmt.Errorf("it is not tried on the sample, as it says %s", word)
	}
	return unqualified(text, l.e.server)
}

// explain plans, or with ANALYZE runs, the statement.
func (t *trial) explain(ctx context.Context, verb string, args []any) (*db.Plan, error) {
	run, cancel := quietly(ctx)
	defer cancel()
	answer := ""
	_, err := t.l.c.each(run, verb+t.asked, args, func(row []value) error { answer = row[0].s; return nil })
	if err != nil {
		return nil, fmt.Errorf("plan on the sample: %w", err)
	}
	root, err := parsePlan(answer, false)
	if err != nil {
		return nil, err
	}
	resolvePlan(root, aliases(t.l.e.Dialect, t.text, t.l.schema))
	return &db.Plan{Engine: t.l.e.server.label(), Version: t.l.e.server.Text, Root: root}, nil
}

func sampleError(err error) error {
	switch codeOf(err) {
	case codeTimedOutMariaDB, codeTimedOutMySQL:
		return db.NotMeasuredf("it ran longer than %s on the sample", labRunTime)
	case codeDuplicate, codeNoReferenced:
		return db.NotMeasuredf("it breaks a constraint on the sampled rows: %v", err)
	}
	return err
}

// A measured run.
type measured struct {
	plan  *db.Plan
	reads db.SampledReads
	work  *db.Work
	ran   float64 // seconds
	cut   bool    // the run was ended: reads are at least those
}

// measure runs the statement, reads what the server counted, and scales it. A
// write is rolled back.
func (t *trial) measure(ctx context.Context, args []any) (m measured, err error) {
	undo, err := t.guard(ctx)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, undo()) }()
	t.warm(ctx, args)
	before, err := t.l.counters(ctx)
	if err != nil {
		return m, err
	}
	began := time.Now()
	whole := false
	if m.plan, whole, err = t.runBounded(ctx, args, t.most); err != nil {
		return m, err
	}
	m.ran, m.cut = time.Since(began).Seconds(), !whole
	after, err := t.l.counters(ctx)
	if err != nil {
		return m, err
	}
	counted := after.less(before).less(t.l.overhead)
	if m.cut {
		m.reads = t.atLeast(counted)
		return m, nil
	}
	m.work = counted.work()
	m.reads = t.scale(ctx, m.plan, counted)
	t.l.Live(m.plan)
	return m, nil
}

// warm has the server open the statement's tables before its reads are counted:
// behind a change of an index it reads their statistics anew, row by row, and
// counts that as the statement's. One that cannot be planned fails when it runs.
func (t *trial) warm(ctx context.Context, args []any) {
	run, cancel := quietly(ctx)
	defer cancel()
	_, _ = t.l.c.each(run, "EXPLAIN "+t.text, args, func([]value) error { return nil })
}

// run executes the statement and answers its plan with what was measured:
// ANALYZE of MariaDB runs everything; of MySQL, EXPLAIN ANALYZE runs reads.
func (t *trial) run(ctx context.Context, args []any) (*db.Plan, error) {
	switch {
	case t.shape.Kind == db.KindInsert && len(t.shape.Blocks) == 0, !t.l.e.server.MariaDB && t.shape.Kind != db.KindSelect:
		run, cancel := quietly(ctx)
		defer cancel()
		if err := t.l.c.exec(run, t.asked, args...); err != nil {
			return nil, fmt.Errorf("run on the sample: %w", err)
		}
		return &db.Plan{Engine: t.l.e.server.label(), Version: t.l.e.server.Text, Root: &db.Node{Op: db.OpQuery}}, nil
	case t.l.e.server.MariaDB:
		return t.explain(ctx, "ANALYZE FORMAT=JSON ", args)
	}
	return t.explain(ctx, "EXPLAIN ANALYZE ", args)
}

// guard opens a transaction for what writes.
func (t *trial) guard(ctx context.Context) (undo func() error, err error) {
	if t.shape.Kind == db.KindSelect {
		return func() error { return nil }, nil
	}
	for _, w := range t.shape.Writes {
		if r, err := t.l.roomOf(w.Table); err == nil && !strings.HasPrefix(r.Table.Estimated, "InnoDB") {
			return nil, db.NotMeasuredf("what it writes to %s could not be taken back", w.Table)
		}
	}
	if err := t.l.c.exec(ctx, "START TRANSACTION"); err != nil {
		return nil, err
	}
	return func() error { return t.l.c.exec(context.WithoutCancel(ctx), "ROLLBACK") }, nil
}

// scale turns the counters of a run into those of the live tables: what the
// plan says of each table scales with that table; what the counters hold
// beside it (temporary tables, sorted rows) with what is read most.
func (t *trial) scale(ctx context.Context, plan *db.Plan, counted handlers) db.SampledReads {
	sample := t.l.Sample()
	reads, told := t.readsOf(ctx, plan)
	out := sample.Scale(reads)
	out = out.AddHandled(counted.reads() + counted.sorted + counted.temporary - told)
	if found := rowsOut(plan.Root); t.limit > 0 && streams(plan) && !math.IsNaN(found) {
		out = out.StoppedAt(t.limit, found)
	}
	return out.AtLeastOne()
}

// streams reports whether a plan hands on each row as it finds it.
func streams(p *db.Plan) bool {
	yes := true
	p.Walk(func(n *db.Node, _ int) {
		if n.Op == db.OpSort || n.Op == db.OpGroup || n.Op == db.OpCompound || n.Op == db.OpDistinct {
			yes = false
		}
	})
	return yes
}

// readsOf lists what each node of a measured plan read, and answers how many of
// the counted reads that explains.
func (t *trial) readsOf(ctx context.Context, plan *db.Plan) (out []db.SampleRead, told float64) {
	var inside []int // depths of the subqueries around a node
	plan.Walk(func(n *db.Node, depth int) {
		for len(inside) > 0 && inside[len(inside)-1] >= depth {
			inside = inside[:len(inside)-1]
		}
		if n.Op == db.OpSubquery {
			inside = append(inside, depth)
		}
		if n.Actual == nil || n.Rows == nil || n.Table == "" || n.Op != db.OpScan && n.Op != db.OpSearch && n.Op != db.OpMultiOr {
			return
		}
		r := db.SampleRead{Table: n.Table, Scan: n.Op == db.OpScan, Loops: n.Actual.Loops, Rows: *n.Rows * n.Actual.Loops, Inside: len(inside)}
		r.Twice = n.Index != "" && n.Index != "PRIMARY" && !n.Covering
		r.Expected = t.expected(ctx, n)
		out, told = append(out, r), told+countedBy(n, r)
	})
	return out, told
}

// countedBy is what the server counts for a node: to begin a lookup or a scan is
// one, and so is each row behind the first, the end too. A whole unique key is
// asked for once.
func countedBy(n *db.Node, r db.SampleRead) float64 {
	if strings.HasPrefix(n.Raw, "const") || strings.HasPrefix(n.Raw, "eq_ref") || strings.HasPrefix(n.Raw, "system") {
		return r.Loops
	}
	return r.Rows + r.Loops
}
