package collectors

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mltop/internal/db"
)

// A Planned is a statement whose plan is kept an eye on.
type Planned struct {
	Fingerprint string
	Label       string // what a user knows it by; no literals
	SQL         string // what is planned
}

// plansKept: those that cost most. A plan costs about as much as a read of
// one row; nobody looks at the fiftieth statement first.
const plansKept = 20

// plans asks for the plans of the heaviest statements: once when one is first
// seen, and again when the catalog has changed.
type plans struct {
	observer   db.Observer
	statements func() []Planned // heaviest first
	version    string
	known      map[string]*keptPlan // by fingerprint
	scans      map[string][]string
	trees      map[string]*db.Plan
}

// A keptPlan is what is known of a statement's plan.
type keptPlan struct {
	words  string
	owed   bool // there is none yet, or it is of another catalog
	locked backOff
}

// lockedAtOnce locked statements in one look are enough: each may wait for as
// long as a read may, and there are others behind this collector.
const lockedAtOnce = 3

// NewPlans makes the collector of plans. It runs none of the statements.
func NewPlans(o db.Observer, statements func() []Planned) Collector {
	return &plans{observer: o, statements: statements, known: map[string]*keptPlan{}, scans: map[string][]string{}, trees: map[string]*db.Plan{}}
}

func (c *plans) Name() string { return "plans" }

// Collect answers a section when a plan is new or of the past, and an event for
// the plans that another catalog changed.
func (c *plans) Collect(ctx context.Context) ([]Section, error) {
	list := c.statements()
	list = list[:min(len(list), plansKept)]
	changed := c.catalogChanged(ctx) && len(c.trees) > 0
	if changed {
		c.forget()
	}
	flips, asked, err := c.explain(ctx, list)
	if !asked && !changed {
		return nil, passing(err)
	}
	now := time.Now()
	out := []Section{&Plans{At: now, Scans: maps.Clone(c.scans), Trees: maps.Clone(c.trees)}}
	if list := flipEvents(now, flips); len(list) > 0 {
		out = append(out, &Events{At: now, List: list})
	}
	return out, passing(err)
}

// passing leaves out what the database's own section tells of.
func passing(err error) error {
	if elsewhere(err) {
		return nil
	}
	return err
}

func elsewhere(err error) bool {
	return errors.Is(err, db.ErrBusy) || errors.Is(err, db.ErrGone) || errors.Is(err, db.ErrReplaced)
}

// catalogChanged compares the catalog's version with that of the last time;
// one that is not known, or cannot be read now, has not changed.
func (c *plans) catalogChanged(ctx context.Context) bool {
	v, ok := c.observer.(versioner)
	if !ok {
		return false
	}
	now, err := v.SchemaVersion(ctx)
	if err != nil {
		return false
	}
	changed := c.version != "" && now != c.version
	c.version = now
	return changed
}

// A flip is a statement whose plan is another one now.
type flip struct{ label, before, now string }

// forget owes every plan again; its words stay, to be compared.
func (c *plans) forget() {
	clear(c.scans) // whatever is not planned again is of another catalog
	clear(c.trees)
	for _, k := range c.known {
		k.owed = true
	}
}

// due are the statements that have no plan, or one of another catalog, and
// that no lock is known to keep.
func (c *plans) due(ctx context.Context, list []Planned) []Planned {
	now := time.Now()
	list = slices.DeleteFunc(slices.Clone(list), func(s Planned) bool {
		k := c.plan(s.Fingerprint)
		return !k.owed || !k.locked.over(now)
	})
	if len(list) == 0 {
		return nil
	}
	held := heldTables(ctx, c.observer)
	return slices.DeleteFunc(list, func(s Planned) bool {
		kept := holds(held, s.SQL)
		if kept {
			c.plan(s.Fingerprint).locked.refused(now)
		}
		return kept
	})
}

// explain plans what is due. What cannot be planned is no flip, and is not
// asked again until the catalog changes; what a lock keeps is asked again
// after a while, and the others meanwhile.
func (c *plans) explain(ctx context.Context, list []Planned) (flips []flip, asked bool, err error) {
	locked := 0
	for _, s := range c.due(ctx, list) {
		k := c.plan(s.Fingerprint)
		p, err := c.observer.Explain(ctx, db.Query{SQL: s.SQL})
		switch {
		case errors.Is(err, db.ErrBusy) && ctx.Err() == nil:
			k.locked.refused(time.Now())
			if locked++; locked == lockedAtOnce {
				return flips, asked, err
			}
			continue
		case err != nil && (elsewhere(err) || ctx.Err() != nil):
			return flips, asked, err
		}
		words := planWords(p)
		if k.words != "" && words != "" && words != k.words {
			flips = append(flips, flip{s.Label, k.words, words})
		}
		asked = true
		*k = keptPlan{words: words}
		if p != nil && p.Root != nil {
			c.scans[s.Fingerprint], c.trees[s.Fingerprint] = scansOf(p), p
		}
	}
	return flips, asked, nil
}

func (c *plans) plan(fingerprint string) *keptPlan {
	k := c.known[fingerprint]
	if k == nil {
		k = &keptPlan{owed: true}
		c.known[fingerprint] = k
	}
	return k
}

// planWords says how a statement reaches its rows: what changes when a plan
// flips. The engine's own words hold estimates that change with the data.
func planWords(p *db.Plan) string {
	var words []string
	p.Walk(func(n *db.Node, _ int) {
		switch {
		case n.Op == db.OpScan || n.Op == db.OpSearch:
			w := string(n.Op) + " " + n.Table
			if n.Index != "" {
				w += " by " + n.Index
			}
			words = append(words, w)
		case n.Op == db.OpSort:
			words = append(words, "sort")
		}
	})
	return strings.Join(words, ", ")
}

// scansOf names the tables that a plan reads whole. One that is small enough
// to be read at every call is named too: the reader knows its rows.
func scansOf(p *db.Plan) (tables []string) {
	p.Walk(func(n *db.Node, _ int) {
		if n.Op == db.OpScan && n.Table != "" {
			tables = append(tables, n.Table)
		}
	})
	return tables
}

// flipEvents are at most two: the plans that our own index turned, and those
// that turned besides.
func flipEvents(at time.Time, flips []flip) (list []Event) {
	var ours, others []flip
	for _, f := range flips {
		if f.ours() {
			ours = append(ours, f)
		} else {
			others = append(others, f)
		}
	}
	for _, part := range [][]flip{ours, others} {
		if len(part) > 0 {
			list = append(list, flipEvent(at, part))
		}
	}
	return list
}

// ours reports that an index of mltop's came into the plan, or left it.
func (f flip) ours() bool {
	return strings.Contains(f.before, " by "+ownPrefix) != strings.Contains(f.now, " by "+ownPrefix)
}

// flipEvent is one marker for all of them.
func flipEvent(at time.Time, flips []flip) Event {
	f := flips[0]
	e := Event{At: at, Kind: "plan", Text: fmt.Sprintf("%s: %s → %s", f.label, f.before, f.now)}
	if n := len(flips) - 1; n > 0 {
		e.Text += fmt.Sprintf(" (and %d more)", n)
	}
	e.Ours = f.ours()
	return e
}

func plansSize(p *Plans) int {
	n := 64
	for _, tables := range p.Scans {
		n += 80 + 32*len(tables)
	}
	for _, tree := range p.Trees {
		tree.Walk(func(*db.Node, int) { n += 400 }) // a node with its texts
	}
	return n
}
