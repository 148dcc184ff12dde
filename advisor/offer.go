package advisor

import (
	"fmt"
	"slices"
	"strings"

	"mltop/internal/db"
)

// id is stable over runs: of one index, that index's own.
func (o offer) id() string {
	if len(o.members) == 1 {
		return o.members[0].id()
	}
	var names, definitions []string
	for _, c := range o.members {
		names, definitions = append(names, c.index.Name), append(definitions, c.index.Signature())
	}
	return adviceID(KindCreateIndex, strings.Join(names, ","), strings.Join(definitions, ";"))
}

func (o offer) title() string {
	if len(o.members) == 1 {
		return "Create index on " + describe(o.members[0].index)
	}
	return "Create indexes on " + o.what() + ", which pay only together"
}

// what lists the indexes as people say them.
func (o offer) what() string {
	var list []string
	for _, c := range o.members {
		list = append(list, describe(c.index))
	}
	return strings.Join(list, " and ")
}

// writes is what the indexes cost in seconds a second.
func (o offer) writes() (sum float64) {
	for _, c := range o.members {
		sum += c.writes()
	}
	return sum
}

// writeCost is the time that one row written takes longer, of the dearest
// index; nil: not measured, or in another unit.
func (o offer) writeCost() *float64 {
	most := 0.0
	for _, c := range o.members {
		if !c.evaluated || !inSeconds(c.rowUnit) {
			return nil
		}
		most = max(most, c.rowCost)
	}
	return &most
}

// costText says what a row written costs in seconds, of each index that costs
// something; "" where that is not known: writeWhy says why.
func (o offer) costText() string {
	var list []string
	for _, c := range o.members {
		if !c.evaluated || !inSeconds(c.rowUnit) {
			return ""
		}
		if c.rowCost > 0 {
			list = append(list, seconds(c.rowCost))
		}
	}
	if len(list) == 0 {
		return "nothing that could be measured"
	}
	return strings.Join(list, " and ")
}

// writeWhy says why no seconds are known that a row written costs, and what
// the lab reckons with instead; "" where they are known.
func (o offer) writeWhy() string {
	sum, unit := 0.0, db.Unit("")
	for _, c := range o.members {
		switch {
		case !c.evaluated:
			return "it was not measured what a row written costs" + reasonIn(c.rowWhy)
		case inSeconds(c.rowUnit):
			return ""
		}
		sum, unit = sum+c.rowCost, c.rowUnit
	}
	if sum == 0 {
		return ""
	}
	return fmt.Sprintf("for a row written as much as %s, by rule: no row is written to measure it", inUnit(sum, unit))
}

// reasonIn is a reason behind a sentence.
func reasonIn(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

// parts are the ids of the single indexes, where there are several.
func (o offer) parts() (list []string) {
	if len(o.members) > 1 {
		for _, c := range o.members {
			list = append(list, c.id())
		}
	}
	return list
}

// written is the advice that each chosen index is part of.
type written map[*candidate]Recommendation

// put writes down whose advice r is, what it builds on, and what those before
// it make of its statements.
func (a written) put(r *Recommendation, o offer) {
	r.Parts = o.parts()
	for _, c := range o.on {
		first, ok := a[c]
		if !ok {
			continue
		}
		r.Needs, r.relies = append(r.Needs, c.index.Name), append(r.relies, c.index.Name)
		if !slices.Contains(r.Requires, first.ID) {
			r.Requires = append(r.Requires, first.ID)
		}
	}
	if what := a.names(o.on); len(what) > 0 {
		r.Reason += "; it pays only beside " + strings.Join(what, " and ")
	}
	for _, d := range r.detours {
		r.Evidence = append(r.Evidence, d.text(a))
	}
	for _, c := range o.members {
		a[c] = *r
	}
}

// names are those of the advice that indexes are part of, each once.
func (a written) names(list []*candidate) (out []string) {
	for _, c := range list {
		first, ok := a[c]
		name := "#" + first.ID + " (" + strings.TrimPrefix(first.Title, "Create ") + ")"
		if ok && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
