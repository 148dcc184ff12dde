package ui

import (
	"fmt"
	"strings"
	"time"

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
		keys:  []any{treeOrder(at), "", "", "", "", nan(), nan(), float64(b.Behind), "", ""}}
}

// treeOrder sorts the tree before everything else, in its own order.
func treeOrder(at int) float64 { return 1e12 - float64(at) }

// text is what a row shows of a statement.
func (v *sessions) text(s *State, x db.Session, before map[string]string) string {
	if p := x.Prepared; p != nil {
		return oneLine(p.Rollback + " or " + p.Commit + " ends it")
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
	if b.Depth > 0 {
		id = branch(b.Depth, s.opts.Graph == chart.ASCII) + id
	}
	behind, open := "", none
	if b.Behind > 0 {
		behind = fmt.Sprint(b.Behind)
	}
	if x.Transaction > 0 {
		open = openFor(x.Transaction)
	}
	text := statement(x)
	return row{id: x.ID, match: strings.Join([]string{x.ID, x.User, x.Application, x.Host, x.State, x.Waits, text}, " "),
		cells: []span{{k, id}, {inkText, x.User}, {inkDim, x.Application}, {inkDim, x.Host}, {k, state}, {inkText, units.Seconds(x.For.Seconds())}, {inkText, open},
			{inkStrong, behind}, {inkWarn, waitText(x)}, {textInk(x), text}},
		keys: []any{sessionOrder(x, at), x.User, x.Application, x.Host, x.State, x.For.Seconds(), x.Transaction.Seconds(), float64(b.Behind), x.Waits, text}}
}

// openFor is how long a transaction is open: 0 s would be none.
func openFor(d time.Duration) string {
	if d < time.Second {
		return units.Seconds(d.Seconds())
	}
	return units.Ago(d)
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

// sessionOrder: the tree, then who works, then who rests in a transaction,
// then the idle.
func sessionOrder(x db.Session, at int) float64 {
	switch {
	case at >= 0:
		return treeOrder(at)
	case x.Idle, x.Prepared != nil:
		return 1e10 + x.For.Seconds()
	case !idleState(x.State):
		return 1e11 + x.For.Seconds()
	}
	return x.For.Seconds()
}

// branch is the indent of a session that waits for the one above it.
func branch(depth int, ascii bool) string {
	const deepest = 4 // deeper ones stand at the same place: the column is narrow
	sign := "└"
	if ascii {
		sign = "+"
	}
	return strings.Repeat(" ", 2*min(depth, deepest)-1) + sign
}

// stateInk lights who holds others up, who waits, and who rests on a
// transaction.
func stateInk(x db.Session, b db.BlockedSession) (ink, string) {
	switch {
	case b.Behind > 0 && len(x.BlockedBy) == 0:
		return inkCrit, "■ " + stateText(x)
	case x.Waiting():
		return inkWarn, "▲ " + strings.TrimPrefix(x.State, waitingFor) // what it is is what tells
	case x.Idle, x.Prepared != nil:
		return inkWarn, stateText(x)
	case idleState(x.State):
		return inkDim, x.State
	}
	return inkText, x.State
}

// waitingFor begins what MariaDB and MySQL say of a session that waits.
const waitingFor = "Waiting for "

func waitText(x db.Session) string { return strings.TrimPrefix(x.Waits, waitingFor) }

// stateText is the server's word, with what it leaves out.
func stateText(x db.Session) string {
	if x.Idle && !strings.Contains(x.State, "transaction") {
		return x.State + " in transaction"
	}
	return x.State
}

func textInk(x db.Session) ink {
	if idleState(x.State) {
		return inkFaint
	}
	return inkText
}
