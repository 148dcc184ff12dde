package ui

import (
	"strings"
	"testing"

	"mltop/internal/db"
)

// longPlan has more nodes than a small terminal has lines.
func longPlan(nodes int) *db.Plan {
	root := &db.Node{Op: db.OpQuery}
	at := root
	for i := range nodes {
		n := &db.Node{Op: db.OpSearch, Table: "t" + strings.Repeat("x", i%3), Index: "ix", Columns: []string{"c = ?"}}
		if i == nodes-1 {
			n.Table = "last_of_all"
		}
		at.Children = append(at.Children, n)
	}
	return &db.Plan{Root: root}
}

// What does not fit is a key away: nodes of a plan, lines of a statement.
func TestALongPlanCanBeReadToItsEnd(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		s := watched(t, size[0], size[1])
		s.send(pushMsg{newStatement("1c77ab03d2e4f560")})
		s.m.s.Plans["1c77ab03d2e4f560"] = planned{Explanation: Explanation{Plan: longPlan(40)}}
		s.m.s.touch()
		s.want("↓ ", " more", "↓ ↑ more")
		s.wantNot("last_of_all")
		s.press("end")
		s.want("last_of_all")
		s.press("home")
		s.want("Plan now")
	}
}

func TestALongStatementCanBeReadToItsEnd(t *testing.T) {
	s := watched(t, 80, 24)
	const print = "feedfeedfeedfeed"
	long := "SELECT a FROM t WHERE " + strings.Repeat("column_of_some_length = ? AND ", 60) + "the_end = ?"
	for i := range s.m.s.Win.Statements {
		if w := &s.m.s.Win.Statements[i]; w.Fingerprint == "1c77ab03d2e4f560" {
			w.Fingerprint, w.Text = print, long
		}
	}
	s.send(pushMsg{newStatement(print)})
	s.want("more lines: e shows all")
	s.wantNot("the_end")
	s.press("e", "end")
	s.want("Plan now")
	s.press("home", "pgdown", "pgdown")
	for range 40 {
		if strings.Contains(s.text(), "the_end") {
			break
		}
		s.press("down")
	}
	s.want("the_end")
	s.press("esc")
	s.want("more lines: e shows all")
}

// The footer names no key that does nothing.
func TestWhatHasOnePartIsNotMaximised(t *testing.T) {
	for screen, reach := range screens() {
		s := watched(t, 200, 60)
		reach(s)
		if s.m.dialog != nil || screen == "editor" || screen == "rows" {
			continue
		}
		_, can := s.m.panel().(maximiser)
		if offered := strings.Contains(lastLine(s.text()), "e maximise"); offered && !can {
			t.Errorf("%s: offered %v, can %v: %q", screen, offered, can, lastLine(s.text()))
		}
		if before := s.text(); !can {
			s.press("e")
			s.want("there is nothing on this screen to maximise")
		} else if s.press("e"); s.text() == before {
			t.Errorf("%s: e changes nothing", screen)
		}
	}
}
