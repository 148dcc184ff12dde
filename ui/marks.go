package ui

import (
	"strings"
	"time"

	"mltop/advisor"
	"mltop/internal/term"
	"mltop/ui/chart"
)

// marks are what happened in (start, end]: our own changes from the journal,
// everything else from the collectors' events.
func (s *State) marks(start, end time.Time) []chart.Mark {
	var out []chart.Mark
	for _, e := range s.Entries {
		out = append(out, entryMarks(e)...)
	}
	events := s.History.Events(end, end.Sub(start))
	out = append(out, attachMarks(events)...)
	for _, e := range events {
		if !e.Ours && e.After.IsZero() {
			out = append(out, eventMark(e.At, e.Kind, e.Text))
		}
	}
	return out
}

func entryMarks(e advisor.Entry) []chart.Mark {
	switch e.State {
	case advisor.EntryApplied, advisor.EntryUndoing, advisor.EntryUndoPending, advisor.EntryLost:
		return []chart.Mark{{At: settled(e), Rune: '▲', Text: doneWord(e.Kind), Ink: chart.InkUp}}
	case advisor.EntryUndone:
		return []chart.Mark{
			{At: e.At, Rune: '▲', Text: doneWord(e.Kind), Ink: chart.InkUp},
			{At: e.SettledAt, Rune: '▼', Text: "undone", Ink: chart.InkDown},
		}
	}
	return nil
}

// settled is when a change took effect.
func settled(e advisor.Entry) time.Time {
	if e.State == advisor.EntryApplied && !e.SettledAt.IsZero() {
		return e.SettledAt
	}
	return e.At
}

func doneWord(k advisor.Kind) string {
	switch k {
	case advisor.KindCreateIndex:
		return "index created"
	case advisor.KindDropIndex:
		return "index dropped"
	case advisor.KindHideIndex:
		return "index hidden"
	case advisor.KindSetting:
		return "setting changed"
	case advisor.KindAnalyze:
		return "analyzed"
	}
	return "applied"
}

// longestMark keeps a mark from hiding the axis.
const longestMark = 40

// narrow makes a text from outside fit for a chart, where every character
// takes one cell.
func narrow(text string) string {
	return strings.Map(func(r rune) rune {
		if term.RuneWidth(r) != 1 {
			return '·'
		}
		return r
	}, cutText(safe(text, longestMark), longestMark))
}

func eventMark(at time.Time, kind, text string) chart.Mark {
	m := chart.Mark{At: at, Rune: '◆', Text: narrow(text), Ink: chart.InkNote}
	switch kind {
	case "applied":
		m.Rune, m.Ink = '▲', chart.InkUp
	case "undone", "schema", "dropped":
		m.Rune, m.Ink = '▼', chart.InkDown
	}
	if strings.Contains(text, "dropped") {
		m.Rune, m.Ink = '▼', chart.InkDown
	}
	return m
}
