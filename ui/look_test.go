package ui

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
)

func TestAfterAnApplyTheStatementShowsBothPlansAndTheVerdict(t *testing.T) {
	s := watched(t, 120, 40)
	s.press("enter", "enter", "a", "y")
	for range 40 {
		s.sample()
	}
	s.want("Plan before", "Plan now, with", "× faster", "u undo")
	s.wantNot("Plan with", "a apply")
	s.press("a")
	s.want("it is applied already: u undoes it")
	s.press("4")
	s.want("● applied", "applied: Create index")
}

func TestWhatWasAppliedIsNoAdviceThatWaits(t *testing.T) {
	s := watched(t, 120, 40)
	s.want("Advisor ▲2")
	s.press("4", "a", "y")
	s.want("Advisor ▲1")
}

func TestUndoWorksOnEveryScreen(t *testing.T) {
	for _, view := range []string{"1", "2", "3", "4", "5", "6"} {
		s := watched(t, 120, 40)
		s.press("4", "a", "y", view, "u")
		if !strings.Contains(s.text(), "Undo on orders-api") {
			t.Errorf("view %s: u asks for no undo:\n%s", view, s.text())
		}
	}
}

func TestThePaletteListsWhatCanBeDone(t *testing.T) {
	for _, c := range []struct {
		name string
		keys []string
		want string
	}{
		{"nothing typed lists commands with their keys", []string{":"}, "advise again"},
		{"a word of the description finds it", []string{":", "l", "o", "n", "g", "e", "r"}, "zoom-out"},
		{"the first is done by Enter", []string{":", "l", "o", "g", "enter"}, "statements that mltop ran"},
		{"arrows choose another", []string{":", "z", "o", "o", "m", "down", "enter"}, "07:00"},
		{"Enter on nothing typed does nothing", []string{":", "enter"}, "Slowest routes"},
		{"a name that is none says so", []string{":", "q", "x"}, "no command of this name"},
		{"Esc closes it", []string{":", "z", "esc"}, "? help"},
	} {
		s := watched(t, 120, 40)
		s.press(c.keys...)
		if !strings.Contains(s.text(), c.want) {
			t.Errorf("%s: want %q, got\n%s", c.name, c.want, s.text())
		}
	}
}

func TestCombiningMarksStayWithTheirLetter(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an accent of its own", "cafe\u0301 au lait", "cafe\u0301 au lait"},
		{"Hindi", "नमस्ते", "नमस्ते"},
		{"a mark on a wide character", "か\u3099x", "か\u3099x"},
		{"a mark on nothing is dropped", "\u0301x", "x"},
		{"a flood of marks is bounded", "a" + strings.Repeat("\u0301", 50), "a\u0301\u0301\u0301"},
	} {
		a := newGrid(20, 1)
		a.text(0, 0, inkText, c.text)
		got := strings.TrimRight(ansi.Strip(a.g.render(newPainter(Options{Theme: ThemeMono}))), " ")
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestWhatIsDrawnOverTakesItsMarksAway(t *testing.T) {
	a := newGrid(4, 1)
	a.text(0, 0, inkText, "e\u0301")
	a.text(0, 0, inkText, "x")
	if got := ansi.Strip(a.g.render(newPainter(Options{Theme: ThemeMono}))); got != "x   " {
		t.Errorf("got %q, want %q", got, "x   ")
	}
}

func TestInTmuxTheClipboardIsAskedInItsOwnWayToo(t *testing.T) {
	for _, c := range []struct {
		tmux bool
		want string
	}{
		{false, ansi.SetSystemClipboard("SELECT 1")},
		{true, ansi.SetSystemClipboard("SELECT 1") + ansi.TmuxPassthrough(ansi.SetSystemClipboard("SELECT 1"))},
	} {
		f := newFake()
		o := options(f)
		var out bytes.Buffer
		o.Clipboard, o.Tmux = &out, c.tmux
		s := openWith(t, f, Target{Name: "app"}, o, 80, 24)
		s.run(copyText("statement", "SELECT 1"))
		if out.String() != c.want {
			t.Errorf("tmux %v: got %q, want %q", c.tmux, out.String(), c.want)
		}
	}
}

func TestAdviceThatFailedOnALockIsAskedAgainByItself(t *testing.T) {
	f := newFake()
	o := options(f)
	o.Quiet = false
	s := openWith(t, f, Target{Name: "app"}, o, 120, 40)
	s.sample()
	s.m.s.rememberAsked()
	s.send(adviceMsg{err: errors.New("database is locked")})
	s.want("no advice: database is locked")
	for range 30 {
		s.sample()
		if s.m.s.Advice != nil {
			return
		}
	}
	t.Error("30 samples later nobody has asked again")
}

func TestOnlyTheLastLineOfAVerdictGivesRoomToTheKey(t *testing.T) {
	for _, c := range []struct {
		name, text string
		width      int
		want       []string
		key        string
	}{
		{"it fits beside the key", "slow", 20, []string{"slow"}, "⏎ why"},
		{"one cell saves a line", "a verdict of 17 c", 20, []string{"a verdict of 17 c"}, "⏎"},
		{"the first line is whole", "a verdict that takes two lines", 20, []string{"a verdict that takes", "two lines"}, "⏎ why"},
		{"the last one is cut before the key", "a verdict that takes three lines and more", 20, []string{"a verdict that takes", "three lines …"}, "⏎ why"},
	} {
		got, key := verdictLines(c.text, c.width, "⏎ why", 2)
		if strings.Join(got, "|") != strings.Join(c.want, "|") || key != c.key {
			t.Errorf("%s: got %q %q, want %q %q", c.name, got, key, c.want, c.key)
		}
	}
}

func TestTheLogFoldsTheSameStatementAndKeepsItsRuns(t *testing.T) {
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	s := &State{opts: Options{Zone: time.UTC}, Log: []LogLine{
		{At: at, Who: "stats", SQL: "PRAGMA page_count", Elapsed: 3 * time.Millisecond},
		{At: at.Add(time.Second), Who: "requests", SQL: "PRAGMA page_count", Elapsed: time.Millisecond},
		{At: at.Add(2 * time.Second), Who: "stats", SQL: "PRAGMA page_count", Elapsed: time.Millisecond},
		{At: at.Add(3 * time.Second), Who: "stats", SQL: "PRAGMA page_count", Error: "locked"},
	}}
	var got []string
	for _, r := range s.logRows() {
		var cells []string
		for _, c := range r.cells {
			cells = append(cells, c.text)
		}
		got = append(got, strings.Join(cells, " "))
	}
	want := []string{
		"10:00:02.000 stats ×2 1.0 ms 3.0 ms PRAGMA page_count",
		"10:00:01.000 requests ×1 1.0 ms 1.0 ms PRAGMA page_count",
		"10:00:03.000 stats ×1 <1 ms <1 ms ▲ locked   PRAGMA page_count",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestAdviceCallsAStatementByItsNameAlsoWhenItIsSeenNoMore(t *testing.T) {
	const fingerprint = "551a1bd95a52ae1b"
	s := watched(t, 120, 40).m.s
	seen := s.Win.Statements[0]
	seen.Fingerprint, seen.Name, seen.Text = fingerprint, "", "SELECT * FROM orders WHERE id = ?"
	text := "measured on the copy: with new statistics " + fingerprint + " takes 64 ms, f551a1bd95a52ae1b does not – é"
	want := "measured on the copy: with new statistics SELECT … orders takes 64 ms, f551a1bd95a52ae1b does not – é"
	s.Win.Statements = append(s.Win.Statements, seen)
	s.keepLabels()
	s.Win.Statements = nil
	if got := s.inBrief(text); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSixViewsHaveTheirNamesAt80Columns(t *testing.T) {
	tabs := strings.Split(watched(t, 80, 24).text(), "\n")[1]
	for i, name := range []string{"Overview", "Requests", "Queries", "Advisor", "Database", "Log"} {
		if want := fmt.Sprintf("%d %s", i+1, name); !strings.Contains(tabs, want) {
			t.Errorf("got tabs %q, want %q among them", tabs, want)
		}
	}
	if !strings.HasSuffix(strings.TrimRight(tabs, " "), " ? help") {
		t.Errorf("got tabs %q, want the key of help behind them", tabs)
	}
}

func TestAVerdictIsSaidToItsEnd(t *testing.T) {
	v := advisor.Verdict{Subject: "GET /orders/{id}", Outcome: advisor.OutcomeBetter, Text: "19× faster on average (166 ms → 8.6 ms), 135 calls, p < 0.001"}
	long := v
	long.Outcome, long.Text = advisor.OutcomeNotEnough, "not enough calls yet: none since the change, 6,016 before it took 41 ms; too early to tell how many more: times before rose and fell about 7 times"
	for _, c := range []struct {
		name    string
		verdict advisor.Verdict
		height  int
		want    string
	}{
		{"on one line of 80", v, 1, " ● GET /orders/{id}   19× faster (166 ms → 8.6 ms), 135 calls, p < 0.001"},
		{"on a card, to the last word", v, 6, " ● GET /orders/{id}\n   19× faster on average (166 ms → 8.6 ms), 135 calls, p < 0.001"},
		{"a long one on three lines", long, 6, " ◌ GET /orders/{id}\n   not enough calls yet: none since the change, 6,016 before it took 41 ms; too\n   early to tell how many more: times before rose and fell about 7 times"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newGrid(80, c.height)
			watched(t, 80, 24).m.s.drawWholeVerdict(a, c.verdict)
			var lines []string
			for _, l := range strings.Split(ansi.Strip(a.g.render(newPainter(Options{Theme: ThemeMono}))), "\n") {
				if l = strings.TrimRight(l, " "); l != "" {
					lines = append(lines, l)
				}
			}
			if got := strings.Join(lines, "\n"); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestWhatWasDeclinedForOneReasonIsOneRow(t *testing.T) {
	list := []advisor.Declined{{What: "an index", Reason: "only writes", Queries: []string{"a"}}, {What: "an index", Reason: "well served", Queries: []string{"b"}},
		{What: "an index", Reason: "only writes", Queries: []string{"c"}}}
	got := advisor.Alike(list)
	if len(got) != 2 || strings.Join(got[0].Queries, " ") != "a c" || len(list[0].Queries) != 1 {
		t.Errorf("got %+v, want two rows, the first of a and c, and the list as it was", got)
	}
}

func TestAServerIsSaidInFewWords(t *testing.T) {
	for version, want := range map[string]string{
		"10.11.19-MariaDB-0+deb12u1": "10.11.19", "15.20 (Debian 15.20-0+deb12u1)": "15.20", "3.46.1": "3.46.1", "8.4.3-commercial": "8.4.3", "17beta1": "17beta1", "": "",
	} {
		if got := release(version); got != want {
			t.Errorf("%q: got %q, want %q", version, got, want)
		}
	}
	scan := &db.Node{Op: db.OpScan, Table: "order_items"}
	plan := &db.Plan{Root: &db.Node{Op: db.OpQuery, Children: []*db.Node{{Op: db.OpOther, Children: []*db.Node{{Op: db.OpSort, Children: []*db.Node{{Op: db.OpJoin, Children: []*db.Node{scan}}}}}}}}}
	if got := planWords(plan); got != "scan order_items, sort" {
		t.Errorf("a plan with a gathering above its scan: got %q", got)
	}
	waiting := db.Session{State: "Waiting for table metadata lock", Waits: "Waiting for table metadata lock", BlockedBy: []string{"7"}}
	if _, state := stateInk(waiting, db.BlockedSession{}); textWidth(state) > 21 || !strings.Contains(state, "metadata lock") || waiting.WaitsFor() != "table metadata lock" {
		t.Errorf("who waits: got %q and %q, want what for in 21 cells", state, waiting.WaitsFor())
	}
}

func TestTheSumsOfSessionsFitASmallTerminal(t *testing.T) {
	allowed := 1000.0
	s := &State{Snap: collectors.Snapshot{Database: &collectors.Database{Stats: db.Stats{ConnectionsAllowed: &allowed}}}}
	for i := range 999 {
		s.Snap.Database.Sessions = append(s.Snap.Database.Sessions, db.Session{ID: strconv.Itoa(i), Idle: i%2 == 0, Statement: "SELECT 1", State: "active", Transaction: 400 * time.Second})
	}
	text := ""
	for _, p := range s.sessionSums(80) {
		text += p.text
	}
	if textWidth(text) > 79 || !strings.Contains(text, "oldest") {
		t.Errorf("%d cells: %s", textWidth(text), text)
	}
}

func TestClientErrorsAreNotLitForTheServers(t *testing.T) {
	s := watched(t, 120, 40).m.s
	s.opts.Thresholds.ErrorRatio = 0.05
	for _, row := range []struct {
		name           string
		client, server float64
		lit            bool
	}{
		{"only the server fails", 0, 0.08, false},
		{"only clients fail", 0.08, 0, true},
		{"together they are too many", 0.03, 0.03, true},
		{"both are too many", 0.06, 0.07, true},
		{"few", 0.01, 0.01, false},
	} {
		s.kpi[valErrors] = row.client + row.server
		if got := s.clientErrorInk(row.client, row.server) == inkCrit; got != row.lit {
			t.Errorf("%s: lit is %v, want %v", row.name, got, row.lit)
		}
	}
}

// Several statements of one table have one label: a card tells them apart.
func TestACardQuotesItsStatements(t *testing.T) {
	s := watched(t, 120, 40)
	one, two := "1bf02ab856ac7e86", "de3707964516450f"
	s.m.s.Advice.Texts = map[string]string{one: "SELECT id, total FROM orders WHERE note = ?", two: "SELECT id, total FROM orders WHERE customer_id = ? AND status = ? ORDER BY id DESC LIMIT ?"}
	text := one + " is read with " + two + ", and 0000000000000000"
	if got, want := s.m.s.inWords(text), "“SELECT id, total FROM orders WHERE note = ?” is read with “SELECT id, total FROM orders WHERE customer_id = ? AND status = ? ORDER BY id DESC LIMIT ?”, and 0000000000000000"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := s.m.s.inBrief(text), "SELECT … orders is read with SELECT … orders, and 0000000000000000"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
