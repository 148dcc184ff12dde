package advisor

import (
	"fmt"
	"slices"
	"strings"

	"mltop/internal/db"
	"mltop/internal/units"
)

func evidence(list []served, o offer) []string {
	var out []string
	for _, v := range list {
		line := fmt.Sprintf("%s: %s → %s (%s), %s",
			v.b.Label(), amount(v.before), amount(v.after), timesBy(v.before.method, v.before.value, v.after.value), calls(v.b))
		out = append(out, line+v.foretold())
	}
	for _, c := range o.members {
		if c.rows > 0 {
			out = append(out, rowsAnHour(c.rows)+each(offer{members: []*candidate{c}}, ", %s more for each"))
		}
	}
	return out
}

// foretold is what a call is to take live; "" where it is not known what it
// takes today, or the lab measured the same.
func (v served) foretold() string {
	if now, then := v.before.live, v.after.live; usable(now.seconds) && usable(then.seconds) {
		return fmt.Sprintf("; live %s → about %s (%s to %s)", seconds(now.seconds), seconds(then.seconds), seconds(then.low), seconds(then.high))
	}
	return ""
}

func rowsAnHour(rows float64) string {
	number := units.SI(rows * 3600)
	return number + " " + verb(number == "1", "row", "rows") + " written an hour"
}

// each is a text about what a row written costs in seconds; "" where the card
// says instead why that is not known.
func each(o offer, format string) string {
	if cost := o.costText(); cost != "" {
		return fmt.Sprintf(format, cost)
	}
	return ""
}

func calls(b *bound) string {
	if b.Sampled {
		return fmt.Sprintf("%s in it in every hour (sampled; calls are not counted)", seconds(b.CallsPerHour*b.MeanSeconds))
	}
	text := units.CallsAnHour(b.CallsPerHour)
	if b.Assumed {
		text += " (assumed, not seen)"
	}
	return text
}

// amount writes a measured value with its unit.
func amount(m measure) string {
	if m.method == db.MethodRule { // the catalog counts rows about
		return m.unit.Counted(units.SI(m.value))
	}
	return atLeast(m.first) + inUnit(m.value, m.unit)
}

func inUnit(v float64, u db.Unit) string {
	if inSeconds(u) {
		return seconds(v)
	}
	return u.Counted(units.Digits(v))
}

// atLeast marks a measurement that was cut off.
func atLeast(e db.Estimate) string {
	if e.AtLeast {
		return "at least "
	}
	return ""
}

func reason(list []served, o offer) string {
	v := list[0]
	text := fmt.Sprintf("%s now has to %s; %s", v.b.Label(), work(v.before.first.Plan, o.members[0].index.Table), help(v, o.members))
	if v.b.implied != nil {
		text += v.b.implied.why()
	}
	if n := len(list) - 1; n > 0 {
		text += fmt.Sprintf("; it serves %s besides", units.Plural(n, "other statement"))
	}
	return text + constants(list, o)
}

// help says what the indexes do for a statement, by what its plan reads of
// them: to search one is something else than to pass all of it.
func help(v served, members []*candidate) string {
	searched, passed := false, false
	v.after.first.Plan.Walk(func(n *db.Node, _ int) {
		mine := slices.ContainsFunc(members, func(c *candidate) bool { return uses(n.Indexes(), c.index.Name) })
		searched, passed = searched || mine && n.Op != db.OpScan, passed || mine && n.Op == db.OpScan
	})
	one := len(members) == 1
	switch {
	case one && members[0].index.Method == methodBlocks:
		return "the index knows which blocks of the table can hold the rows, as these lie in the order of " + members[0].index.Columns[0].Name
	case passed && !searched && sorts(v.before.first.Plan) && !sorts(v.after.first.Plan):
		return verb(one, "the index has", "the indexes have") + " the rows in the order that is asked for"
	case passed && !searched:
		return verb(one, "the index holds", "the indexes hold") + " all that it reads, in less to read through"
	}
	return verb(one, "the index leads", "the indexes lead") + " straight to the rows"
}

func verb(one bool, singular, plural string) string {
	if one {
		return singular
	}
	return plural
}

// constants says how it is known that the condition of a partial index belongs
// to the statements served and is no parameter of a call.
func constants(list []served, o offer) string {
	var out []string
	for _, c := range o.members {
		if c.index.Where == "" {
			continue
		}
		for _, v := range list {
			if why := v.b.whyConstant(c.index.Where); why != "" {
				out = append(out, fmt.Sprintf("; of %s, %s is %s", v.b.Label(), c.index.Where, why))
			}
		}
	}
	return strings.Join(out, "")
}

// whyConstant says why a predicate passes for a part of the statement; "" for
// one that can be nothing else.
func (b *bound) whyConstant(where string) string {
	if !hasCondition(b.fixed, where) || slices.ContainsFunc(b.shapes, func(s *db.Shape) bool { return hasCondition(constantPredicates(s, isNullTest), where) }) {
		return ""
	}
	for text, share := range b.mostly {
		if condition(text) == where {
			return fmt.Sprintf("the condition of %s of its calls, by the weights given: the others gain nothing by it, and that is counted", units.Percent(share))
		}
	}
	different := units.Plural(len(b.Examples), "different text")
	switch {
	case b.Assumed:
		return "assumed to be constant"
	case b.Logged && b.Seen > 0:
		return fmt.Sprintf("taken as constant because all of %s logged have it so, in %s kept", units.Plural(int(b.Seen), "call"), different)
	case b.Logged:
		return "taken as constant because all of " + different + " logged have it so"
	case len(b.Examples) > 1:
		return "taken as constant because all of " + different + " given have it so"
	}
	return "taken as constant because the queries file has it so"
}

// hasCondition reports whether one of the predicates is the condition.
func hasCondition(predicates map[string]bool, where string) bool {
	for text, is := range predicates {
		if is && condition(text) == where {
			return true
		}
	}
	return false
}

// work says what a plan does on a table that an index would spare it: reading
// it whole weighs more than sorting what was read.
func work(p *db.Plan, table string) string {
	scan, sort := "", ""
	p.Walk(func(n *db.Node, _ int) {
		switch own := strings.EqualFold(n.Table, table); {
		case own && n.Op == db.OpScan && scan == "":
			scan = "read all of " + table
		case own && n.Automatic && scan == "":
			scan = "build an index on " + table + " for itself in every run"
		case n.Op == db.OpSort || n.Op == db.OpGroup || n.Op == db.OpDistinct:
			sort = firstOf(sort, "sort what it read ("+strings.TrimSpace(n.Detail)+")")
		}
	})
	return firstOf(scan, sort, "read more of "+table+" than it needs")
}

// later says what comes of partitions that a table gets later.
func later(c db.Change) string {
	switch {
	case slices.ContainsFunc(c, goesAlong):
		return "; a partition that comes later gets it by itself"
	case slices.ContainsFunc(c, onlyLooks):
		return "; some partitions have one of their own, so none is joined to them: a partition that comes later needs its own"
	}
	return ""
}

// whileBuilt says who waits while indexes are built.
func whileBuilt(c db.Change) string {
	for _, s := range c {
		if blocksAny(s) && slices.ContainsFunc(c, goesAlong) {
			return s.Blocks.Who + " wait for an instant"
		}
		if blocksAny(s) {
			return s.Blocks.Who + " wait while it is built"
		}
	}
	return "nobody waits while it is built"
}

// writerWarnings names the writes that pay for an index.
func (s *search) writerWarnings(c *candidate) (out []Warning) {
	for _, b := range s.all {
		if w, ok := writerPays(b, c); ok {
			out = append(out, w)
		}
	}
	return out
}

// slowerWarnings names the statements that get slower.
func (s *search) slowerWarnings(worse []served) []Warning {
	var out []Warning
	for _, v := range worse {
		out = append(out, Warning{
			Text:    fmt.Sprintf("%s gets slower: %s → %s%s", v.b.Label(), amount(v.before), amount(v.after), inTime(v)),
			Queries: []string{v.b.Label()},
		})
	}
	return out
}

// inTime says how much longer a statement takes where the amounts count something
// else than time.
func inTime(v served) string {
	f := v.after.timed / v.before.timed
	if inSeconds(v.before.unit) || !usable(f) {
		return ""
	}
	return fmt.Sprintf(", which takes about %.1f× the time", f)
}

func writerPays(b *bound, c *candidate) (Warning, bool) {
	for _, w := range b.shapes[0].Writes {
		if !strings.EqualFold(w.Table, c.index.Table) || !touches(w, c.index) {
			continue
		}
		if !(b.MeanSeconds > 0) || b.Sampled || !inSeconds(c.rowUnit) || c.rowCost < (slower-1)*b.MeanSeconds {
			return Warning{}, false
		}
		return Warning{
			Text:    fmt.Sprintf("%s pays %s more for each row, on %s a call", b.Label(), seconds(c.rowCost), seconds(b.MeanSeconds)),
			Queries: []string{b.Label()},
		}, true
	}
	return Warning{}, false
}
