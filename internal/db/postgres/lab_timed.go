package postgres

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"mltop/internal/db"
)

// pageCosts are what the planner charges for a page, by setting, and how many
// of the pages that were asked for were in memory.
type pageCosts struct {
	Sequential float64 `db:"sequential"`
	Random     float64 `db:"random"`
	InMemory   float64 `db:"in_memory"` // share
	Cache      float64 `db:"cache"`     // pages that the planner takes to stay in memory while a statement runs
}

// memoryPage is what a page takes that is in memory, in the planner's unit:
// the documentation of seq_page_cost has both costs of pages lowered where the
// database is cached, and this is where they meet what a row costs.
const memoryPage = 0.1

// readPageCosts asks the server. One that has counted nothing yet has read
// nothing from disk.
func (l *Lab) readPageCosts(ctx context.Context, c *conn) error {
	var found []pageCosts
	err := c.list(ctx, &found, "SELECT /* mltop */ current_setting('seq_page_cost')::float8 AS sequential, current_setting('random_page_cost')::float8 AS random, coalesce(blks_hit::float8 / nullif(blks_hit + blks_read, 0), 1) AS in_memory, (SELECT setting::float8 FROM pg_settings WHERE name = 'effective_cache_size') AS cache FROM pg_stat_database WHERE datname = current_database()")
	if err == nil && len(found) > 0 {
		l.page = found[0]
	}
	return err
}

// Timed is the planner's cost with each page by the time that it takes, as far
// as pages were in memory so far. A cost grows with seq_page_cost and
// random_page_cost in proportion to the pages in it: the same plan made again
// with a little more of each tells how many there are.
func (l *Lab) Timed(ctx context.Context, q db.Query, cfg db.Config) (v float64, err error) {
	text, err := oneStatement(q.SQL)
	if err != nil {
		return 0, err
	}
	err = l.e.typing(ctx, text, func(text string) error {
		return l.with(ctx, cfg, func(c *conn, _ *knowledge, _ map[string]string) error {
			v, err = l.timed(ctx, c, db.Query{SQL: text, Args: q.Args})
			return err
		})
	})
	return v, err
}

// dearer is by how much a page is made dearer: enough for what EXPLAIN rounds
// to, too little for another plan to win as a rule.
const dearer = 0.05

func (l *Lab) timed(ctx context.Context, c *conn, q db.Query) (float64, error) {
	plain, err := priced(ctx, c, q)
	if err != nil {
		return 0, err
	}
	v := *plain.Cost + l.unpaid(plain)*l.page.takes(l.page.Random)
	for _, s := range []struct {
		name string
		now  float64
	}{{"seq_page_cost", l.page.Sequential}, {"random_page_cost", l.page.Random}} {
		if err := setLocal(ctx, c, s.name, s.now*(1+dearer)); err != nil {
			return 0, err
		}
		more, err := priced(ctx, c, q)
		if err != nil {
			return 0, err
		}
		if err := setLocal(ctx, c, s.name, s.now); err != nil {
			return 0, err
		}
		v -= pagesIn(plain, more, s.now*dearer) * (s.now - l.page.takes(s.now))
	}
	return max(v, 0), nil
}

// priced is a plan with its cost.
func priced(ctx context.Context, c *conn, q db.Query) (*db.Node, error) {
	answer, _, err := explainJSON(ctx, c, q, plainPlan)
	if err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	root, err := parsePlan([]byte(answer), false)
	if err == nil && root.Cost == nil {
		err = db.NotMeasuredf("the plan has no cost")
	}
	return root, err
}

func setLocal(ctx context.Context, c *conn, setting string, to float64) error {
	return c.script(ctx, "SET LOCAL "+setting+" = "+strconv.FormatFloat(to, 'f', -1, 64))
}

// takes is what a page of such a cost takes on average.
func (p pageCosts) takes(cost float64) float64 {
	return min(cost, p.InMemory*memoryPage+(1-p.InMemory)*cost)
}

// pagesIn is how many pages a plan's cost holds, by how much dearer it is when
// each of them is; 0 where that made another plan of it.
func pagesIn(plain, dear *db.Node, by float64) float64 {
	if by <= 0 || !slices.Equal(steps(plain), steps(dear)) {
		return 0
	}
	return math.Max(0, (*dear.Cost-*plain.Cost)/by)
}

// steps are a plan's nodes in words.
func steps(root *db.Node) (list []string) {
	(&db.Plan{Root: root}).Walk(func(n *db.Node, depth int) {
		list = append(list, fmt.Sprint(depth, n.Op, " ", n.Table, " ", n.Index, " ", n.Raw))
	})
	return list
}

// Timed is what a run on the sample told.
func (l *sampleLab) Timed(ctx context.Context, q db.Query, cfg db.Config) (float64, error) {
	e, err := l.Cost(ctx, q, cfg)
	return e.Timed, err
}
