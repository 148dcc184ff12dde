package postgres

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"mltop/internal/db"
)

// A Lab asks the planner itself, with hypothetical indexes that HypoPG shows
// to our session alone. It makes nothing and locks nothing.
type Lab struct {
	e       *Engine
	rows    map[string]float64      // by table
	pages   map[string]float64      // by table
	hot     map[string]float64      // the part of updates that no index was written for, by table
	stats   map[string]columnStat   // by table.column
	details map[string]columnDetail // by table.column
	shares  map[string]float64      // of the rows that partial indexes hold, by table and predicate
	version string
	number  int // server_version_num
	page    pageCosts
	closed  bool
	o       db.LabOptions
	beside  *sampleLab // that answers are compared on; nil until some are
	within  []string   // the tables that it holds
}

var _ db.Lab = (*Lab)(nil)
var _ db.LabMaker = (*Engine)(nil)

// Lab opens one: on HypoPG where it is made and can do what is asked of it;
// else on a sample, where that is allowed; else there are rules only.
func (e *Engine) Lab(ctx context.Context, o db.LabOptions, progress func(db.Progress)) (db.Lab, error) {
	if progress == nil {
		progress = func(db.Progress) {}
	}
	l := &Lab{e: e, o: o, rows: map[string]float64{}, pages: map[string]float64{}, hot: map[string]float64{}, stats: map[string]columnStat{}, details: map[string]columnDetail{}, shares: map[string]float64{}}
	progress(db.Progress{Stage: "reading the planner's statistics", Done: -1})
	var lacks error
	err := e.read(ctx, "lab", func(c *conn) error {
		k, err := e.facts(ctx, c)
		if err != nil {
			return err
		}
		l.version, l.number = k.version, k.number
		if k.hypopg == "" {
			lacks = needHypoPG(ctx, c, k)
		}
		if err := l.readPageCosts(ctx, c); err != nil {
			return err
		}
		return l.readStatistics(ctx, c)
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("open the what-if room: %w", err)
	case lacks == nil:
		return l, nil
	case !o.AllowScratch:
		return nil, fmt.Errorf("open the what-if room: %w", lacks)
	}
	return e.newSampleLab(ctx, l, o, progress)
}

func needHypoPG(ctx context.Context, c *conn, k *knowledge) error {
	var available, replica bool
	if err := c.row(ctx, "SELECT /* mltop */ EXISTS (SELECT FROM pg_available_extensions WHERE name = 'hypopg'), pg_is_in_recovery()", nil, &available, &replica); err != nil {
		return err
	}
	const or = "; or allow a sample by --allow-scratch"
	switch {
	case replica && available:
		return db.NotMeasuredf("rules only: HypoPG is not made here: CREATE EXTENSION hypopg on the primary, from which a replica gets it")
	case available:
		return db.NotMeasuredf("rules only: HypoPG is installed but not made here: CREATE EXTENSION hypopg (undone by DROP EXTENSION hypopg)%s", or)
	}
	return db.NotMeasuredf("rules only: HypoPG is not installed on the server: apt-get install postgresql-%d-hypopg, then CREATE EXTENSION hypopg%s", k.number/10000, or)
}

// Plan plans q as if the indexes of the configuration were there.
func (l *Lab) Plan(ctx context.Context, q db.Query, cfg db.Config) (*db.Plan, error) {
	text, err := oneStatement(q.SQL)
	if err != nil {
		return nil, err
	}
	if cfg.Analyze {
		return nil, db.NotMeasuredf("PostgreSQL cannot plan with statistics that were not gathered")
	}
	var plan *db.Plan
	err = l.e.typing(ctx, text, func(text string) error {
		return l.with(ctx, cfg, func(c *conn, k *knowledge, names map[string]string) error {
			var err error
			plan, err = explainOn(ctx, c, k, db.Query{SQL: text, Args: q.Args}, false)
			rename(plan, names)
			return err
		})
	})
	return plan, err
}

// with makes a configuration for the time of f, in one transaction.
func (l *Lab) with(ctx context.Context, cfg db.Config, f func(*conn, *knowledge, map[string]string) error) error {
	if l.closed {
		return errors.New("the what-if room is closed")
	}
	return l.e.read(ctx, "what-if", func(c *conn) (err error) {
		k, err := l.e.facts(ctx, c)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, l.clean(ctx, c, k, err != nil)) }()
		names, err := l.make(ctx, c, k, cfg)
		if err != nil {
			return err
		}
		return f(c, k, names)
	})
}

// clean takes the hypothetical indexes away: they are the session's, not the
// transaction's. Behind an error the transaction can run nothing more.
func (l *Lab) clean(ctx context.Context, c *conn, k *knowledge, failed bool) error {
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.e.o.StatementTimeout)
	defer cancel()
	if failed {
		_ = c.script(end, "ROLLBACK; "+cleanSQL(k)+"; "+l.e.begin()) // fails only with the session, and the indexes with it
		return nil
	}
	return c.script(end, cleanSQL(k))
}

// cleanSQL has no mark yet: script puts one into each statement, but not into a
// text that has one.
func cleanSQL(k *knowledge) string {
	sql := "SELECT " + k.hypopgIn + ".hypopg_reset()"
	if k.hides {
		sql += "; SELECT " + k.hypopgIn + ".hypopg_unhide_all_indexes()"
	}
	return sql
}

// make creates the hypothetical indexes and answers what the plan will call
// them.
func (l *Lab) make(ctx context.Context, c *conn, k *knowledge, cfg db.Config) (map[string]string, error) {
	names, err := l.suppose(ctx, c, k, cfg.Add)
	if err != nil {
		return nil, err
	}
	if len(cfg.Hide) > 0 && !k.hides {
		return nil, db.NotMeasuredf("%s", whyNoHiding(k.hypopg))
	}
	for _, name := range cfg.Hide {
		if err := c.do(ctx, "SELECT /* mltop */ "+k.hypopgIn+".hypopg_hide_index(oid) FROM pg_class WHERE relkind = 'i' AND relname = $1", name); err != nil {
			return nil, fmt.Errorf("hide index %s: %w", name, err)
		}
	}
	return names, nil
}

// suppose creates them all in one question: asked one by one, sixty take longer
// than the planning.
func (l *Lab) suppose(ctx context.Context, c *conn, k *knowledge, list []db.Index) (map[string]string, error) {
	names := map[string]string{}
	if len(list) == 0 {
		return names, nil
	}
	var own, texts []string
	for _, ix := range list {
		if ix.Name == "" {
			ix.Name = IndexName(ix)
		}
		own, texts = append(own, ix.Name), append(texts, CreateIndexText(ix, false))
	}
	var made []struct {
		Place int    `db:"place"`
		Name  string `db:"indexname"`
	}
	if err := c.list(ctx, &made, "SELECT /* mltop */ t.place, h.indexname FROM unnest($1::text[]) WITH ORDINALITY AS t(text, place), "+k.hypopgIn+".hypopg_create_index(t.text) AS h", texts); err != nil {
		return nil, fmt.Errorf("suppose index %s: %w", strings.Join(own, ", "), err)
	}
	for _, m := range made {
		names[m.Name] = own[m.Place-1]
	}
	return names, nil
}

// rename puts an index's own name where HypoPG's stands.
func rename(p *db.Plan, names map[string]string) {
	p.Walk(func(n *db.Node, _ int) {
		if name, ok := names[n.Index]; ok {
			n.Index = name
		}
	})
}

// Cost is the planner's own, with the pages that it left out: see unpaid.
func (l *Lab) Cost(ctx context.Context, q db.Query, cfg db.Config) (db.Estimate, error) {
	plan, err := l.Plan(ctx, q, cfg)
	if err != nil {
		return db.Estimate{}, err
	}
	e, ok := l.Price(plan)
	if !ok {
		return db.Estimate{}, db.NotMeasuredf("the plan has no cost")
	}
	return e, nil
}

// Price reads what a plan costs off the plan, and adds the pages that the
// planner left out of it.
func (l *Lab) Price(plan *db.Plan) (db.Estimate, bool) {
	if plan.Root.Cost == nil {
		return db.Estimate{}, false
	}
	v := *plan.Root.Cost + l.unpaid(plan.Root)*l.page.Random
	return db.Estimate{Plan: plan, Value: v, Low: v, High: v, Unit: db.UnitCost, Method: db.MethodHypothetical, Uses: plan.Uses("ctid")}, true
}

// BlockOrder is what ANALYZE found out: pg_stats.correlation.
func (l *Lab) BlockOrder(table, column string) (float64, bool) {
	s, ok := l.stats[table+"."+column]
	return s.order, ok
}

// HotShare is counted since the server's counters began: n_tup_hot_upd.
func (l *Lab) HotShare(table string) (float64, bool) {
	share, ok := l.hot[table]
	return share, ok
}

// Try asks the server's own grammar and catalog whether it would take the
// index; nothing is written. A key too wide for a page is refused here.
func (l *Lab) Try(ctx context.Context, ix db.Index) error {
	// A B-tree's key must fit three times on a page (nbtree.h, BTMaxItemSize).
	const maxKey = 2704
	if width := l.keyWidth(ix); width > maxKey {
		return fmt.Errorf("its keys are %.0f bytes wide on average, and PostgreSQL takes %d at most", width, maxKey)
	}
	return l.with(ctx, db.Config{Add: []db.Index{ix}}, func(*conn, *knowledge, map[string]string) error { return nil })
}

// Planner constants as PostgreSQL has them by default (costsize.c).
const (
	cpuOperatorCost = 0.0025
	randomPageCost  = 4.0
	// descentCost a level is what the planner charges for going down a B-tree
	// (selfuncs.c, btcostestimate: 50 operators a page).
	descentCost = 50 * cpuOperatorCost
	// dirtied is the share of a page's write that one more row brings on: most
	// writes meet a page that is in memory and written anyway.
	dirtied = 0.1
)

// WriteCost is a rule: down the tree, and a share of a page written. It is in
// the planner's unit, as Cost is.
func (l *Lab) WriteCost(_ context.Context, ix db.Index) (db.Estimate, error) {
	if ix.Method == methodBRIN {
		// A look at the one entry of the row's pages, which stays as it is.
		v := 4 * cpuOperatorCost
		return db.Estimate{Value: v, Low: v / 4, High: v * 4, Unit: db.UnitCost, Method: db.MethodRule}, nil
	}
	n := math.Max(l.rows[ix.Table], 1)
	levels := 1 + math.Floor(math.Log(n)/math.Log(300)) // some 300 keys a page
	v := descentCost*levels + cpuOperatorCost*math.Log2(n+1) + dirtied*randomPageCost
	return db.Estimate{Value: v, Low: v / 4, High: v * 4, Unit: db.UnitCost, Method: db.MethodRule}, nil
}

// Close ends the Lab; nothing but a sample outlived its questions.
func (l *Lab) Close() error {
	l.closed = true
	return l.leaveSample()
}
