package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
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

func TestATargetThatIsLostIsSaidAndComesBack(t *testing.T) {
	s := watched(t, 100, 30)
	s.send(sampleMsg{err: errors.New("the database file is gone")})
	s.want("■ lost", "the database file is gone")
	s.sample()
	s.wantNot("■ lost", "is gone")
	s.want("● live")
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
