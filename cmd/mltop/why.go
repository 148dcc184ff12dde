package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"mltop/collectors"
	"mltop/internal/export"
)

// A whyDoc is what mltop why writes.
type whyDoc struct {
	SchemaVersion int          `json:"schema_version"`
	Time          time.Time    `json:"time"`
	Target        targetDoc    `json:"target"`
	Findings      []findingDoc `json:"findings"`
	Changes       []changeDoc  `json:"changes"` // of the database, since the last attach and during this look
	Errors        reasons      `json:"errors"`
}

func newWhy(w *world, o *options) *cobra.Command {
	return &cobra.Command{
		Use: "why TARGET", Short: "What is wrong, in one line, and what speaks against it", Args: exactly(1, "one target"),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := openApp(cmd.Context(), w, o, args[0], purpose{past: whyPast + verdictWindow, whole: true})
			if err != nil {
				return err
			}
			return errors.Join(a.why(cmd.Context()), a.Close())
		},
	}
}

// whyPast is how far back the verdict compares: "slower than an hour ago".
const whyPast = time.Hour

func (a *app) why(ctx context.Context) error {
	h := collectors.NewHistory(0)
	if err := a.sample(ctx, h, 2); err != nil {
		return err
	}
	if err := a.fill(ctx, h); err != nil {
		return err
	}
	now := h.Latest()
	d := whyDoc{SchemaVersion: schemaVersion, Time: now.Time.UTC(), Target: a.targetDoc(), Errors: reasons{}}
	for name, why := range now.Errors {
		d.Errors.say(name, why)
	}
	d.Errors.sayUnread(now)
	d.Findings = newFindingDocs(a.findingsTried(ctx, h, now.Time))
	d.Changes = changeDocs(h.Events(now.Time, 0))
	if err := a.o.emit(a.w, whyView(d)); err != nil {
		return err
	}
	var levels []string
	for _, f := range d.Findings {
		levels = append(levels, f.Level)
	}
	return a.o.failAt(levels)
}

func whyView(d whyDoc) view {
	t := export.Table{Columns: export.Cols("", "~")}
	csv := export.Table{Columns: export.Cols("level", "rule", "text", "method", "route", "fingerprint")}
	for _, f := range d.Findings {
		t.Rows = append(t.Rows, []string{levelMark(f.Level), f.Text})
		for _, a := range f.Against {
			t.Rows = append(t.Rows, []string{"", "but: " + a})
		}
		csv.Rows = append(csv.Rows, []string{f.Level, f.Rule, f.Text, f.Method, f.Route, f.Fingerprint})
	}
	if why := d.Errors["requests.history"]; why != "" {
		t.Rows = append(t.Rows, []string{"", "but: " + why})
	}
	v := view{doc: d, tables: []export.Table{t}, csv: csv}
	if changed := latest(changedTable(d.Changes)); len(changed.Rows) > 0 {
		v.tables = append(v.tables, changed)
	}
	return v
}

// mostChanges are named beside what is wrong; snapshot has all of them.
const mostChanges = 5

// latest leaves the newest changes of a table, and says how many more there are.
func latest(t export.Table) export.Table {
	if more := len(t.Rows) - mostChanges; more > 0 {
		t.Rows = append([][]string{{"", fmt.Sprintf("and %d more before: mltop snapshot has all", more), "", ""}}, t.Rows[more:]...)
	}
	return t
}
