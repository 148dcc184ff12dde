package ui

import (
	"math"
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db"
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

// A server counts no quantiles: the receipt then has the means, and before any
// call what the plans promised.
func TestTheReceiptHasTheStatementBeforeAndAfter(t *testing.T) {
	nan := math.NaN()
	predicted := &advisor.Effect{Before: 17_000, After: 12, Unit: db.UnitCost, Method: db.MethodHypothetical}
	for _, row := range []struct {
		name      string
		verdict   advisor.Verdict
		predicted *advisor.Effect
		state     advisor.EntryState
		want      string
	}{
		{"a log of requests has quantiles", advisor.Verdict{Subject: "GET /x", Outcome: advisor.OutcomeBetter, BeforeP95: 1.1, AfterP95: 0.027, BeforeMean: 0.4, AfterMean: 0.01}, nil, advisor.EntryApplied, "GET /x  P95 1.10 s → 27 ms"},
		{"a server's totals have means", advisor.Verdict{Subject: "SELECT … orders", Outcome: advisor.OutcomeBetter, BeforeP95: nan, AfterP95: nan, BeforeMean: 0.041, AfterMean: 0.0009}, predicted, advisor.EntryApplied, "SELECT … orders  mean 41 ms → 900 µs"},
		{"an open verdict says so", advisor.Verdict{Subject: "SELECT … orders", Outcome: advisor.OutcomeNotEnough, BeforeMean: 0.041, AfterMean: 0.0009}, predicted, advisor.EntryApplied, "mean 41 ms → 900 µs, not yet clear"},
		{"one that was taken back", advisor.Verdict{Subject: "SELECT … orders", Outcome: advisor.OutcomeBetter, BeforeMean: 0.041, AfterMean: 0.0009}, predicted, advisor.EntryUndone, "mean 41 ms → 900 µs, while it was there"},
		{"no call since: what the plans say", advisor.Verdict{Subject: "SELECT … orders", Outcome: advisor.OutcomeNotEnough, BeforeMean: 0.041, AfterMean: nan}, predicted, advisor.EntryApplied, "SELECT … orders  expected 17k cost → 12 cost (planned, not run), no call was seen since  1417×"},
		{"without a subject the statement is named", advisor.Verdict{}, predicted, advisor.EntryApplied, "SELECT … order_items  expected"},
		{"of what is gone nothing is expected", advisor.Verdict{}, predicted, advisor.EntryUndone, "mltop  orders-api (app.db)  attached 0 s\n  undone: "},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := watched(t, 120, 40)
			s.applyFirst()
			e := &s.m.s.Entries[0]
			e.Predicted, e.State, e.Routes = row.predicted, row.state, nil
			s.m.s.Verdicts[e.ID] = row.verdict
			if got := s.m.Receipt().String(); !strings.Contains(got, row.want) {
				t.Errorf("want %q in\n%s", row.want, got)
			}
		})
	}
}

func TestMarkdownNamesNoQuantileThatNobodyCounted(t *testing.T) {
	s := watched(t, 120, 40)
	s.applyFirst()
	e := s.m.s.Entries[0]
	for p95, want := range map[float64]bool{math.NaN(): false, 0.5: true} {
		s.m.s.Verdicts[e.ID] = advisor.Verdict{Subject: "SELECT … orders", Text: "47× faster on average (41 → 0.9 ms)", BeforeP95: p95, AfterP95: p95}
		if got := s.m.s.entryMarkdown(e); strings.Contains(got, "P95") != want {
			t.Errorf("P95 %v: got\n%s", p95, got)
		}
	}
}
