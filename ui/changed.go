package ui

import (
	"fmt"
	"slices"
	"time"

	"mltop/collectors"
	"mltop/internal/units"
	"mltop/ui/chart"
)

// What changed in the database, since the last attach and while it is
// watched, stands where the settings are, while it has the keys.

func changedTable() table {
	return table{cols: []column{{title: "changed", width: 15}, {title: "what", width: 30, flex: true}, {title: "from → to", width: 20, flex: true}}}
}

// changes are those that were seen until the time cursor, the newest first.
func (s *State) changes() []collectors.Event {
	list := slices.DeleteFunc(s.History.Events(s.end(), 0), func(e collectors.Event) bool { return !e.Change() })
	slices.Reverse(list)
	return list
}

func changedName(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", ◆%d", n)
}

func (s *State) changedRows() []row {
	var rows []row
	for i, e := range s.changes() {
		when, from := s.changedAt(e), fromTo(e)
		k := inkText
		if e.Ours {
			k = inkDim
		}
		rows = append(rows, row{id: e.At.String() + e.What, match: when + " " + e.What + " " + from,
			cells: []span{{inkDim, when}, {k, e.What}, {inkStrong, from}},
			keys:  []any{fmt.Sprintf("%06d", i), e.What, from}})
	}
	return rows
}

// changedAt is when it was seen; of what happened while nobody watched it is
// known since when.
func (s *State) changedAt(e collectors.Event) string {
	at, prefix := e.At, ""
	if !e.After.IsZero() {
		at, prefix = e.After, "since "
	}
	layout := "01-02 15:04"
	if s.end().Sub(at) < 12*time.Hour {
		layout = "15:04:05"
	}
	if prefix != "" && layout != "15:04:05" {
		layout = "01-02" // the hour says little of a day that is long ago
	}
	return prefix + at.In(s.opts.Zone).Format(layout)
}

// fromTo is what a change was from and to; "" where only what says it.
func fromTo(e collectors.Event) string {
	switch {
	case e.From == "" && e.To == "":
		return ""
	case e.From == "":
		return "+ " + e.To
	case e.To == "":
		return "− " + e.From
	}
	return e.From + " → " + e.To
}

// drawChanged draws them, and the one under the cursor in full.
func (d *database) drawChanged(s *State, a area, on bool) {
	a = d.changed.drawLast(a, on)
	d.changed.draw(a, d.changed.arrange(s, s.changedRows), on, "nothing of its settings, tables and indexes has changed that mltop has seen")
}

// drawLastChange says on one line what changed last, and where all of it is.
func (s *State) drawLastChange(a area) int {
	list := s.changes()
	if len(list) == 0 || a.h < 1 {
		return 0
	}
	last := list[0]
	text := last.What
	if how := fromTo(last); how != "" {
		text += ": " + how
	}
	a.spans(1, 0, span{inkWarn, "◆ " + units.Plural(len(list), "change")}, span{inkDim, " (tab: ◆)   " + s.changedAt(last) + "   "}, span{inkText, safe(text, longestText)})
	return 1
}

// attachMarks is one marker for all that changed since the last attach: none
// of them has a time of its own, and over one another nobody could read them.
func attachMarks(list []collectors.Event) []chart.Mark {
	n := 0
	for _, e := range list {
		if !e.After.IsZero() && !e.Ours {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	i := slices.IndexFunc(list, func(e collectors.Event) bool { return !e.After.IsZero() })
	return []chart.Mark{{At: list[i].At, Rune: '◆', Text: units.Plural(n, "change") + " since the last attach: key 5", Ink: chart.InkNote}}
}
