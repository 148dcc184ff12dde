package sqlite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// A PlanRoom is an empty copy of a schema in memory, with its statistics: it
// plans as this SQLite would plan where the rows are, and knows no rows.
type PlanRoom struct {
	mu      sync.Mutex
	plans   *planner
	schema  *db.Schema
	stats   bool
	leftOut map[string]string
}

// NewPlanRoom makes the tables, indexes and views of a schema. What this
// SQLite cannot make is left out: see LeftOut.
func NewPlanRoom(ctx context.Context, s *db.Schema) (*PlanRoom, error) {
	r := &PlanRoom{schema: s, leftOut: map[string]string{}}
	f := factsOf(s)
	f.objects = slices.DeleteFunc(f.objects, func(o liveObject) bool {
		if makesOne(o.sql) {
			return false
		}
		r.leftOut[o.name] = "its text is not one CREATE statement"
		return true
	})
	r.stats = f.hasStats
	var err error
	r.plans, err = newPlanner(ctx, f, func(name, why string) { r.leftOut[name] = why })
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make an empty copy of the schema: %w", err), r.Close())
	}
	return r, nil
}

// factsOf is what the planner takes of a live file, from its schema alone.
func factsOf(s *db.Schema) liveFacts {
	f := liveFacts{schema: s, encoding: "UTF-8", pageSize: 4096}
	for _, t := range s.Tables {
		if t.SQL != "" {
			f.objects = append(f.objects, liveObject{"table", t.Name, t.Name, t.SQL})
		}
	}
	for _, t := range s.Tables {
		for _, ix := range t.Indexes {
			if ix.SQL != "" {
				f.objects = append(f.objects, liveObject{"index", ix.Name, t.Name, ix.SQL})
			}
			if len(ix.Stat) > 0 && t.Rows != nil {
				f.hasStats = true
				f.stats = append(f.stats, [3]string{t.Name, ix.Name, statText(*t.Rows, ix.Stat)})
			}
		}
	}
	for _, v := range s.Views {
		f.objects = append(f.objects, liveObject{"view", v.Name, v.Name, v.SQL})
	}
	return f
}

// makesOne reports a text that makes one object and does nothing else: a
// schema may come from a file that somebody wrote.
func makesOne(sql string) bool {
	return len(sqltext.Split(sql)) == 1 && strings.EqualFold(sqltext.Verb(sql), "create")
}

// statText is a row of sqlite_stat1.
func statText(rows int64, each []float64) string {
	words := []string{strconv.FormatInt(rows, 10)}
	for _, n := range each {
		words = append(words, strconv.FormatInt(max(int64(n+0.5), 1), 10))
	}
	return strings.Join(words, " ")
}

// Plan plans a statement under a configuration. Where the file has statistics,
// those of an added index are its Stat.
func (r *PlanRoom) Plan(ctx context.Context, q db.Query, c db.Config) (_ *db.Plan, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := admitted(q, r.schema); err != nil {
		return nil, err
	}
	if err := r.plans.c.exec(ctx, "BEGIN"); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	defer func() { err = errors.Join(err, r.takeBack(context.WithoutCancel(ctx))) }()
	if err := r.plans.arrange(ctx, c); err != nil {
		return nil, err
	}
	if err := r.addStats(ctx, c.Add); err != nil {
		return nil, fmt.Errorf("give an index its statistics: %w", err)
	}
	p, err := explainOn(ctx, r.plans.c, q.SQL, q.Args)
	if err == nil {
		resolvePlan(p.Root, q.SQL, r.schema)
	}
	return p, err
}

// takeBack leaves the room as it was: the planner keeps statistics in memory
// that a rollback alone does not bring back.
func (r *PlanRoom) takeBack(ctx context.Context) error {
	err := r.plans.c.exec(ctx, "ROLLBACK")
	if err == nil && r.stats {
		err = r.plans.c.exec(ctx, "ANALYZE sqlite_schema")
	}
	return err
}

func (r *PlanRoom) addStats(ctx context.Context, add []db.Index) error {
	if !r.stats || len(add) == 0 {
		return nil
	}
	for _, ix := range add {
		t := r.schema.Table(ix.Table)
		if t == nil || t.Rows == nil || len(ix.Stat) == 0 {
			continue
		}
		if err := r.plans.c.exec(ctx, "INSERT INTO sqlite_stat1(tbl, idx, stat) VALUES (?, ?, ?)", t.Name, withName(ix).Name, statText(*t.Rows, ix.Stat)); err != nil {
			return err
		}
	}
	return r.plans.c.exec(ctx, "ANALYZE sqlite_schema")
}

// Try reports whether this SQLite takes an index.
func (r *PlanRoom) Try(ctx context.Context, ix db.Index) (err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.plans.c.exec(ctx, "BEGIN"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.plans.c.exec(context.WithoutCancel(ctx), "ROLLBACK")) }()
	return r.plans.arrange(ctx, db.Config{Add: []db.Index{ix}})
}

// LeftOut names what could not be made here, each with the reason.
func (r *PlanRoom) LeftOut() map[string]string { return r.leftOut }

// Version is that of the SQLite that plans here.
func (r *PlanRoom) Version() string { return libraryVersion() }

// Close ends the room.
func (r *PlanRoom) Close() error {
	if r.plans == nil {
		return nil
	}
	return r.plans.c.close()
}
