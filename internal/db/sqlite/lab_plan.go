package sqlite

import (
	"context"
	"errors"
	"fmt"

	"mltop/internal/db"
)

// A planner plans statements on an empty copy of the schema in memory.
type planner struct{ c *conn }

func newPlanner(ctx context.Context, f liveFacts, leave func(name, why string)) (*planner, error) {
	c, err := openConn("file::memory:?cache=private", nil)
	if err != nil {
		return nil, err
	}
	p := &planner{c}
	if err := setUp(ctx, c, f); err != nil {
		return p, err
	}
	for _, o := range f.objects {
		if o.kind != "trigger" {
			makeObject(ctx, c, f, o, leave)
		}
	}
	return p, loadStats(ctx, c, f)
}

// Plan plans q under a configuration. With c.Analyze it plans on the copy,
// whose rows the statistics are gathered from.
func (l *Lab) Plan(ctx context.Context, q db.Query, c db.Config) (*db.Plan, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.copy == nil {
		return nil, errLabClosed
	}
	shape, err := l.admit(q)
	if err != nil {
		return nil, err
	}
	if c.Analyze {
		if err := l.usable(ctx, shape); err != nil {
			return nil, err
		}
	}
	p, err := on(l, func() (*db.Plan, error) {
		if c.Analyze {
			return l.planAnalyzed(ctx, q, c)
		}
		return l.plans.plan(ctx, q, c)
	})
	if err == nil {
		resolvePlan(p.Root, q.SQL, l.schema)
	}
	return p, err
}

// plan changes the indexes, plans, and takes the change back.
func (p *planner) plan(ctx context.Context, q db.Query, c db.Config) (plan *db.Plan, err error) {
	if err := p.c.exec(ctx, "BEGIN"); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.c.exec(context.WithoutCancel(ctx), "ROLLBACK")) }()
	if err := p.arrange(ctx, c); err != nil {
		return nil, err
	}
	return explainOn(ctx, p.c, q.SQL, q.Args)
}

// arrange makes the indexes as a configuration has them.
func (p *planner) arrange(ctx context.Context, c db.Config) error {
	for _, name := range c.Hide {
		if err := p.c.exec(ctx, "DROP INDEX "+quote(name)); err != nil {
			return fmt.Errorf("hide index %s: %w", name, err)
		}
	}
	for _, ix := range c.Add {
		if err := p.c.exec(ctx, CreateIndexText(withName(ix))); err != nil {
			return fmt.Errorf("add a hypothetical index: %w", err)
		}
	}
	return nil
}

func withName(ix db.Index) db.Index {
	if ix.Name == "" {
		ix.Name = IndexName(ix)
	}
	return ix
}

// explainOn plans on one of the Lab's own connections.
func explainOn(ctx context.Context, c *conn, sql string, args []any) (*db.Plan, error) {
	rows, err := explainRows(ctx, c, sql, args)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	return &db.Plan{Engine: "SQLite", Version: libraryVersion(), Root: parsePlan(rows)}, nil
}

// admit parses a statement and refuses what is not a plain read or write:
// nothing else may run in the Lab.
func (l *Lab) admit(q db.Query) (*db.Shape, error) { return admitted(q, l.schema) }

func admitted(q db.Query, schema *db.Schema) (*db.Shape, error) {
	s, err := Dialect{}.Parse(q.SQL, schema)
	if err != nil {
		return nil, err
	}
	if s.Kind == db.KindOther {
		return nil, errors.New("not a SELECT, INSERT, UPDATE or DELETE")
	}
	return s, nil
}

// usesOf lists the indexes of a plan, each once.
func usesOf(p *db.Plan) []string {
	var names []string
	seen := map[string]bool{}
	p.Walk(func(n *db.Node, _ int) {
		if n.Index != "" && n.Index != "rowid" && !n.Automatic && !seen[n.Index] {
			seen[n.Index] = true
			names = append(names, n.Index)
		}
	})
	return names
}
