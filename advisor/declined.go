package advisor

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"mltop/internal/db"
	"mltop/internal/units"
)

// declined says for every statement without advice why it has none.
func (s *search) declined(servedBy map[string]bool) []Declined {
	var out []Declined
	for _, b := range s.all {
		if servedBy[b.Label()] || slices.ContainsFunc(s.all, func(o *bound) bool { return o.askedBy == b && servedBy[o.Label()] }) {
			continue
		}
		out = append(out, Declined{What: "an index", Queries: []string{b.Label()}, Reason: s.why(b)})
	}
	for _, c := range s.pool {
		if c.refused == "" {
			continue
		}
		d := Declined{What: "index on " + describe(c.index), Reason: c.refused}
		for _, b := range c.users {
			d.Queries = append(d.Queries, b.Label())
		}
		out = append(out, d)
	}
	return out
}

// Alike joins what was declined for the same reason.
func Alike(list []Declined) (out []Declined) {
	type key struct{ what, reason string }
	at := map[key]int{}
	for _, d := range list {
		k := key{d.What, d.Reason}
		i, ok := at[k]
		if !ok {
			at[k] = len(out)
			d.Queries = slices.Clone(d.Queries)
			out = append(out, d)
			continue
		}
		out[i].Queries = append(out[i].Queries, d.Queries...)
	}
	return out
}

// why is the one reason that a user can do most with.
func (s *search) why(b *bound) string {
	if err := s.failed[b]; err != nil {
		if t := s.unsupported(b); t != nil && t.Unsupported == db.Partitioned {
			return fmt.Sprintf("no advice, because %s is partitioned, and of partitions no sample is drawn: HypoPG tries indexes on them", t.Name)
		} else if t != nil {
			return fmt.Sprintf("no advice, because %s is a %s: mltop can neither copy it nor add an index to it", t.Name, t.Unsupported)
		}
		return notMeasured(err)
	}
	if !b.reads() {
		return "no advice, because it only writes rows: every index makes it slower"
	}
	m, measured := s.base[b]
	if !measured {
		return "time was up before it was measured"
	}
	plan := m.first.Plan
	if why := hopeless(b); why != "" && readsAll(plan) {
		return why
	}
	if !readsAll(plan) && !sorts(plan) {
		return "no advice, because it is well served: " + searches(plan) + ", " + amount(m)
	}
	why := s.whyNotFaster(b, m)
	if skips(b) && readsAll(plan) {
		if !s.cut[b] && s.candidatesFor(b) == 0 {
			return "no index helps OFFSET: " + offsetAdvice
		}
		why += "; and OFFSET: " + offsetAdvice
	}
	return why
}

// notMeasured says it once, whoever else said it.
func notMeasured(err error) string {
	if known := (db.NotMeasured{}); errors.As(err, &known) {
		return "it could not be measured: " + known.Why
	}
	return "it could not be measured: " + err.Error()
}

// unsupported is a table of the statement that the copy does not hold.
func (s *search) unsupported(b *bound) *db.Table {
	for name := range b.tables {
		if t := s.schema.Table(name); t != nil && t.Unsupported != "" {
			return t
		}
	}
	return nil
}

const offsetAdvice = "the rows before it are read and thrown away; keep the last key and ask for what follows it (WHERE key > ?)"

// skips reports whether the statement has an OFFSET. An index in its order
// spares the sort all the same.
func skips(b *bound) bool {
	return slices.ContainsFunc(b.shapes[0].Blocks, func(block db.Block) bool { return block.Offset })
}

func (s *search) whyNotFaster(b *bound, m measure) string {
	users := s.candidatesFor(b)
	if why := s.unfinished(b, m, users); why != "" {
		return why
	}
	switch {
	case s.tried[b] == 0 && wantsAll(b):
		return "no advice, because it asks for every row: " + amount(m)
	case s.tried[b] == 0:
		return "no advice, because nothing in it could be looked up in an index that is not there already: " + amount(m)
	case users == 0:
		return fmt.Sprintf("no advice, because the planner would use none of %s tried: %s", units.Plural(s.tried[b], "index"), amount(m))
	case b.load() == 0:
		return "no advice, because it is never called"
	}
	if gain := s.base[b].value - s.now[b].value; gain > minGain*m.value {
		return fmt.Sprintf("served as a side effect of other advice: %s → %s", amount(m), amount(s.now[b]))
	}
	if why := s.overBudget(b); why != "" {
		return why
	}
	if m.cut {
		return fmt.Sprintf("no advice, because it is not known how long it takes: its runs were ended after %s, and with none of %s measured did it take less", seconds(m.ran), units.Plural(users, "index"))
	}
	return fmt.Sprintf("no advice, because the best index measured gains too little for what it costs: %s a call, %s", amount(m), calls(b))
}

// unfinished says what there was no time for; "" where all was done that can be,
// and where an index serves the statement.
func (s *search) unfinished(b *bound, m measure, users int) string {
	if m.value-s.now[b].value > minGain*m.value {
		return ""
	}
	switch {
	case !s.cut[b] && !s.rushed[b]:
		return ""
	case s.tried[b] == 0:
		return "time was up before an index was looked for: it takes " + amount(m)
	case users == 0:
		return fmt.Sprintf("time was up before all indexes for it were looked at: the planner would use none of the first %d, %s", s.tried[b], amount(m))
	case s.cut[b]:
		return "time was up before its indexes were all measured: " + s.soFar(b, m)
	}
	return "time was up before all indexes for it were looked at: " + s.soFar(b, m)
}

// soFar is what a statement takes, and what advice on others makes of it.
func (s *search) soFar(b *bound, m measure) string {
	if now := s.now[b]; now.value > slower*m.value {
		return "so far other advice makes it slower: " + amount(m) + " → " + amount(now)
	}
	return "so far it takes " + amount(m)
}

func (s *search) candidatesFor(b *bound) int { return len(s.candidates(b)) }

func (s *search) candidates(b *bound) []*candidate {
	return slices.DeleteFunc(slices.Clone(s.pool), func(c *candidate) bool { return !slices.Contains(c.users, b) })
}

// overBudget says that the budget keeps indexes out; "" where all had room.
func (s *search) overBudget(b *bound) string {
	list := s.ways(b)
	out := slices.DeleteFunc(slices.Clone(list), func(g gain) bool { return s.fits(g.team...) })
	if len(out) == 0 {
		return ""
	}
	least := slices.MinFunc(out, func(a, b gain) int { return cmp.Compare(a.bytes(), b.bytes()) })
	size, beside := units.Bytes(float64(least.bytes())), ""
	if taken := s.bytes(); taken > 0 {
		beside = ", of which other advice takes " + units.Bytes(float64(taken))
	}
	budget := units.Bytes(float64(s.budget)) + beside
	if len(least.team) > 1 {
		return fmt.Sprintf("no advice, because the indexes that serve it only together do not fit into the --budget of %s: they take %s", budget, size)
	}
	if len(out) < len(list) {
		return fmt.Sprintf("no advice, because the indexes that fit into the --budget of %s gain too little; the next takes %s", budget, size)
	}
	return fmt.Sprintf("no advice, because no index of its own fits into the --budget of %s: the smallest takes %s", budget, size)
}

// hopeless names the predicate that no index serves.
func hopeless(b *bound) string {
	said := ""
	for _, block := range b.shapes[0].Blocks {
		for _, p := range block.Predicates {
			if p.NoIndex == "" {
				continue
			}
			why := "no index helps: " + p.NoIndex + wayOut(p)
			if p.NoIndex != db.OtherArm {
				return why
			}
			said = firstOf(said, why) // the other arm tells more
		}
	}
	return said
}

// wayOut names the column, where the reason does not, and a way out that keeps
// the meaning, where there is one.
func wayOut(p db.Predicate) string {
	on := onColumn(p)
	switch {
	case strings.Contains(p.NoIndex, "generated column"):
		return "" // it is the way out
	case strings.Contains(p.NoIndex, "wildcard"):
		return " in the pattern" + strings.TrimPrefix(on, ",") + "; a full-text table (FTS) or a stored reversed column would"
	case strings.Contains(p.NoIndex, "function"), strings.Contains(p.NoIndex, "non-deterministic"):
		return on + "; compare the bare column with a range instead, or give a rewritten text to check"
	case strings.Contains(p.NoIndex, "conversion"):
		return on + "; compare it with a value of the column's own type"
	}
	return on
}

// onColumn is what the reason has to be followed by to name the column.
func onColumn(p db.Predicate) string {
	words := strings.FieldsFunc(p.NoIndex, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' })
	switch column := p.Column.Column; {
	case column == "", slices.Contains(words[max(0, len(words)-1):], column):
		return ""
	case strings.HasSuffix(p.NoIndex, "the column"):
		return " " + column
	default:
		return ", on " + column
	}
}

// wantsAll reports whether a statement has no condition, join or order.
func wantsAll(b *bound) bool {
	for _, block := range b.shapes[0].Blocks {
		if len(block.Predicates)+len(block.Joins)+len(block.OrderBy)+len(block.GroupBy) > 0 {
			return false
		}
	}
	return true
}

func readsAll(p *db.Plan) bool {
	return has(p, func(n *db.Node) bool { return n.Op == db.OpScan && n.Table != "" || n.Automatic })
}

func sorts(p *db.Plan) bool {
	return has(p, func(n *db.Node) bool { return n.Op == db.OpSort || n.Op == db.OpGroup || n.Op == db.OpDistinct })
}

func has(p *db.Plan, is func(*db.Node) bool) bool {
	found := false
	p.Walk(func(n *db.Node, _ int) { found = found || is(n) })
	return found
}

// searches says by what a well-served statement finds its rows.
func searches(p *db.Plan) string {
	var parts []string
	p.Walk(func(n *db.Node, _ int) {
		if n.Op == db.OpSearch && n.Index != "" {
			parts = append(parts, n.Table+" by "+n.Index)
		}
	})
	if len(parts) == 0 {
		return "it reads no table"
	}
	return "it finds " + strings.Join(parts, ", ")
}
