package ui

import (
	"fmt"
	"math"
	"strings"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/sqltext"
	"mltop/internal/units"
)

// noAdvice says it as visibly as advice.
func (s *State) noAdvice() string {
	switch {
	case s.Advising != "":
		return "nothing found so far"
	case s.Advice == nil:
		return "the advisor has not run yet"
	case len(s.Advice.Declined) > 0:
		return "● no advice: everything that was looked at was declined, below is why"
	}
	return "● no advice: nothing that was seen would gain from a change"
}

// waiting is how much advice there is that was not applied yet.
func (s *State) waiting() int {
	n := 0
	if s.Advice != nil {
		for _, r := range s.Advice.Recommendations {
			if _, ok := s.standing(r.ID); !ok {
				n++
			}
		}
	}
	return n
}

func (s *State) cardRows() []row {
	if s.Advice == nil {
		return nil
	}
	rows := make([]row, 0, len(s.Advice.Recommendations))
	for _, r := range s.Advice.Recommendations {
		k, sym := severity(r.Severity)
		before, after, times := effectText(r.Estimate)
		title := span{inkStrong, r.Title}
		if e, ok := s.standing(r.ID); ok {
			k, sym = entryStatus(e.State)
			title = span{inkDim, string(e.State) + ": " + r.Title}
		}
		rows = append(rows, row{
			id: r.ID, match: r.Title + " " + string(r.Kind),
			cells: []span{{k, sym}, title, {inkDim, kindWords(r.Kind)}, {inkText, saved(r.SavedRatio)},
				{inkText, before}, {inkText, after}, {inkOK, narrowFactor(times)},
				{inkText, units.Bytes(intOrNaN(r.SizeBytes))}, {inkText, units.Signed(orNaN(r.WriteCost))}, {inkDim, r.Confidence}},
			keys: []any{string(r.Severity), r.Title, string(r.Kind), r.SavedRatio, nil, nil, nil, intOrNaN(r.SizeBytes), orNaN(r.WriteCost), r.Confidence},
		})
	}
	return rows
}

// kindWords is a kind of advice without the marks of an identifier.
func kindWords(k advisor.Kind) string { return strings.ReplaceAll(string(k), "_", " ") }

// effectText writes a call before and after, in live time where that was
// predicted, else as it was come by, and the factor.
func effectText(e *advisor.Effect) (before, after, times string) {
	if e == nil {
		return none, none, ""
	}
	if p := e.Foretold(); p != nil {
		return units.Seconds(p.Before), units.Seconds(p.After), factor(e.Method, p.Before, p.After)
	}
	return valueText(e.Before, shortUnit(e.Unit)), valueText(e.After, shortUnit(e.Unit)), factor(e.Method, e.Before, e.After)
}

func shortUnit(u db.Unit) db.Unit {
	switch u {
	case db.UnitSteps:
		return "steps"
	case db.UnitHandlerReads, db.UnitRowsRead:
		return "rows"
	case db.UnitCost:
		return "cost"
	}
	return u
}

// leastSaving is a ten-thousandth of one session's time: who saves less, saves
// something else.
const leastSaving = 1e-4

func saved(v float64) string {
	if !(v >= leastSaving) || math.IsInf(v, 0) {
		return none
	}
	return units.Seconds(v) + "/s"
}

// declinedRows lists what was declined; what was declined for the same reason
// is one row.
func (s *State) declinedRows() []row {
	if s.Advice == nil {
		return nil
	}
	rows := make([]row, 0, len(s.Advice.Declined))
	for i, d := range advisor.Alike(s.Advice.Declined) {
		what := d.What
		if len(d.Queries) > 0 {
			what += " for " + s.manyNames(d.Queries)
		}
		why := s.inBrief(d.Reason)
		rows = append(rows, row{
			id: fmt.Sprintf("%04d", i), match: what + ": " + why,
			cells: []span{{inkText, "○ " + what}, {inkDim, why}},
		})
	}
	return rows
}

// manyNames is one statement's gist, or the names of several.
func (s *State) manyNames(queries []string) string {
	if w, ok := s.statement(queries[0]); ok && len(queries) == 1 && w.Name == "" {
		return sqltext.Gist(w.Text)
	}
	if text := s.adviceText(queries[0]); text != "" && len(queries) == 1 {
		return sqltext.Gist(text)
	}
	const most = 4
	text := listed(queries[:min(len(queries), most)], s.statementLabel)
	if more := len(queries) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func (s *State) journalRows() []row {
	rows := make([]row, 0, len(s.Entries))
	for _, e := range s.Entries {
		k, sym := entryStatus(e.State)
		kr, result := s.result(e)
		rows = append(rows, row{
			id: e.ID, match: e.Title + " " + string(e.State),
			cells: []span{{inkDim, e.At.In(s.opts.Zone).Format("01-02 15:04")}, {k, sym + " " + string(e.State)}, {inkText, e.Title}, {kr, result}},
			keys:  []any{float64(e.At.UnixNano())},
		})
	}
	return rows
}

func entryStatus(state advisor.EntryState) (ink, string) {
	switch state {
	case advisor.EntryApplied:
		return inkOK, "●"
	case advisor.EntryUndone:
		return inkDim, "○"
	case advisor.EntryFailed, advisor.EntryLost:
		return inkCrit, "■"
	}
	return inkWarn, "▲"
}

// result is the verdict on an entry, or what its note says.
func (s *State) result(e advisor.Entry) (ink, string) {
	if e.Note != "" && e.State != advisor.EntryApplied {
		return inkWarn, e.Note
	}
	v, ok := s.Verdicts[e.ID]
	if !ok {
		return inkDim, none
	}
	k, sym := outcome(v.Outcome)
	if n := len(v.Slower); n > 0 {
		return inkCrit, "■ slower with it: " + strings.Join(v.Slower, "; ") + "; u undoes it"
	}
	return k, sym + " " + v.Subject + "  " + v.Text
}

func joinColumns(cols []string) string { return strings.Join(cols, ", ") }
