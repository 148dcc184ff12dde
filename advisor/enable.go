package advisor

import (
	"context"
	"strings"

	"mltop/internal/db"
)

// What advice is about that lets mltop see more, and speeds nothing up.
const (
	objectSource = "statement source"
	objectRoom   = "what-if room"
)

// enabling is advice to let mltop see more: statements counted, indexes tried
// by the planner itself. What cannot be asked now is not offered.
func (a *Advisor) enabling(ctx context.Context) (list []Recommendation, notes []string) {
	if e, ok := a.engine.(db.StatementEnabler); ok {
		if o, err := e.EnableStatements(ctx); err == nil && o.Needs != "" {
			notes = append(notes, "statements are not counted: "+o.Needs)
		} else if err == nil && len(o.Change) > 0 {
			list = append(list, enabled(firstOf(o.Title, "Have the server count its statements"), objectSource, o.Change, o.Brings, o.Costs))
		}
	}
	if e, ok := a.engine.(db.LabEnabler); ok {
		if s, brings, err := e.EnableLab(ctx); err == nil && brings != "" {
			list = append(list, enabled("Let the planner try indexes that are not there", objectRoom, db.Change{s}, brings, ""))
		}
	}
	return list, notes
}

// unseen says what is not seen now without it.
func unseen(object string) string {
	if object == objectRoom {
		return "the planner plans with the indexes that are there, and no others"
	}
	return "no statement is counted now, or logged with its time"
}

func enabled(title, object string, c db.Change, brings, costs string) Recommendation {
	var do, undo []string
	for i := range c {
		do = append(do, c[i].Do...)
		undo = append(undo, c[len(c)-1-i].Undo...)
	}
	return Recommendation{
		ID: adviceID(KindSetting, object, strings.Join(do, ";")), Kind: KindSetting, Severity: SeverityInfo,
		Title: title, Object: object, Statement: statements(do), Undo: statements(undo), Change: c,
		Reason: brings, Evidence: []string{unseen(object)}, Scope: "the server, and everybody who uses it",
		Risk: firstOf(costs, "none that is known"), MayBeWrong: "where somebody has switched it off on purpose", Confidence: "high",
	}
}
