package ui

import (
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/sqltext"
	"mltop/internal/units"
	"mltop/ui/chart"
)

// sessions lists who is connected to a server and what each does: those that
// wait first, each behind the one that it waits for.
type sessions struct{ table table }

func newSessions() *sessions {
	return &sessions{table{cols: []column{
		{title: "session", width: 11}, {title: "user", width: 10, from: 90}, {title: "application", width: 14, from: 130}, {title: "host", width: 12, from: 150},
		{title: "state", width: 21}, {title: "for", width: 7, right: true}, {title: "open", width: 7, right: true, from: 80},
		{title: "holds up", width: 8, right: true, from: 100}, {title: "waits for", width: 19, from: 110},
		{title: "statement", width: 20, flex: true},
	}}}
}

func (*sessions) Title() string { return "Sessions" }

func (*sessions) place() place { return onSessions }

func (v *sessions) filterText() string       { return v.table.filterText() }
func (v *sessions) setFilter(t string) error { return v.table.setFilter(t) }

func (v *sessions) Offers(s *State) []Offer {
	end, cancel := Offer{Action: Terminate}, Offer{Action: CancelStatement}
	if _, ok := s.backend.(SessionActs); !ok || len(v.arrange(s)) == 0 {
		end.Why = "there is no session to end"
		cancel.Why = end.Why
	}
	open := Offer{Action: Open, Does: "statement"}
	if _, ok := v.opens(s); !ok {
		open.Why = "its statement is not among those that are counted; v shows all of it"
	}
	return []Offer{open, cancel, end, {Action: Up, Pair: Down, Does: "move"}, {Action: Wrap, Does: "whole text"}, {Action: Sort, Does: "sort"}, {Action: Copy}}
}

func (v *sessions) arrange(s *State) []row {
	return v.table.arrange(s, func() []row { return s.sessionRows(v.inOrder()) })
}

// inOrder reports that rows stand as in the tree, so that it can be drawn.
func (v *sessions) inOrder() bool { return v.table.sortBy == 0 && !v.table.reverse }

// current is the session under the cursor.
func (v *sessions) current(s *State) (db.Session, bool) {
	row, ok := v.table.current()
	if !ok || s.Snap.Database == nil {
		return db.Session{}, false
	}
	for _, x := range s.Snap.Database.Sessions {
		if x.ID == row.id {
			return x, true
		}
	}
	return db.Session{}, false
}

// opens is the statement that Enter leads to.
func (v *sessions) opens(s *State) (string, bool) {
	x, ok := v.current(s)
	if !ok || x.Statement == "" {
		return "", false
	}
	print := sqltext.Fingerprint(x.Statement)
	_, ok = s.statement(print)
	return print, ok
}

func (v *sessions) Update(a Action, s *State) (Panel, tea.Cmd) {
	v.arrange(s)
	x, ok := v.current(s)
	switch {
	case a == Open:
		if print, ok := v.opens(s); ok {
			return v, push(newStatement(print))
		}
	case a == CancelStatement && ok:
		return v, s.previewAct(advisor.Act{Kind: advisor.KindCancel, Session: x})
	case a == Terminate && ok:
		return v, s.previewAct(advisor.Act{Kind: advisor.KindTerminate, Session: x})
	case a == Copy && ok:
		return v, copyText("session", x.ID+" "+s.sessionText(x))
	default:
		v.table.update(a)
	}
	return v, nil
}

func (v *sessions) Draw(s *State, a area) {
	rows := v.arrange(s)
	if !small(a) {
		var head area
		head, a = a.top(2)
		head.spans(1, 0, s.sessionSums(a.w)...)
		var foot area
		foot, a = a.bottom(v.footHeight(s, a))
		v.drawFoot(s, foot)
	}
	v.table.draw(a, rows, true, "no session is seen"+s.because("database"))
}

func (v *sessions) footHeight(s *State, a area) int {
	if v.table.wrap {
		return min(a.h/2, 12)
	}
	if x, ok := v.current(s); ok && x.Waits != "" {
		return 2
	}
	return 1
}

// drawFoot says of the session under the cursor what it waits for and what
// ending it throws away, and shows all of its statement when asked to.
func (v *sessions) drawFoot(s *State, a area) {
	x, ok := v.current(s)
	if !ok {
		return
	}
	line, rest := a.bottom(1)
	line.spans(1, 0, span{inkDim, "ending " + x.ID + " throws away "}, span{inkText, orText(x.Dies, "nothing that is known")})
	if x.Waits != "" {
		line, rest = rest.bottom(1)
		line.spans(1, 0, span{inkDim, x.ID + " waits for "}, span{inkText, waitText(x)})
	}
	if !v.table.wrap {
		return
	}
	rest.rule(0, '─', inkFaint)
	for y, l := range formatted(s.sessionText(x), rest.w-4) {
		rest.text(2, y+1, inkText, l)
	}
}

// sessionText is a session's statement, without its literals unless they are
// asked for.
func (s *State) sessionText(x db.Session) string {
	if s.literals() {
		return x.Statement
	}
	return sqltext.Mask(x.Statement)
}

// sessionSums counts the sessions by what they do.
func (s *State) sessionSums(width int) []span {
	d := s.Snap.Database
	if d == nil {
		return []span{{inkDim, "sessions " + none}}
	}
	var active, waiting, resting int
	var oldest time.Duration
	for _, x := range d.Sessions {
		switch {
		case x.Waiting():
			waiting++
		case x.Idle:
			resting++
		case x.Statement != "" && !idleState(x.State):
			active++
		}
		oldest = max(oldest, x.Transaction)
	}
	words := [...]string{"idle in a transaction", "oldest transaction"}
	narrow := width < 105
	if narrow {
		words = [...]string{"idle in transaction", "oldest"}
	}
	out := []span{{inkStrong, units.Plural(len(d.Sessions), "session")}}
	if allowed := d.Stats.ConnectionsAllowed; allowed != nil && !narrow {
		out = append(out, span{inkDim, fmt.Sprintf(" of %.0f allowed", *allowed)})
	}
	out = append(out, span{inkDim, " · "}, span{inkText, fmt.Sprintf("%d active", active)})
	out = append(out, counted(waiting, "waiting", inkCrit)...)
	out = append(out, counted(resting, words[0], inkWarn)...)
	if oldest > 0 {
		out = append(out, span{inkDim, " · " + words[1] + " "}, span{inkText, units.Ago(oldest)})
	}
	return out
}

func counted(n int, what string, k ink) []span {
	if n == 0 {
		k = inkDim
	}
	return []span{{inkDim, " · "}, {k, fmt.Sprintf("%d %s", n, what)}}
}

// idleState tells sessions that wait for their client.
func idleState(state string) bool { return strings.HasPrefix(state, "idle") || state == "" }

// sessionRows puts the tree of those that wait on top, then those that work,
// the longest first, then the idle ones.
func (s *State) sessionRows(asTree bool) []row {
	d := s.Snap.Database
	if d == nil {
		return nil
	}
	var rows []row
	placed := map[int]bool{}
	for _, b := range d.Blocking() {
		if b.At < 0 {
			rows = append(rows, absentRow(b, len(rows)))
			continue
		}
		placed[b.At] = true
		rows = append(rows, s.sessionRow(d.Sessions[b.At], b, len(rows), asTree))
	}
	for i, x := range d.Sessions {
		if !placed[i] {
			rows = append(rows, s.sessionRow(x, db.BlockedSession{ID: x.ID, At: i}, -1, asTree))
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

func (s *State) sessionRow(x db.Session, b db.BlockedSession, at int, asTree bool) row {
	k, state := stateInk(x, b)
	id := x.ID
	if asTree && b.Depth > 0 {
		id = branch(b.Depth, s.opts.Graph == chart.ASCII) + id
	}
	behind, open := "", none
	if b.Behind > 0 {
		behind = fmt.Sprint(b.Behind)
	}
	if x.Transaction > 0 {
		open = units.Ago(x.Transaction)
	}
	text := oneLine(s.sessionText(cutStatement(x)))
	return row{id: x.ID, match: strings.Join([]string{x.ID, x.User, x.Application, x.Host, x.State, x.Waits, text}, " "),
		cells: []span{{k, id}, {inkText, x.User}, {inkDim, x.Application}, {inkDim, x.Host}, {k, state}, {inkText, units.Seconds(x.For.Seconds())}, {inkText, open},
			{inkStrong, behind}, {inkWarn, waitText(x)}, {textInk(x), text}},
		keys: []any{sessionOrder(x, at), x.User, x.Application, x.Host, x.State, x.For.Seconds(), x.Transaction.Seconds(), float64(b.Behind), x.Waits, text}}
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
	case x.Idle:
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
	case x.Idle:
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
