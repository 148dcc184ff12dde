package main

import (
	"fmt"
	"maps"
	"slices"

	"mltop/advisor"
)

// A foretold statement: how many times faster the cards said that a call gets,
// and how many times faster it got.
type foretold struct {
	name           string
	said, measured float64
	before, after  float64 // seconds that were said; 0: the cards tell no time
	trial          float64 // seconds that it took
}

// met reports whether the one lies within 2× of the other.
func (f foretold) met() bool {
	ratio := f.said / f.measured
	return ratio >= 0.5 && ratio <= 2
}

func (f foretold) text() string {
	text := fmt.Sprintf("%s: %.1f×, measured %.1f×", f.name, f.said, f.measured)
	if f.before > 0 {
		text += fmt.Sprintf(" (%s → %s, took %s)", short(f.before), short(f.after), short(f.trial))
	}
	return text
}

// predicted compares each statement that a card serves with what came of it.
// Of a statement that several cards serve the last one tells what it takes in
// the end; where they tell no time, their factors of the work are multiplied.
func predicted(c contest) []foretold {
	said := map[string]foretold{}
	for _, rec := range c.advice.Recommendations {
		if rec.Kind != advisor.KindCreateIndex {
			continue
		}
		for _, p := range rec.Plans {
			if p.After.Value > 0 {
				said[p.Query] = said[p.Query].with(p)
			}
		}
	}
	var list []foretold
	for _, name := range slices.Sorted(maps.Keys(said)) {
		f := said[name]
		if f.before > 0 {
			f.said = f.before / f.after
		}
		f.name, f.trial, f.measured = name, c.trial[name], c.plain[name]/c.trial[name]
		list = append(list, f)
	}
	return list
}

// with adds what one more card says.
func (f foretold) with(p advisor.PlanPair) foretold {
	f.said = max(f.said, 1) * p.Before.Value / p.After.Value
	if p.SecondsAfter > 0 {
		f.before = max(f.before, p.SecondsBefore)
		if f.after == 0 || p.SecondsAfter < f.after {
			f.after = p.SecondsAfter
		}
	}
	return f
}

// unserved are the statements that no card speaks of: they were to stay as they
// are. It answers how many did, within 2×.
func unserved(list []statement, c contest, served []foretold) (stayed, of int) {
	for _, s := range list {
		if slices.ContainsFunc(served, func(f foretold) bool { return f.name == s.name }) {
			continue
		}
		of++
		if (foretold{said: 1, measured: c.plain[s.name] / c.trial[s.name]}).met() {
			stayed++
		}
	}
	return stayed, of
}

// foretold prints how the cards' speed-ups compare with the measured ones.
func (r *report) foretold(h *host, c contest) {
	list := predicted(c)
	met := 0
	for _, f := range list {
		if f.met() {
			met++
		}
	}
	stayed, of := unserved(h.on.statements, c, list)
	r.printf("    predicted speed-up within 2× of the measured one: %d of %d; of %d that no card speaks of %d stayed as they were\n", met, len(list), of, stayed)
	for _, f := range list {
		if !f.met() {
			r.printf("    predicted otherwise: %s\n", f.text())
		}
	}
}
