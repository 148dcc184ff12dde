package advisor

import (
	"context"
	"slices"
	"strings"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// stillNamed looks, ahead of a change, who names an index in a hint that the
// change takes away: a view, a routine or a statement may have come since the
// advice was given. "" where nobody does, or nobody may look.
func (a *Advisor) stillNamed(ctx context.Context, steps []db.Step) string {
	if !a.knowsHints() || !slices.ContainsFunc(steps, takesIndex) {
		return ""
	}
	f := Facts{Schema: a.catalogSoon(ctx), Workload: a.seenNow(ctx)}
	if f.Schema == nil {
		return ""
	}
	a.readCode(ctx, &f)
	named := namedIndexes(f)
	for _, s := range steps {
		if by, ok := named[strings.ToLower(s.Object.Name)]; ok && takesIndex(s) {
			return by.who + " names " + objectName(s.Object) + " with " + by.how + " and would fail without it"
		}
	}
	return ""
}

// knowsHints reports that an engine's statements can name indexes.
func (a *Advisor) knowsHints() bool {
	_, keeper := a.engine.(db.CodeKeeper)
	_, file := a.engine.(db.FileHolder) // SQLite's INDEXED BY
	return keeper || file
}

// takesIndex reports a step behind which statements cannot use an index that
// there was.
func takesIndex(s db.Step) bool {
	return s.Object.Kind == db.ObjectIndex && s.Before != db.Absent && s.Before != ""
}

// seenNow are the statements that the server itself tells of, where its
// statements may hold hints.
func (a *Advisor) seenNow(ctx context.Context) (w Workload) {
	if _, ok := a.engine.(db.CodeKeeper); !ok {
		return w
	}
	r, ok := a.engine.(db.StatementReader)
	if !ok {
		return w
	}
	ctx, cancel := context.WithTimeout(ctx, catalogFor)
	defer cancel()
	totals, err := r.StatementTotals(ctx)
	if err != nil {
		return w // nothing counts them: the code alone is looked at
	}
	for _, s := range totals.List {
		w.Statements = append(w.Statements, Statement{Name: "the statement " + sqltext.Gist(s.Text), Text: s.Text, Examples: []string{s.Example}})
	}
	return w
}
