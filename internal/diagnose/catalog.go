package diagnose

import (
	"fmt"

	"mltop/internal/units"
)

// From these parts of its keys on a counter is a matter of weeks, and of
// days, where it grew to that in years.
const (
	keysUsed    = 0.9
	keysNearEnd = 0.98
)

// keysRunOut finds the counter of keys that ends first.
func keysRunOut(f *facts) []Finding {
	d := f.snap.Database
	if d == nil || d.Schema == nil {
		return nil
	}
	name, used, more := "", 0.0, -1
	for _, c := range d.Schema.Counters {
		if c.Used() < keysUsed {
			continue
		}
		if more++; c.Used() > used {
			name, used = counterName(c.Table, c.Column, c.Name), c.Used()
		}
	}
	if more < 0 {
		return nil
	}
	x := Finding{
		Rule: "keys", Level: Warn, View: "database", Weight: 0.01, // nothing is lost yet
		Text:    fmt.Sprintf("%s: %s of its keys are given out, and inserts fail when it ends", name, percent(used)),
		Against: []string{"how fast they are given out is not known: it may take years"},
	}
	if used >= keysNearEnd {
		x.Level = Crit
	}
	if more > 0 {
		x.Text += fmt.Sprintf(" (and %s more)", units.Plural(more, "counter"))
	}
	return []Finding{x}
}

func counterName(table, column, name string) string {
	if table == "" {
		return named(name, "a sequence")
	}
	return table + "." + column
}

// invalidIndexes finds what a build that did not end has left.
func invalidIndexes(f *facts) []Finding {
	d := f.snap.Database
	if d == nil || d.Schema == nil {
		return nil
	}
	var names []string
	for _, t := range d.Schema.Tables {
		for _, ix := range t.Indexes {
			if ix.Invalid && !ix.Building && !ix.Parted {
				names = append(names, ix.Name+" on "+t.Name)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	x := Finding{
		Rule: "invalid index", Level: Warn, View: "database", Weight: 0.001,
		Text:    "the index " + names[0] + " is invalid: every write pays for it, and no query can use it",
		Against: []string{"whoever began it may begin again: REINDEX INDEX CONCURRENTLY makes it whole"},
	}
	if more := len(names) - 1; more > 0 {
		x.Text += fmt.Sprintf(" (and %d more)", more)
	}
	return []Finding{x}
}
