package main

import (
	"time"

	"mltop/advisor"
	"mltop/internal/export"
	"mltop/internal/units"
)

// A journalDoc is what mltop journal, apply and undo write.
type journalDoc struct {
	SchemaVersion int        `json:"schema_version"`
	Time          time.Time  `json:"time"`
	Target        targetDoc  `json:"target"`
	Entries       []entryDoc `json:"entries"`
	Errors        reasons    `json:"errors"`
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
	Verdict        *verdictDoc `json:"verdict"`
}

type verdictDoc struct {
	Subject     string   `json:"subject"`
	Outcome     string   `json:"outcome"`
	BeforeP95   *float64 `json:"before_p95_seconds"`
	AfterP95    *float64 `json:"after_p95_seconds"`
	BeforeMean  *float64 `json:"before_mean_seconds"`
	AfterMean   *float64 `json:"after_mean_seconds"`
	CallsBefore int      `json:"calls_before"`
	CallsAfter  int      `json:"calls_after"`
	RatioLow    *float64 `json:"ratio_low"`
	RatioHigh   *float64 `json:"ratio_high"`
	P           *float64 `json:"p_value"`
	CallsEnough *int     `json:"calls_enough"`
	GainRatio   *float64 `json:"gain_ratio"`
	Text        string   `json:"text"`
}

func newJournalDoc(t targetDoc, now time.Time, entries []advisor.Entry) journalDoc {
	d := journalDoc{SchemaVersion: schemaVersion, Time: now.UTC(), Target: t, Entries: []entryDoc{}, Errors: reasons{}}
	for _, e := range entries {
		d.Entries = append(d.Entries, newEntryDoc(e))
	}
	return d
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
	return d
}

func newVerdictDoc(v advisor.Verdict) *verdictDoc {
	d := &verdictDoc{
		Subject: v.Subject, Outcome: string(v.Outcome),
		BeforeP95: finite(v.BeforeP95), AfterP95: finite(v.AfterP95),
		BeforeMean: finite(v.BeforeMean), AfterMean: finite(v.AfterMean),
		CallsBefore: v.CallsBefore, CallsAfter: v.CallsAfter,
		RatioLow: finite(v.Low), RatioHigh: finite(v.High), P: finite(v.P), Text: v.Text,
	}
	if v.Enough > 0 {
		d.CallsEnough, d.GainRatio = &v.Enough, &v.Gain
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
		}
		t.Rows = append(t.Rows, []string{e.ID, e.At.Local().Format("2006-01-02 15:04:05"), e.State, e.Title, units.Or(floatOf(e.SizeBytes), units.Bytes), verdict})
	}
	return view{doc: d, tables: []export.Table{t}, csv: journalCSV(d.Entries)}
}

func journalCSV(entries []entryDoc) export.Table {
	t := export.Table{Columns: export.Cols("id", "at", "state", "recommendation", "kind", "title", "table", "size_bytes", "verdict", "note")}
	for _, e := range entries {
		verdict := ""
		if e.Verdict != nil {
			verdict = e.Verdict.Text
		}
		t.Rows = append(t.Rows, []string{e.ID, e.At.Format(time.RFC3339), e.State, e.Recommendation, e.Kind, e.Title, e.Table,
			rawNumber(floatOf(e.SizeBytes)), verdict, e.Note})
	}
	return t
}
