package main

import (
	"strings"
	"time"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/export"
	"mltop/internal/units"
)

// A journalDoc is what mltop journal, apply and undo write.
type journalDoc struct {
	SchemaVersion int        `json:"schema_version"`
	Time          time.Time  `json:"time"`
	Target        targetDoc  `json:"target"`
	Entries       []entryDoc `json:"entries"`
	TrackRecord   *trackDoc  `json:"track_record,omitempty"` // of mltop journal, from the first change on
	Errors        reasons    `json:"errors"`
}

// A trackDoc is how the advice on a target turned out.
type trackDoc struct {
	Applied   int      `json:"applied"`
	Undone    int      `json:"undone"`
	Better    int      `json:"faster"`
	Worse     int      `json:"slower"`
	Same      int      `json:"no_difference"`
	Waiting   int      `json:"no_verdict"`
	Compared  int      `json:"compared"` // with a prediction and a verdict
	WithinTwo int      `json:"within_factor_two"`
	Predicted *float64 `json:"predicted_median_factor"`
	Measured  *float64 `json:"measured_median_factor"`
	// Other counts by their unit those that were predicted in something else than time.
	Other map[db.Unit]int `json:"not_compared"`
	// OnRoutes are those of which only the route was seen, not the statement.
	// BesideRoutes of those compared have a route that was seen as well.
	OnRoutes       int      `json:"seen_by_route"`
	BesideRoutes   int      `json:"with_route"`
	RoutesMeasured *float64 `json:"routes_measured_median_factor"`
	Text           string   `json:"text"`
}

func newTrackDoc(entries []advisor.Entry) *trackDoc {
	t := advisor.TrackOf(entries)
	if t.Applied == 0 {
		return nil
	}
	return &trackDoc{
		Applied: t.Applied, Undone: t.Undone, Better: t.Better, Worse: t.Worse, Same: t.Same, Waiting: t.Waiting,
		Compared: t.Compared, WithinTwo: t.WithinTwo, Predicted: finite(t.Predicted), Measured: finite(t.Measured), Other: t.Other, OnRoutes: t.OnRoutes,
		BesideRoutes: t.BesideRoutes, RoutesMeasured: finite(t.RoutesMeasured), Text: t.Text(),
	}
}

type entryDoc struct {
	ID             string      `json:"id"`
	At             time.Time   `json:"at"`
	SettledAt      *time.Time  `json:"settled_at"`
	State          string      `json:"state"`
	Recommendation string      `json:"recommendation"`
	Kind           string      `json:"kind"`
	Title          string      `json:"title"`
	Path           string      `json:"path"`
	Table          string      `json:"table"`
	Queries        []string    `json:"queries"`
	Routes         []string    `json:"routes"`
	Steps          []stepDoc   `json:"steps"`
	SizeBytes      *int64      `json:"size_bytes"`
	Note           string      `json:"note"`
	Predicted      *effectDoc  `json:"predicted"` // null where the advice gave no number
	Verdict        *verdictDoc `json:"verdict"`
	Propose        string      `json:"propose,omitempty"` // what to run, where it made something slower and stands
}

type verdictDoc struct {
	Subject    string   `json:"subject"`
	Outcome    string   `json:"outcome"`
	BeforeP95  *float64 `json:"before_p95_seconds"`
	AfterP95   *float64 `json:"after_p95_seconds"`
	BeforeMean *float64 `json:"before_mean_seconds"`
	AfterMean  *float64 `json:"after_mean_seconds"`
	// Of a statement that is sampled, whose calls nothing counts: how many
	// sessions are in it at a time; the ratio and p are of that.
	BeforeSessions *float64 `json:"before_sessions,omitempty"`
	AfterSessions  *float64 `json:"after_sessions,omitempty"`
	CallsBefore    int      `json:"calls_before"`
	CallsAfter     int      `json:"calls_after"`
	RatioLow       *float64 `json:"ratio_low"`
	RatioHigh      *float64 `json:"ratio_high"`
	P              *float64 `json:"p_value"`
	CallsEnough    *int     `json:"calls_enough"`
	GainRatio      *float64 `json:"gain_ratio"`
	Guarded        int      `json:"guarded"` // other statements of the table that were looked at
	Slower         []string `json:"slower"`  // of them
	// Statement is the verdict on the statement that the prediction is of, where
	// the subject is a route.
	Statement *verdictDoc `json:"statement,omitempty"`
	Text      string      `json:"text"`
}

func newJournalDoc(t targetDoc, now time.Time, entries []advisor.Entry) journalDoc {
	d := journalDoc{SchemaVersion: schemaVersion, Time: now.UTC(), Target: t, Entries: []entryDoc{}, Errors: reasons{}}
	for _, e := range entries {
		entry := newEntryDoc(e)
		if e.State == advisor.EntryApplied && regressed(e.Verdict) {
			entry.Propose = "mltop undo " + db.ShellWord(t.Path) + " " + e.ID
		}
		d.Entries = append(d.Entries, entry)
	}
	return d
}

// regressed reports a verdict by which a change made something slower.
func regressed(v *advisor.Verdict) bool {
	return v != nil && (v.Outcome == advisor.OutcomeWorse || len(v.Slower) > 0)
}

func newEntryDoc(e advisor.Entry) entryDoc {
	d := entryDoc{
		ID: e.ID, At: e.At.UTC(), SettledAt: utc(e.SettledAt), State: string(e.State), Recommendation: e.Recommendation,
		Kind: string(e.Kind), Title: e.Title, Path: e.Path, Table: e.Table, Queries: list(e.Queries), Routes: list(e.Routes),
		Steps: stepDocs(e.Steps), SizeBytes: e.SizeBytes, Note: e.Note,
	}
	if e.Verdict != nil {
		d.Verdict = newVerdictDoc(*e.Verdict)
	}
	if e.Predicted != nil {
		d.Predicted = newEffectDoc(*e.Predicted)
	}
	return d
}

func newVerdictDoc(v advisor.Verdict) *verdictDoc {
	d := &verdictDoc{
		Subject: v.Subject, Outcome: string(v.Outcome),
		BeforeP95: finite(v.BeforeP95), AfterP95: finite(v.AfterP95),
		BeforeMean: finite(v.BeforeMean), AfterMean: finite(v.AfterMean),
		BeforeSessions: v.SessionsBefore, AfterSessions: v.SessionsAfter,
		CallsBefore: v.CallsBefore, CallsAfter: v.CallsAfter,
		RatioLow: finite(v.Low), RatioHigh: finite(v.High), P: finite(v.P), Text: v.Text, Guarded: v.Guarded, Slower: list(v.Slower),
	}
	if v.Enough > 0 {
		d.CallsEnough, d.GainRatio = &v.Enough, &v.Gain
	}
	if v.Statement != nil {
		d.Statement = newVerdictDoc(*v.Statement)
	}
	return d
}

func journalView(d journalDoc) view {
	t := export.Table{Title: "Journal of " + d.Target.Path, Columns: export.Cols(">entry", "when", "state", "~what", ">size", "~verdict"),
		Empty: "mltop has changed nothing here"}
	for _, e := range d.Entries {
		verdict := e.Note
		if e.Verdict != nil && e.State != string(advisor.EntryLost) { // of that, the note says what came of it
			verdict = e.Verdict.Subject + " " + e.Verdict.Text
			if s := e.Verdict.Statement; s != nil {
				verdict += "; in it " + s.Subject + " " + s.Text
			}
			if n := len(e.Verdict.Slower); n > 0 {
				verdict += "; but slower: " + strings.Join(e.Verdict.Slower, "; ")
			}
			if e.Propose != "" {
				verdict += "; to take it back: " + e.Propose
			}
		}
		t.Rows = append(t.Rows, []string{e.ID, e.At.Local().Format("2006-01-02 15:04:05"), e.State, e.Title, units.Or(floatOf(e.SizeBytes), units.Bytes), verdict})
	}
	v := view{doc: d, tables: []export.Table{t}, csv: journalCSV(d.Entries)}
	if d.TrackRecord != nil {
		v.tables = append(v.tables, export.Table{Columns: export.Cols(""), Rows: [][]string{{d.TrackRecord.Text}}})
	}
	return v
}

func journalCSV(entries []entryDoc) export.Table {
	t := export.Table{Columns: export.Cols("id", "at", "state", "recommendation", "kind", "title", "table", "size_bytes", "verdict", "note")}
	for _, e := range entries {
		verdict := ""
		if e.Verdict != nil {
			verdict = e.Verdict.Text
		}
		t.Rows = append(t.Rows, []string{e.ID, e.At.Format(time.RFC3339), e.State, e.Recommendation, e.Kind, e.Title, e.Table,
			rawWhole(e.SizeBytes), verdict, e.Note})
	}
	return t
}
