package advisor

import (
	"context"
	"fmt"
	"math"
	"strings"

	"mltop/internal/db"
)

// A whatIf asks the lab, each question once. Two configurations under which a
// statement has the same plan cost the same, so a measurement is kept by plan:
// most of the questions of a search are answered by planning alone.
type whatIf struct {
	lab   db.Lab
	plans map[string][]foreseen
	costs map[string]db.Estimate
	twins map[string]db.Query // examples that are planned like another one, by text
	phase string              // of the search: what it asks for
	asked map[string]int      // questions that the lab was asked, by phase
	most  float64             // seconds that a run is worth where nothing is known of it; 0: the lab's own bound
}

// planned is one plan, how it reads, and which of the added indexes it uses.
type planned struct {
	plan *db.Plan
	text string
	uses []string
}

// A measure is what one call of a statement costs under a configuration, as
// the mean over its examples, by how often each is called where that is known.
type measure struct {
	value, low, high float64
	ran              float64 // seconds that the longest run took; 0: nothing was run
	cut              bool    // a run was ended: it costs at least this
	steps            int64   // of work; -1 when not counted
	unit             db.Unit
	method           db.Method
	uses             map[string]bool
	credit           float64     // the factor that value, low and high hold; 0: 1
	timed            float64     // value with each part by the time that it takes; NaN: see whatIf.timed
	live             live        // what a call takes, by what it takes today
	first            db.Estimate // of the first example, with its plan
}

func newWhatIf(lab db.Lab) *whatIf {
	return &whatIf{lab: lab, plans: map[string][]foreseen{}, costs: map[string]db.Estimate{}, twins: map[string]db.Query{}, asked: map[string]int{}}
}

// plan plans one example under added and hidden indexes.
func (w *whatIf) plan(ctx context.Context, q db.Query, c db.Config) (planned, error) {
	q = w.standIn(q)
	key := questionOf(q) + "\x00" + configKey(db.Config{Hide: c.Hide, Analyze: c.Analyze})
	if p, ok := foresee(w.plans[key], c.Add); ok {
		return p, nil
	}
	w.asked[w.phase]++
	plan, err := w.lab.Plan(ctx, q, c)
	if err != nil {
		return planned{}, err
	}
	p := planned{plan: plan, text: planText(plan), uses: usesOf(plan)}
	w.plans[key] = append(w.plans[key], newForeseen(c.Add, p, w.lab))
	return p, nil
}

// standIn is the example that answers for another one.
func (w *whatIf) standIn(q db.Query) db.Query {
	if t, ok := w.twins[q.SQL]; ok && len(q.Args) == 0 {
		return t
	}
	return q
}

// knows reports whether the plan of an example with some indexes is known.
func (w *whatIf) knows(q db.Query, add []db.Index) bool {
	_, ok := w.foreseen(q, add)
	return ok
}

// foreseen is that plan.
func (w *whatIf) foreseen(q db.Query, add []db.Index) (planned, bool) {
	return foresee(w.plans[questionOf(w.standIn(q))+"\x00"+configKey(db.Config{})], add)
}

// questionOf is a query with its values.
func questionOf(q db.Query) string {
	if len(q.Args) == 0 {
		return q.SQL
	}
	return q.SQL + fmt.Sprintf("\x00%q", q.Args)
}

// measure costs a statement under added and hidden indexes. Only indexes of
// its own tables matter.
func (w *whatIf) measure(ctx context.Context, b *bound, c db.Config) (measure, error) {
	c.Add = relevant(c.Add, b)
	m := measure{uses: map[string]bool{}}
	for i, q := range b.queries {
		e, uses, err := w.cost(ctx, q, c)
		if err != nil {
			return measure{}, err
		}
		m.add(e, uses, i, b.weight(i))
	}
	m.divide(len(b.queries))
	return m, nil
}

// measureAgain measures as if for the first time, and keeps the lower of both
// figures: what disturbs a measurement only ever adds to it.
func (w *whatIf) measureAgain(ctx context.Context, b *bound, c db.Config) (measure, error) {
	c.Add = relevant(c.Add, b)
	for _, q := range b.queries {
		p, err := w.plan(ctx, q, c)
		if err != nil {
			return measure{}, err
		}
		key := questionOf(q) + "\x00" + p.text
		first, known := w.costs[key]
		delete(w.costs, key)
		second, _, err := w.cost(ctx, q, c)
		if known && (err != nil || first.Value < second.Value) {
			w.costs[key] = first
		}
		if err != nil {
			return measure{}, err
		}
	}
	return w.measure(ctx, b, c)
}

// cost measures one example, once for each plan that it can have.
func (w *whatIf) cost(ctx context.Context, q db.Query, c db.Config) (db.Estimate, []string, error) {
	p, err := w.plan(ctx, q, c)
	if err != nil {
		return db.Estimate{}, nil, err
	}
	e, _, err := w.known(ctx, q, c)
	return e, p.uses, err
}

// known is what is kept of one example under a configuration, measured now
// where nothing is; and what it is kept by.
func (w *whatIf) known(ctx context.Context, q db.Query, c db.Config) (db.Estimate, string, error) {
	p, err := w.plan(ctx, q, c)
	if err != nil {
		return db.Estimate{}, "", err
	}
	key := questionOf(q) + "\x00" + p.text
	if e, ok := w.costs[key]; ok && !worthLonger(e, c.Most) {
		return e, key, nil
	}
	e, err := w.ask(ctx, q, c)
	if err != nil {
		return db.Estimate{}, key, err
	}
	w.costs[key] = e
	return e, key, nil
}

// worthLonger reports whether a run that was ended is now worth waiting for so
// much longer that it may come to its end.
func worthLonger(e db.Estimate, most float64) bool { return e.AtLeast && most > deeper*ranOf(e) }

// ranOf is how many seconds a run took, where the lab ran anything.
func ranOf(e db.Estimate) float64 {
	if e.Ran == 0 && e.Unit == db.UnitSeconds {
		return e.Value
	}
	return e.Ran
}

// ask has the lab measure one example, whatever is known of it.
func (w *whatIf) ask(ctx context.Context, q db.Query, c db.Config) (db.Estimate, error) {
	p, err := w.plan(ctx, q, c)
	if err != nil {
		return db.Estimate{}, err
	}
	if lab, ok := w.lab.(db.Pricer); ok {
		if e, ok := lab.Price(p.plan); ok {
			return e, nil
		}
	}
	if c.Most == 0 {
		c.Most = w.most
	}
	w.asked[w.phase]++
	e, err := w.lab.Cost(ctx, q, db.Config{Add: only(c.Add, p.uses), Hide: c.Hide, Analyze: c.Analyze, Most: c.Most})
	if err == nil && e.Plan == nil {
		e.Plan = p.plan
	}
	return e, err
}

// weight is how often an example is called, 1 on average.
func (b *bound) weight(i int) float64 {
	if b.weights == nil {
		return 1
	}
	return b.weights[i]
}

func (m *measure) add(e db.Estimate, uses []string, i int, weight float64) {
	m.value, m.low, m.high, m.timed = m.value+weight*e.Value, m.low+weight*e.Low, m.high+weight*e.High, m.timed+weight*timedOf(e)
	m.ran, m.cut = max(m.ran, ranOf(e)), m.cut || e.AtLeast
	if i == 0 {
		m.first, m.unit, m.method = e, e.Unit, e.Method
	}
	switch {
	case e.Work == nil || m.steps < 0:
		m.steps = -1
	default:
		m.steps += int64(math.Round(weight * float64(e.Work.Steps)))
	}
	for _, u := range uses {
		m.uses[u] = true
	}
}

func (m *measure) divide(n int) {
	f := float64(n)
	m.value, m.low, m.high, m.timed = m.value/f, m.low/f, m.high/f, m.timed/f
}

// fewerSteps is the work that has to be saved before it counts where times
// cannot be told apart.
const fewerSteps = 0.8

// saves is what after saves of before: nothing where neither the times nor
// the work can be told apart. Of what is known to cost at least so much an index
// may only save.
func (before measure) saves(after measure) float64 {
	if before.cut && after.value >= before.value || after.cut && after.value < before.value {
		return 0
	}
	if !before.overlaps(after) {
		return before.value - after.value
	}
	if before.steps > 0 && after.steps >= 0 && float64(after.steps) < fewerSteps*float64(before.steps) {
		return max(before.value-after.value, 0)
	}
	return 0
}

func (m measure) overlaps(o measure) bool { return m.low <= o.high && o.low <= m.high }

func configKey(c db.Config) string {
	var b strings.Builder
	for _, ix := range c.Add {
		b.WriteString(ix.Signature() + ";")
	}
	b.WriteString("|" + strings.Join(c.Hide, ";"))
	if c.Analyze {
		b.WriteString("|analyze")
	}
	return b.String()
}

// planText is what tells plans apart: every node's own words, by depth.
func planText(p *db.Plan) string {
	var b strings.Builder
	p.Walk(func(n *db.Node, depth int) {
		b.WriteString(strings.Repeat(" ", depth) + n.Raw + "|" + string(n.Op) + "|" + n.Table + "|" + n.Index + "\n")
	})
	return b.String()
}

// usesOf lists the named indexes that a plan reads.
func usesOf(p *db.Plan) []string {
	var names []string
	p.Walk(func(n *db.Node, _ int) {
		names = append(names, n.Indexes()...)
	})
	return names
}

func only(list []db.Index, names []string) []db.Index {
	var out []db.Index
	for _, ix := range list {
		for _, name := range names {
			if strings.EqualFold(ix.Name, name) {
				out = append(out, ix)
				break
			}
		}
	}
	return out
}
