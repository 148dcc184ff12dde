package ui

import (
	"fmt"
	"strings"
	"testing"

	"mltop/internal/db"
)

// tables are all lists of the dashboard.
func tables() map[string]table {
	d, a := newDatabase(), newAdvice()
	return map[string]table{
		"routes": routesTable(), "statements": statementsTable(), "totals": totalsTable(), "sampled": sampledTable(), "counters": d.counters,
		"changed": d.changed, "tables": d.tables, "settings": d.settings, "processes": d.processes, "concerns": d.concerns,
		"sessions": newSessions().table, "advice": a.cards, "journal": a.journal, "declined": a.declined,
		"log": newLog().table, "last requests": lastTable(), "route": newRoute("GET /", "").table,
	}
}

// A column has room for its title, and for the arrow beside it when the list is
// sorted by it.
func TestATitleHasRoomForItsArrow(t *testing.T) {
	for name, list := range tables() {
		for i, c := range list.cols {
			runsOver := !c.right && i+1 < len(list.cols) && list.cols[i+1].title == ""
			if want := textWidth(c.title) + 1; c.title != "" && !c.flex && !runsOver && c.width < want {
				t.Errorf("%s: %q is %d wide, want %d", name, c.title, c.width, want)
			}
		}
	}
}

// On a wide terminal what a row's numbers belong to stands near them, and the
// last column has the rest.
func TestWideTablesKeepTogetherWhatBelongsTogether(t *testing.T) {
	for _, c := range []struct {
		table string
		col   int
		most  int
	}{{"counters", 0, 40}, {"advice", 1, 84}, {"settings", 0, 44}} {
		list := tables()[c.table]
		if got := list.widths(200)[c.col]; got != c.most {
			t.Errorf("%s: column %d is %d wide, want %d", c.table, c.col, got, c.most)
		}
	}
	d := newDatabase()
	if got := d.settings.widths(200); got[4] < 20 {
		t.Errorf("the last column of the settings has %d", got[4])
	}
}

// A column that no row has anything in is left out: MariaDB knows no
// applications.
func TestSessionsWithoutApplications(t *testing.T) {
	s := watched(t, 160, 40)
	for i := range s.m.s.Snap.Database.Sessions {
		x := &s.m.s.Snap.Database.Sessions[i]
		x.Application, x.Waits, x.BlockedBy = "", "", nil
	}
	s.send(pushMsg{newSessions()})
	s.want("user", "host", "statement")
	s.wantNot("application", "waits for")
}

func TestOneIsOne(t *testing.T) {
	for _, c := range []struct {
		v    float64
		unit db.Unit
		want string
	}{{1, db.UnitRowsRead, "1 row read"}, {2, db.UnitRowsRead, "2 rows read"}, {1, db.UnitHandlerReads, "1 handler read"}, {1, db.UnitCost, "1 planner cost"}} {
		if got := strings.TrimSpace(fmt.Sprint(valueText(c.v, c.unit))); got != c.want {
			t.Errorf("%v %s: got %q, want %q", c.v, c.unit, got, c.want)
		}
	}
}
