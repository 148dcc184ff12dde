package ui

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/internal/units"
)

// logView lists the statements that mltop itself ran on the target.
type logView struct{ table table }

func newLog() *logView {
	return &logView{table{sortBy: 0, cols: []column{
		{title: "at", width: 12}, {title: "by", width: 10, from: 60}, {title: "took", width: 8, right: true},
		{title: "statements that mltop ran on the target", width: 30, flex: true},
	}}}
}

func (*logView) Title() string { return "Log" }
func (*logView) place() place  { return onLog }

func (v *logView) filterText() string       { return v.table.filterText() }
func (v *logView) setFilter(t string) error { return v.table.setFilter(t) }

func (*logView) Offers(*State) []Offer {
	return []Offer{{Action: Up, Pair: Down, Does: "move"}, {Action: Wrap, Does: "whole text"}, {Action: Sort, Does: "sort"}, {Action: Copy}}
}

func (v *logView) Update(a Action, s *State) (Panel, tea.Cmd) {
	v.table.arrange(s, s.logRows)
	if a == Copy {
		if row, ok := v.table.current(); ok {
			return v, copyText("statement", row.match)
		}
		return v, nil
	}
	v.table.update(a)
	return v, nil
}

func (v *logView) Draw(s *State, a area) {
	rows := v.table.arrange(s, s.logRows)
	if row, ok := v.table.current(); ok && v.table.wrap {
		foot, rest := a.bottom(min(a.h/2, 10))
		a = rest
		foot.rule(0, '─', inkFaint)
		for y, l := range formatted(row.match, a.w-4) {
			foot.text(2, y+1, inkText, l)
		}
	}
	v.table.draw(a, rows, true, "nothing was run yet")
}

func (s *State) logRows() []row {
	rows := make([]row, 0, len(s.Log))
	for i, l := range s.Log {
		k, text := inkText, oneLine(l.SQL)
		if l.Error != "" {
			k, text = inkWarn, "▲ "+l.Error+"   "+text
		}
		rows = append(rows, row{
			id: fmt.Sprintf("%d/%d", l.At.UnixNano(), i), match: l.SQL,
			cells: []span{{inkDim, l.At.In(s.opts.Zone).Format("15:04:05.000")}, {inkDim, l.Who}, {inkText, units.Seconds(l.Elapsed.Seconds())}, {k, text}},
			keys:  []any{float64(l.At.UnixNano()), l.Who, l.Elapsed.Seconds(), text},
		})
	}
	return rows
}
