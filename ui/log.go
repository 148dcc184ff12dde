package ui

import (
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/internal/units"
)

// logView lists the statements that mltop itself ran on the target. The same
// one is run every second: each has one row, and its runs below on request.
type logView struct{ table table }

func newLog() *logView {
	return &logView{table{sortBy: 0, cols: []column{
		{title: "last at", width: 12}, {title: "by", width: 10, from: 60}, {title: "runs", width: 6, right: true},
		{title: "took", width: 7, right: true}, {title: "most", width: 7, right: true, from: 70},
		{title: "statements that mltop ran on the target", width: 30, flex: true},
	}}}
}

func (*logView) Title() string { return "Log" }
func (*logView) place() place  { return onLog }

func (v *logView) filterText() string       { return v.table.filterText() }
func (v *logView) setFilter(t string) error { return v.table.setFilter(t) }

func (*logView) Offers(*State) []Offer {
	return []Offer{{Action: Up, Pair: Down, Does: "move"}, {Action: Wrap, Does: "whole text and runs"}, {Action: Sort, Does: "sort"}, {Action: Copy}}
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
		var foot area
		foot, a = a.bottom(min(a.h/2, 14))
		s.drawRuns(foot, row.id)
	}
	v.table.draw(a, rows, true, "nothing was run yet")
}

// A logged is one statement of mltop's with its runs, the newest last.
type logged struct {
	LogLine // the newest
	runs    []LogLine
	times   int
	most    time.Duration
}

func (l LogLine) key() string { return l.Who + "\x00" + l.SQL + "\x00" + l.Error }

// logged folds the log by statement and by who ran it.
func (s *State) logged() []*logged {
	var list []*logged
	by := map[string]*logged{}
	for _, line := range s.Log {
		l := by[line.key()]
		if l == nil {
			l = &logged{}
			by[line.key()] = l
			list = append(list, l)
		}
		l.LogLine, l.runs, l.most = line, append(l.runs, line), max(l.most, line.Elapsed)
		l.times += max(line.Times, 1)
	}
	return list
}

func (s *State) logRows() []row {
	list := s.logged()
	rows := make([]row, 0, len(list))
	for _, l := range list {
		k, text := inkText, oneLine(l.SQL)
		if l.Error != "" {
			k, text = inkWarn, "▲ "+l.Error+"   "+text
		}
		runs := float64(l.times)
		rows = append(rows, row{
			id: l.key(), match: l.SQL,
			cells: []span{{inkDim, s.clock(l.At)}, {inkDim, l.Who}, {inkText, fmt.Sprintf("×%d", l.times)},
				{inkText, units.Seconds(l.Elapsed.Seconds())}, {inkText, units.Seconds(l.most.Seconds())}, {k, text}},
			keys: []any{float64(l.At.UnixNano()), l.Who, runs, l.Elapsed.Seconds(), l.most.Seconds(), text},
		})
	}
	return rows
}

func (s *State) clock(t time.Time) string { return t.In(s.opts.Zone).Format("15:04:05.000") }

// drawRuns writes a statement whole, and when it was run.
func (s *State) drawRuns(a area, key string) {
	a.rule(0, '─', inkFaint)
	for _, l := range s.logged() {
		if l.key() != key {
			continue
		}
		var runs []string
		for i := len(l.runs) - 1; i >= 0; i-- {
			runs = append(runs, s.clock(l.runs[i].At)+" "+units.Seconds(l.runs[i].Elapsed.Seconds()))
		}
		y := 1
		for _, line := range wrapText(strings.Join(runs, " · "), a.w-4, 3) {
			a.text(2, y, inkDim, line)
			y++
		}
		for _, line := range formatted(l.SQL, a.w-4) {
			a.text(2, y, inkText, line)
			y++
		}
	}
}
