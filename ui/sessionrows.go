package ui

import (
	"fmt"
	"strings"

	"mltop/internal/db"
	"mltop/internal/units"
	"mltop/ui/chart"
)

// rows puts the tree of those that wait on top, then those that work,
// the longest first, then the idle ones.
func (v *sessions) rows(s *State) []row {
	d := s.Snap.Database
	if d == nil {
		return nil
	}
	var rows []row
	before := v.texts
	if v.masked == s.literals() { // they were made the other way
		before = nil
	}
	v.texts, v.masked = make(map[string]string, len(before)), !s.literals()
	text := func(x db.Session) string { return v.text(s, x, before) }
	placed := map[int]bool{}
	tree := v.inOrder()
	for _, b := range d.Blocking() {
		if !tree {
			b.Depth = 0
		}
		if b.At < 0 {
			rows = append(rows, absentRow(b, len(rows)))
			continue
		}
		placed[b.At] = true
		rows = append(rows, s.sessionRow(d.Sessions[b.At], b, len(rows), text))
	}
	for i, x := range d.Sessions {
		if !placed[i] && !v.onlyTree {
			rows = append(rows, s.sessionRow(x, db.BlockedSession{ID: x.ID, At: i}, -1, text))
		}
	}
	return rows
}

// absentRow stands for a holder of locks that is no session.
func absentRow(b db.BlockedSession, at int) row {
	return row{id: b.ID, match: b.ID,
		cells: []span{{inkCrit, b.ID}, {}, {}, {}, {inkCrit, "no session"}, {inkDim, none}, {inkDim, none}, {inkStrong, fmt.Sprint(b.Behind)}, {}, {}},
		keys:  []any{db.TreeRank(at), "", "", "", "", nan(), nan(), float64(b.Behind), "", ""}}
}

// text is what a row shows of a statement.
func (v *sessions) text(s *State, x db.Session, before map[string]string) string {
	if p := x.Prepared; p != nil {
		return oneLine(p.Ends())
	}
	x = cutStatement(x)
	out, known := v.texts[x.Statement]
	if !known {
		if out, known = before[x.Statement]; !known {
			out = oneLine(s.sessionText(x))
		}
		v.texts[x.Statement] = out
	}
	return out
}

func (s *State) sessionRow(x db.Session, b db.BlockedSession, at int, statement func(db.Session) string) row {
	k, state := stateInk(x, b)
	id := x.ID
	if x.Prepared != nil {
		id = x.Prepared.Name
	}
	id = b.Branch(branchSign(s.opts.Graph == chart.ASCII)) + id
	behind, lasts, open := "", units.Seconds(x.For.Seconds()), none
	if x.Prepared != nil && x.Prepared.NoAge != "" {
		lasts = none
	}
	if b.Behind > 0 {
		behind = fmt.Sprint(b.Behind)
	}
	if x.Transaction > 0 {
		open = units.Lasting(x.Transaction)
	}
	text := statement(x)
	return row{id: x.ID, match: strings.Join([]string{x.ID, x.User, x.Application, x.Host, x.State, x.Waits, text}, " "),
		cells: []span{{k, id}, {inkText, x.User}, {inkDim, x.Application}, {inkDim, x.Host}, {k, state}, {inkText, lasts}, {inkText, open},
			{inkStrong, behind}, {inkWarn, x.WaitsFor()}, {textInk(x), text}},
		keys: []any{x.Rank(at), x.User, x.Application, x.Host, x.State, x.For.Seconds(), x.Transaction.Seconds(), float64(b.Behind), x.Waits, text}}
}

// cutStatement keeps what a row can show: masking all of 5,000 long texts at
// every tick would cost more than the rest of the frame.
func cutStatement(x db.Session) db.Session {
	const shown = 500
	if len(x.Statement) > shown {
		x.Statement = strings.ToValidUTF8(x.Statement[:shown], "")
	}
	return x
}

// branchSign stands before a session that waits for the one above it.
func branchSign(ascii bool) string {
	if ascii {
		return "+"
	}
	return "└"
}

// stateInk lights who holds others up, who waits, and who rests on a
// transaction.
func stateInk(x db.Session, b db.BlockedSession) (ink, string) {
	text := x.StateText(b)
	switch {
	case b.Behind > 0 && len(x.BlockedBy) == 0:
		return inkCrit, text
	case x.Waiting(), x.Idle, x.Prepared != nil:
		return inkWarn, text
	case x.Silent():
		return inkDim, text
	}
	return inkText, text
}

func textInk(x db.Session) ink {
	if x.Silent() {
		return inkFaint
	}
	return inkText
}
