package ui

import (
	"mltop/advisor"
	"strings"
	"testing"
)

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

func TestTheReceiptsUndoIsALineForAShell(t *testing.T) {
	long := "/srv/" + strings.Repeat("deep/", 60) + "app.db"
	for path, want := range map[string]string{
		"/srv/app.db": "/srv/app.db",
		"postgres://postgres@/shop?host=/tmp/x&port=36767": "'postgres://postgres@/shop?host=/tmp/x&port=36767'",
		"/srv/Bob's $HOME/app.db":                          `'/srv/Bob'\''s $HOME/app.db'`,
		"/srv/a;b.db":                                      "'/srv/a;b.db'",
		"~/app.db":                                         "'~/app.db'",
		long:                                               long,
	} {
		s := watched(t, 120, 40)
		s.m.s.Target.Path = path
		s.applyFirst()
		if got := s.m.Receipt().String(); !strings.Contains(got, "undo: mltop undo "+want+" "+entryOne) {
			t.Errorf("%s: want %q in\n%s", path, want, got)
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
	if want := "undone: " + indexName; !strings.Contains(got, want) || strings.Contains(got, "kept:") || !strings.Contains(got, ", while it was there") {
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

func TestAnAppliedCardSaysSoAndSpeaksOfThePast(t *testing.T) {
	s := watched(t, 120, 40)
	s.m.s.Advice.Recommendations[0].Reason = "it now has to read all of order_items"
	s.applyFirst()
	s.send(pushMsg{newCard(adviceID)})
	s.want("applied: Create index on ", "what was expected before", "it had to read")
	for _, gone := range []string{" now has to ", "· saves ", "· confidence "} {
		if got := s.text(); strings.Contains(got, gone) {
			t.Errorf("an applied card still says %q:\n%s", gone, got)
		}
	}
}

func TestACardNamesWhatItNeedsFirstUntilThatIsApplied(t *testing.T) {
	s := watched(t, 120, 40)
	list := s.m.s.Advice.Recommendations
	other := list[len(list)-1].ID
	list[len(list)-1].Requires = []string{adviceID}
	s.send(pushMsg{newCard(other)})
	s.want("needs first", "#"+adviceID)
	s.send(popMsg{})
	s.applyFirst()
	s.send(pushMsg{newCard(other)})
	if got := s.text(); strings.Contains(got, "needs first") {
		t.Errorf("what is applied is still named as missing:\n%s", got)
	}
}

// The advisor has nothing to advise where it was followed: the card of what
// was applied then says what the journal knows, and the whole verdict.
func TestACardOutlivesItsAdvice(t *testing.T) {
	s := watched(t, 80, 24)
	s.applyFirst()
	s.send(pushMsg{newCard(adviceID)})
	s.press("G")
	e, _ := s.m.s.standing(adviceID)
	s.m.s.Verdicts[e.ID] = advisor.Verdict{Subject: "GET /orders/{id}", Outcome: advisor.OutcomeNotEnough,
		Text: "most likely at least 10 % faster on average; how much is not clear yet, 5,644 calls; too early to tell how many more: times before rose and fell about 10 times"}
	s.m.s.Advice.Recommendations = nil
	s.want("applied: Create index on order_items", "do            CREATE INDEX", "undo          DROP INDEX", "about 10 times")
	s.wantNot("this advice is gone")
	s.press("u")
	s.want("[ Cancel ]", "DROP INDEX")
}
