package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mltop/collectors"
	"mltop/internal/db"
	"mltop/internal/export"
	"mltop/internal/sqltext"
	"mltop/internal/term"
	"mltop/internal/units"
)

// sessionTable is the Sessions view on paper: the tree of those that wait on
// top, its root first, and who holds others up with what its end throws away.
func sessionTable(engine string, d *collectors.Database) export.Table {
	if !serverEngine(engine) {
		return export.Table{Title: "Sessions", Empty: units.Unknown + "  " + noSessions}
	}
	order := db.SessionsInOrder(d.Sessions)
	t := export.Table{Title: sessionTitle(d), Empty: "no other session is seen", Columns: export.Cols(
		"session", "user", "~application", "host", "~state", ">for", ">open", ">holds up", "~waits for", "~statement", "~ending it throws away")}
	if why := d.Missing["sessions"]; why != "" {
		t.Empty = units.Unknown + "  " + why
	}
	few := fewSessions(d.Sessions, order)
	for _, b := range few {
		t.Rows = append(t.Rows, sessionCells(d, b))
	}
	t = withoutEmpty(t)
	if more := len(order) - len(few); more > 0 {
		t.Title += fmt.Sprintf(" · %s of them here, and %s more", units.Whole(int64(len(few))), units.Whole(int64(more)))
	}
	if hidden := d.Hidden(); hidden != "" {
		t.Title += " · " + hidden
	}
	return t
}

// noSessions: what stands for them are the processes that have the file open.
const noSessions = "SQLite has no server that knows its clients: those that hold the file open stand under Processes"

func sessionTitle(d *collectors.Database) string {
	n := db.SumSessions(d.Sessions)
	text := "Sessions  " + units.Plural(db.CountSessions(d.Sessions), "session")
	if allowed := d.Stats.ConnectionsAllowed; allowed != nil {
		text += fmt.Sprintf(" of %.0f allowed", *allowed)
	}
	text += fmt.Sprintf(" · %d active · %d waiting · %d idle in a transaction", n.Active, n.Waiting, n.Resting)
	if n.Oldest > 0 {
		text += " · oldest transaction " + units.Lasting(n.Oldest)
	}
	return text
}

func sessionCells(d *collectors.Database, b db.BlockedSession) []string {
	behind := ""
	if b.Behind > 0 {
		behind = units.Whole(int64(b.Behind))
	}
	if b.At < 0 {
		return []string{b.ID, "", "", "", "no session", units.Unknown, units.Unknown, behind, "", "", ""}
	}
	s := d.Sessions[b.At]
	id, lasts, open, dies := s.ID, units.Seconds(s.For.Seconds()), units.Unknown, ""
	if s.Prepared != nil {
		id = s.Prepared.Name
		if s.Prepared.NoAge != "" {
			lasts = units.Unknown
		}
	}
	if s.Transaction > 0 {
		open = units.Lasting(s.Transaction)
	}
	if b.Behind > 0 {
		dies = s.Dies
	}
	return []string{b.Branch("└") + id, s.User, s.Application, s.Host, s.StateText(b), lasts, open, behind, s.WaitsFor(), shortStatement(s, d.Quotes), dies}
}

// shownStatement is as much of a statement as tells it from others: a text of
// 4 KB would take a page.
const shownStatement = 120

func shortStatement(s db.Session, quotes sqltext.Quotes) string {
	if s.Prepared != nil {
		return s.Prepared.Ends()
	}
	const enough = 4 * shownStatement // literals are masked, gaps closed
	text := strings.ToValidUTF8(s.Statement[:min(len(s.Statement), enough)], "")
	return term.Cut(strings.Join(strings.Fields(quotes.Mask(text)), " "), shownStatement)
}

// withoutEmpty leaves out the columns in which no row says anything.
func withoutEmpty(t export.Table) export.Table {
	for i := len(t.Columns) - 1; i >= 0; i-- {
		if !slices.ContainsFunc(t.Rows, func(r []string) bool { return r[i] != "" }) {
			t.Columns = slices.Delete(t.Columns, i, i+1)
			for n, r := range t.Rows {
				t.Rows[n] = slices.Delete(r, i, i+1)
			}
		}
	}
	return t
}

// fewSessions chooses whom a page shows of thousands, in their order: some of
// each kind, so that a crowd behind one lock hides neither another root nor
// what works.
func fewSessions(list []db.Session, order []db.BlockedSession) []db.BlockedSession {
	byKind := slices.Clone(order)
	slices.SortStableFunc(byKind, func(a, b db.BlockedSession) int {
		return cmp.Or(cmp.Compare(sessionKind(list, a), sessionKind(list, b)), cmp.Compare(b.Behind, a.Behind), cmp.Compare(ageOf(list, b), ageOf(list, a)))
	})
	chosen := map[string]bool{}
	for kind, most := range []int{10, 15, 18, 20, 20} { // of 20 lines, half a screen; the last turn fills up
		for _, b := range byKind {
			if len(chosen) < most && (kind == kinds || sessionKind(list, b) == kind) {
				chosen[b.ID] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(order), func(b db.BlockedSession) bool { return !chosen[b.ID] })
}

const kinds = 4

// sessionKind: who holds others up, who waits, who works or rests on a
// transaction, the rest.
func sessionKind(list []db.Session, b db.BlockedSession) int {
	switch {
	case b.Behind > 0:
		return 0
	case list[b.At].Waiting():
		return 1
	case list[b.At].Idle, list[b.At].Prepared != nil, !list[b.At].Silent():
		return 2
	}
	return 3
}

func ageOf(list []db.Session, b db.BlockedSession) float64 {
	if b.At < 0 {
		return 0
	}
	return list[b.At].For.Seconds()
}
