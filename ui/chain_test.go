package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/advisor"
)

// want fails when a text is not on the screen.
func (s *session) want(texts ...string) {
	s.t.Helper()
	v := s.text()
	for _, text := range texts {
		if !strings.Contains(v, text) {
			s.t.Errorf("want %q on the screen, got\n%s", text, v)
		}
	}
}

func (s *session) wantNot(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		if strings.Contains(s.text(), text) {
			s.t.Errorf("want no %q on the screen, got\n%s", text, s.text())
		}
	}
}

func TestTheChainFromTheVerdictToTheUndo(t *testing.T) {
	s := watched(t, 120, 40)
	s.want("31× slower", "⏎ why")
	s.press("enter")
	s.want("› GET /orders/{id}", "Statements of this route", "sure")
	s.press("enter")
	s.want("Plan now", "■ scan", "1,204,331 rows", "Plan with", "560×", "Create index")
	s.press("enter")
	s.want("evidence", "may be wrong", "DROP INDEX")
	s.press("a")
	s.want("Apply to orders-api", "[ Cancel ]", "writers for the build", "uvicorn (pid 4711)", "your file is untouched so far", "undo")
	if len(s.f.did) > 0 {
		t.Fatalf("one key changed the database: %v", s.f.did)
	}
	s.press("y")
	if !slices.Contains(s.f.did, "apply "+adviceID) {
		t.Fatalf("y did not apply: %v", s.f.did)
	}
	s.want("▲ applied")
	for range 40 {
		s.sample()
	}
	s.want("GET /orders/{id}", "→", "× faster")
	s.press("1")
	s.want("▲index created")
	s.press("u")
	s.want("Undo on orders-api", "DROP INDEX")
	s.wantNot("CREATE INDEX")
	s.press("y")
	if !slices.Contains(s.f.did, "undo "+entryOne) {
		t.Fatalf("y did not undo: %v", s.f.did)
	}
	s.sample()
	s.want("▼")
}

func TestEnterInThePreviewCancels(t *testing.T) {
	s := watched(t, 120, 40)
	s.press("4", "a", "enter")
	s.wantNot("[ Cancel ]")
	if len(s.f.did) > 0 {
		t.Errorf("got %v, want nothing done", s.f.did)
	}
	s.press("a", "tab", "enter")
	if !slices.Contains(s.f.did, "apply "+adviceID) {
		t.Errorf("tab and enter: got %v, want it applied", s.f.did)
	}
}

func TestOnProductionTheObjectsNameIsTyped(t *testing.T) {
	f := newFake()
	s := openWith(t, f, Target{Name: "orders-api", Production: true}, options(f), 120, 40)
	s.sample()
	s.run(s.m.s.advise())
	s.want("PRODUCTION")
	s.press("4", "a", "y")
	s.want("type " + indexName)
	s.typed("quatsch")
	s.press("enter")
	if len(f.did) > 0 {
		t.Fatalf("a wrong name applied: %v", f.did)
	}
	for range "quatsch" {
		s.press("backspace")
	}
	s.typed(indexName)
	s.press("enter")
	if !slices.Equal(f.did, []string{"confirm " + indexName, "apply " + adviceID}) {
		t.Errorf("the right name did not apply: %v", f.did)
	}
}

func TestReadOnlyIsLiftedInPlace(t *testing.T) {
	for _, c := range []struct {
		name   string
		target Target
		typed  string
		ok     bool
	}{
		{"y lifts it", Target{Name: "app", ReadOnly: true}, "y", true},
		{"anything else does not", Target{Name: "app", ReadOnly: true}, "n", false},
		{"production wants the target's name", Target{Name: "app", ReadOnly: true, Production: true}, "app", true},
		{"y is not enough on production", Target{Name: "app", ReadOnly: true, Production: true}, "y", false},
		{"--read-only forbids it", Target{Name: "app", ReadOnly: true, Forbidden: true}, "y", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake()
			s := openWith(t, f, c.target, options(f), 120, 40)
			s.sample()
			s.run(s.m.s.advise())
			s.want("READ-ONLY")
			s.press("4", "a", "y")
			if len(f.did) > 0 {
				t.Fatalf("read-only was applied to: %v", f.did)
			}
			s.press("esc", ":")
			s.typed("unlock")
			s.press("enter")
			if s.m.prompt != nil {
				s.typed(c.typed)
				s.press("enter")
			}
			if got := s.m.s.readOnly() == ""; got != c.ok {
				t.Errorf("got unlocked %v, want %v", got, c.ok)
			}
		})
	}
}

func TestQuitting(t *testing.T) {
	quits := func(cmd tea.Cmd) bool {
		if cmd == nil {
			return false
		}
		_, ok := cmd().(tea.QuitMsg)
		return ok
	}
	for name, reach := range screens() {
		s := watched(t, 100, 30)
		reach(s)
		_, cmd := s.m.Update(keyMsg("ctrl+c"))
		if !quits(cmd) {
			t.Errorf("%s: ctrl+c does not quit", name)
		}
		where := s.m.place()
		_, cmd = s.m.Update(keyMsg("q"))
		if typing := where == inEditor; quits(cmd) == typing {
			t.Errorf("%s: q quits %v, want %v", name, quits(cmd), !typing)
		}
		_, cmd = s.m.Update(keyMsg("esc"))
		if quits(cmd) {
			t.Errorf("%s: esc quits", name)
		}
	}
}

func TestQTypesInTextFields(t *testing.T) {
	for _, opens := range []string{"/", ":", "E", "?"} {
		s := watched(t, 100, 30)
		s.press(opens)
		s.typed("q1?")
		s.want("q1?")
		s.press("ctrl+c")
	}
}

func TestQuittingDuringAnApplyStopsItFirst(t *testing.T) {
	s := watched(t, 100, 30)
	s.f.applied = make(chan struct{})
	defer close(s.f.applied)
	s.press("4", "a", "y")
	s.want("esc stops")
	_, cmd := s.m.Update(keyMsg("ctrl+c"))
	if _, ok := cmd().(tea.QuitMsg); ok {
		t.Fatal("left with a change under way")
	}
	if !s.m.leaving {
		t.Error("the change was not told to stop")
	}
	_, cmd = s.m.Update(changedMsg{err: context.Canceled})
	if _, ok := cmd().(tea.QuitMsg); !ok {
		t.Error("did not leave once the change had stopped")
	}
}

func TestPausingKeepsThePictureAndCountsOn(t *testing.T) {
	s := watched(t, 120, 40)
	s.press(" ")
	before := fmt.Sprint(s.m.s.kpi)
	s.sample()
	s.sample()
	s.want("PAUSED", "2 samples behind")
	if fmt.Sprint(s.m.s.kpi) != before {
		t.Errorf("got %v, want the values of the pause %v", s.m.s.kpi, before)
	}
	s.press(" ")
	s.wantNot("PAUSED")
}

func TestTheTimeCursorMovesAllPanels(t *testing.T) {
	s := watched(t, 120, 40)
	now := s.m.s.kpi[valP95]
	for range 25 {
		s.press("<")
	}
	s.want("min ago", "L live")
	if past := s.m.s.kpi[valP95]; past >= now/5 {
		t.Errorf("25 minutes ago P95 was %v, want far below %v", past, now)
	}
	s.press("L")
	s.wantNot("L live")
	if s.m.s.kpi[valP95] != now {
		t.Errorf("live again: got %v, want %v", s.m.s.kpi[valP95], now)
	}
}

func TestAFilterStaysVisibleAndInverts(t *testing.T) {
	s := watched(t, 120, 40)
	s.press("2", "/")
	s.typed("!orders")
	s.press("enter")
	s.want("filter /!orders", "/products/{id}")
	for _, r := range s.m.panel().(*requests).table.shown {
		if strings.Contains(r.id, "orders") {
			t.Errorf("%s should be filtered out", r.id)
		}
	}
	s.press("/")
	s.typed("(")
	s.want("missing closing )")
	s.press("esc")
	s.wantNot("filter /")
}

func TestTheCursorFollowsItsRow(t *testing.T) {
	s := watched(t, 120, 40)
	s.press("2", "down", "down")
	p := s.m.panel().(*requests)
	id := p.table.cursor
	s.press("S")
	s.sample()
	s.text()
	if p.table.cursor != id {
		t.Errorf("got %s, want %s", p.table.cursor, id)
	}
}

func TestADisabledKeySaysWhy(t *testing.T) {
	s := open(t, newFake(), 120, 40)
	s.sample()
	s.press("u")
	s.want("nothing that mltop applied stands here")
	s.press("3", "enter", "a")
	s.want("there is no advice for this statement")
	s.press("1", "x") // not a key here at all
	if s.m.note.text == "" {
		s.want("? help")
	}
}

func TestDismissingRemembersWhy(t *testing.T) {
	s := watched(t, 120, 40)
	s.press("4", "x")
	s.typed("too big")
	s.press("enter")
	if want := "dismiss " + adviceID + " because too big"; !slices.Contains(s.f.did, want) {
		t.Errorf("got %v, want %q", s.f.did, want)
	}
	s.wantNot("Create index on order_items")
}

func TestAMissingValueSaysWhyOnFocus(t *testing.T) {
	s := watched(t, 120, 40)
	s.press("tab")
	for range 2 {
		s.press("left")
	}
	s.want("connection pool", "SQLite has no connections to count")
}

func TestAllFourteenValuesAreReachableOnEverySize(t *testing.T) {
	for _, size := range [][2]int{{40, 10}, {60, 16}, {80, 24}, {120, 40}, {200, 60}} {
		s := watched(t, size[0], size[1])
		s.press("tab")
		for i, v := range values() {
			name, _, _ := strings.Cut(v.name, " (")
			if !strings.Contains(s.text(), name) {
				t.Errorf("%v: value %d (%s) is not shown on focus:\n%s", size, i, v.name, s.text())
			}
			s.press("right")
		}
	}
}

func TestLiteralsAreMaskedUntilAskedFor(t *testing.T) {
	s := watched(t, 120, 40)
	s.press("3", "enter")
	s.wantNot("4711")
	s.press(":")
	s.typed("literals")
	s.press("enter")
	s.want("4711")
}

func TestTheEditorExplainsAndRunsOnRequest(t *testing.T) {
	s := watched(t, 100, 30)
	s.press("E")
	s.typed("SELECT q FROM t")
	s.press("enter")
	s.want("Plan", "■ scan")
	s.press("ctrl+r")
	s.want("2 rows in 3.0 ms", "A-17")
	s.press("esc")
	s.want("Slowest routes")
}

func TestATargetThatIsLostIsSaidAndComesBack(t *testing.T) {
	s := watched(t, 100, 30)
	s.send(sampleMsg{err: errors.New("the database file is gone")})
	s.want("■ lost", "the database file is gone")
	s.sample()
	s.wantNot("■ lost", "is gone")
	s.want("● live")
}

func TestTheReceipt(t *testing.T) {
	s := watched(t, 120, 40)
	s.applyFirst()
	for range 40 {
		s.sample()
	}
	got := s.m.Receipt().String()
	for _, want := range []string{"mltop  orders-api (app.db)  attached", "GET /orders/{id}  P95", "kept: " + indexName + " (31 MB)", "undo: mltop undo app.db"} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
}

func TestTheReceiptNamesWhatWasTakenBack(t *testing.T) {
	s := watched(t, 120, 40)
	s.applyFirst()
	for range 40 {
		s.sample()
	}
	s.press("u", "y")
	s.sample()
	got := s.m.Receipt().String()
	if want := "undone: " + indexName; !strings.Contains(got, want) || strings.Contains(got, "kept:") {
		t.Errorf("want %q and nothing kept in\n%s", want, got)
	}
}

func TestARegressionOffersTheUndo(t *testing.T) {
	s := watched(t, 120, 40)
	s.applyFirst()
	s.m.s.Verdicts[entryOne] = advisor.Verdict{Subject: "GET /x", Outcome: advisor.OutcomeWorse, BeforeP95: .1, AfterP95: .4, Text: "4× slower"}
	s.send(pushMsg{newCard(adviceID)})
	s.want("it got slower", "undoes it")
}

func TestAScriptPressesKeysUntilARealOne(t *testing.T) {
	f := newFake()
	o := options(f)
	clock := noon
	o.Now = func() time.Time { return clock }
	o.Script = []Press{{Key: "2", Caption: "all routes", Until: UntilSample}, {Key: "3"}, {Key: "4"}}
	s := openWith(t, f, Target{Name: "app"}, o, 120, 40)
	step := func() { clock = clock.Add(3 * time.Second); s.m.Update(playMsg{}) }
	step()
	step()
	if s.m.at != 0 {
		t.Fatal("pressed before the first sample")
	}
	s.sample()
	step()
	s.want("all routes", "any key takes over")
	step()
	if s.m.at != 1 {
		t.Fatalf("got view %d, want 1", s.m.at)
	}
	s.press("down")
	step()
	step()
	if s.m.at != 1 {
		t.Errorf("the script went on after a real key: view %d", s.m.at)
	}
}

func TestPlainWritesALinePerChange(t *testing.T) {
	f := newFake()
	o := options(f)
	o.Plain = true
	m := New(f, Target{Name: "app"}, o)
	m.s.diagnose = fakeFindings
	ctx, cancel := context.WithCancel(context.Background())
	f.waiting = true
	var out strings.Builder
	go func() { time.Sleep(300 * time.Millisecond); cancel() }()
	if _, err := Run(ctx, m, nil, &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "■ CRIT GET /orders/{id}") || !strings.Contains(lines[1], "P95 8") {
		t.Errorf("got %q", lines)
	}
}

func TestTheAdvisorWaitsForStatementsAndAsksAgainWhenTheyChange(t *testing.T) {
	f := newFake()
	o := options(f)
	o.Quiet = false
	s := openWith(t, f, Target{Name: "app"}, o, 120, 40)
	s.sample()
	if s.m.s.Advice != nil {
		t.Fatal("asked with the first sample: there is no workload yet")
	}
	for range 5 {
		s.sample()
	}
	if s.m.s.Advice == nil {
		t.Fatal("not asked after seconds of live statements")
	}
	first := s.m.s.asked
	delete(s.m.s.askedOf, slowPrint) // as if it had been seen only now
	for range 70 {
		s.sample()
	}
	if !s.m.s.asked.After(first) {
		t.Error("not asked again although a statement that matters was not known")
	}
	again := s.m.s.asked
	for range 70 {
		s.sample()
	}
	if s.m.s.asked != again {
		t.Error("asked again although nothing had changed")
	}
}

func TestThePreviewShowsTheWholeStatement(t *testing.T) {
	s := watched(t, 80, 40)
	name := strings.Repeat("a_very_long_name_", 12)
	p, _ := s.f.Preview(context.Background(), adviceID)
	p.Steps[0].Do = []string{"CREATE INDEX " + name + " ON t(" + strings.Repeat("c, ", 60) + "last_one)"}
	s.send(previewMsg{id: adviceID, preview: p})
	shown := strings.NewReplacer(" ", "", "│", "", "\n", "").Replace(s.text())
	if !strings.Contains(shown, name) {
		t.Errorf("the name is cut in\n%s", s.text())
	}
	s.want("last_one)")
}
