package ui

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/sqltext"
	"mltop/internal/units"
)

// sessions lists who is connected to a server and what each does: those that
// wait first, each behind the one that it waits for.
type sessions struct {
	table table
	// texts are the statements of the rows, masked, by what they were: most
	// stay from one look to the next.
	texts    map[string]string
	masked   bool
	onlyTree bool // leaves out who neither waits nor is waited for
	// asked is the statement whose fingerprint is known.
	asked, print string
}

func newSessions() *sessions {
	return &sessions{table: table{cols: []column{
		{title: "session", width: 11}, {title: "user", width: 10, from: 90}, {title: "application", width: 14, from: 130, spare: true}, {title: "host", width: 12, from: 150, spare: true},
		{title: "state", width: 21}, {title: "for", width: 7, right: true}, {title: "open", width: 7, right: true, from: 90},
		{title: "holds up", width: 9, right: true, from: 66}, {title: "waits for", width: 19, from: 110, spare: true},
		{title: "statement", width: 20, flex: true},
	}}}
}

func (*sessions) Title() string { return "Sessions" }

func (*sessions) place() place { return onSessions }

func (v *sessions) filterText() string       { return v.table.filterText() }
func (v *sessions) setFilter(t string) error { return v.table.setFilter(t) }

func (v *sessions) Offers(s *State) []Offer {
	end, cancel := Offer{Action: Terminate, Does: "terminate"}, Offer{Action: CancelStatement, Does: "cancel statement"}
	x, on := v.current(s)
	if _, ok := s.backend.(SessionActs); !ok || len(v.arrange(s)) == 0 {
		end.Why = "there is no session to end"
		cancel.Why = end.Why
	} else if on && x.Prepared != nil {
		end.Why = x.Prepared.NoSession()
		cancel.Why = end.Why
	} else if on && resting(x) {
		cancel.Why = "it runs no statement that could be cancelled; T terminates the session"
	}
	open, move := Offer{Action: Open, Does: "statement"}, Offer{Action: Up, Pair: Down, Does: "move"}
	if _, ok := v.opens(s); !ok {
		open.Why = "its statement is not among those that are counted; v shows all of it"
	}
	first := []Offer{open, cancel, end}
	if on && x.Idle { // this alone helps
		first = []Offer{end, cancel, open}
	}
	return append(first, move, Offer{Action: Wrap, Does: "whole text"}, Offer{Action: Sort, Does: "sort"}, Offer{Action: Copy})
}

func (v *sessions) arrange(s *State) []row {
	return v.table.arrangeOf(v.look(s), func() []row { return v.rows(s) })
}

// A sessionLook is what the rows are made of: making thousands of them anew at
// every key would be felt.
type sessionLook struct {
	first            *db.Session
	n                int
	ordered, literal bool
}

func (v *sessions) look(s *State) sessionLook {
	l := sessionLook{ordered: v.inOrder(), literal: s.literals()}
	if d := s.Snap.Database; d != nil && len(d.Sessions) > 0 {
		l.first, l.n = &d.Sessions[0], len(d.Sessions)
	}
	return l
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

// toRoot puts the cursor on the session that holds up the most: the one that
// has to end.
func (v *sessions) toRoot(s *State) {
	if d := s.Snap.Database; d != nil {
		if tree := d.Blocking(); len(tree) > 0 {
			v.table.cursor = tree[0].ID
		}
	}
}

// opens is the statement that Enter leads to.
func (v *sessions) opens(s *State) (string, bool) {
	x, ok := v.current(s)
	if !ok || x.Statement == "" || len(x.Statement) > longestText {
		return "", false
	}
	if v.asked != x.Statement {
		v.asked, v.print = x.Statement, s.Snap.Database.Quotes.Fingerprint(x.Statement)
	}
	_, ok = s.statement(v.print)
	return v.print, ok
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
	case a == Copy && ok && x.Prepared != nil:
		return v, copyText("statement that throws it away", x.Prepared.Rollback+";")
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
	v.table.draw(a, rows, true, "no session is seen"+s.becauseOf("sessions"))
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
	if x.Prepared != nil {
		line.spans(1, 0, span{inkDim, "no session to end; "}, span{inkText, x.Prepared.Brief()},
			span{inkDim, ": its coordinator knows which, mltop does not"})
		return
	}
	line.spans(1, 0, span{inkDim, "ending " + x.ID + " throws away "}, span{inkText, orText(x.Dies, "nothing that is known")})
	if x.Waits != "" {
		line, rest = rest.bottom(1)
		line.spans(1, 0, span{inkDim, x.ID + " waits for "}, span{inkText, x.WaitsFor()})
	}
	if !v.table.wrap {
		return
	}
	rest.rule(0, '─', inkFaint)
	goesOn := ""
	if whole := len(x.Statement); whole > longestText {
		x = cutStatement(x)
		goesOn = "… it goes on: " + units.Bytes(float64(whole)) + " in all"
	}
	for y, l := range append(formatted(s.sessionText(x), rest.w-4), goesOn) {
		rest.text(2, y+1, inkText, l)
	}
}

// sessionText is a session's statement, without its literals unless they are
// asked for.
func (s *State) sessionText(x db.Session) string {
	if s.literals() {
		return x.Statement
	}
	if d := s.Snap.Database; d != nil {
		return d.Quotes.Mask(x.Statement)
	}
	return sqltext.Mask(x.Statement)
}

// sessionSums counts the sessions by what they do.
func (s *State) sessionSums(width int) []span {
	d := s.Snap.Database
	if d == nil {
		return []span{{inkDim, "sessions " + none}}
	}
	n := db.SumSessions(d.Sessions)
	words := [...]string{"idle in a transaction", "oldest transaction"}
	narrow := width < 105
	if narrow {
		words = [...]string{"idle in transaction", "oldest"}
	}
	out := []span{{inkStrong, units.Plural(db.CountSessions(d.Sessions), "session")}}
	if allowed := d.Stats.ConnectionsAllowed; allowed != nil && !narrow {
		out = append(out, span{inkDim, fmt.Sprintf(" of %.0f allowed", *allowed)})
	}
	out = append(out, span{inkDim, " · "}, span{inkText, fmt.Sprintf("%d active", n.Active)})
	out = append(out, counted(n.Waiting, "waiting", inkCrit)...)
	out = append(out, counted(n.Resting, words[0], inkWarn)...)
	if n.Oldest > 0 {
		out = append(out, span{inkDim, " · " + words[1] + " "}, span{inkText, units.Lasting(n.Oldest)})
	}
	return out
}

func counted(n int, what string, k ink) []span {
	if n == 0 {
		k = inkDim
	}
	return []span{{inkDim, " · "}, {k, fmt.Sprintf("%d %s", n, what)}}
}

// resting tells sessions that are known to run nothing: of one whose state is
// not shown that is not known.
func resting(x db.Session) bool { return x.Idle || strings.HasPrefix(x.State, "idle") }
