package ui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
)

// strangersChange is a sample in which somebody has dropped an index.
func (s *session) strangersChange(kind string) {
	sample := s.f.sample()
	sample.Sections = append(sample.Sections, &collectors.Events{At: sample.Time, List: []collectors.Event{
		{At: sample.Time, Kind: kind, Text: "index dropped: order_items_sku", What: "index dropped: order_items_sku"}}})
	s.send(sampleMsg{sample: sample})
}

const skuIsGone = "index order_items_sku is gone: somebody else has dropped it since the advice was given"

func TestAdviceThatNoLongerHoldsIsNotOffered(t *testing.T) {
	for _, kind := range []string{"schema", "setting"} {
		s := watched(t, 120, 40)
		s.f.outdated = map[string]string{"drop-sku": skuIsGone}
		s.sample()
		if n := s.m.s.waiting(); n != 2 {
			t.Fatalf("before anything has changed %d pieces of advice are offered, want 2", n)
		}
		s.strangersChange(kind)
		if n := s.m.s.waiting(); n != 1 {
			t.Errorf("after an event of the kind %s %d pieces of advice are offered, want 1", kind, n)
		}
		s.want("1 piece of advice no longer holds: " + skuIsGone[:40])
		s.press("4")
		s.want("○ Drop index order_items_sku", "index order_items_sku is gone: somebody")
	}
}

// Only what has changed makes the database be asked, and a look that failed is
// taken again.
func TestAdviceIsLookedAtAgainWhereTheLookFailed(t *testing.T) {
	s := watched(t, 120, 40)
	s.f.outdated, s.f.fail["outdated"] = map[string]string{"drop-sku": skuIsGone}, errors.New("database is locked")
	s.strangersChange("schema")
	delete(s.f.fail, "outdated")
	s.sample()
	if n := s.m.s.waiting(); n != 2 {
		t.Errorf("right after a look that failed %d pieces are offered, want 2 still", n)
	}
	for range int(lookAgain / time.Second) {
		s.sample()
	}
	if n := s.m.s.waiting(); n != 1 {
		t.Errorf("%s later %d pieces are offered, want 1", lookAgain, n)
	}
}

// What the Queries view says of a plan is of the catalog as it is: not what a
// person, or the advisor, was shown before an index was made elsewhere.
func TestAPlanMarkIsOfTheCatalogAsItIs(t *testing.T) {
	s := watched(t, 120, 40)
	plan := func() string {
		text, _ := s.m.s.planFlag(slowPrint)
		return text
	}
	s.m.s.Plans[slowPrint] = planned{Explanation: Explanation{Plan: scanPlan()}}
	if got := plan(); got != "■ scan" {
		t.Fatalf("asked for: got %q, want the scan", got)
	}
	s.m.s.Advice.Catalog = "before"
	s.strangersChange("schema")
	if got := plan(); got != none {
		t.Errorf("after a change: got %q, want nothing until it is planned again", got)
	}
	sample := s.f.sample()
	sample.Sections = append(sample.Sections, &collectors.Plans{At: sample.Time, Trees: map[string]*db.Plan{slowPrint: searchPlan()}})
	s.send(sampleMsg{sample: sample})
	if got := plan(); got != "search" {
		t.Errorf("planned again by itself: got %q, want the search", got)
	}
}

func TestACardOfAdviceThatNoLongerHoldsSaysWhy(t *testing.T) {
	s := watched(t, 120, 40)
	s.send(pushMsg{newCard("drop-sku")})
	s.want("order_items_sku: no statement uses it")
	s.f.outdated = map[string]string{"drop-sku": skuIsGone}
	s.strangersChange("schema")
	s.want("this advice no longer holds: " + skuIsGone)
}

// A preview shows no size, time and undo of what is not there.
func TestAPreviewOfWhatIsGoneShowsOnlyThat(t *testing.T) {
	s := watched(t, 120, 40)
	r := fakeAdvice().Recommendations[1]
	p := advisor.Preview{Recommendation: r, Steps: r.Change, Tried: "nowhere", Gone: skuIsGone, Refused: skuIsGone}
	s.m.s.Target.ReadOnly = true // the gate is no reason then
	s.send(previewMsg{id: r.ID, preview: p})
	s.want("Drop index order_items_sku", skuIsGone[:60])
	for _, word := range []string{"CREATE INDEX", "blocks", "tried", "instant"} {
		if strings.Contains(s.dialogText(), word) {
			t.Errorf("the dialog says %q:\n%s", word, s.dialogText())
		}
	}
}

func (s *session) dialogText() string {
	var b strings.Builder
	for _, line := range s.m.dialog.text(s.m.s, 90) {
		for _, part := range line {
			b.WriteString(part.text)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestACardSaysNoRangeOfEqualEndsAndNoSavingOfNothing(t *testing.T) {
	s := watched(t, 120, 40)
	r := fakeAdvice().Recommendations[0]
	e := *r.Estimate
	e.Low, e.High = e.After, e.After
	r.Estimate = &e
	for _, fact := range s.m.s.cardFacts(r) {
		if fact[0] == "effect" && strings.Contains(fact[1], " to ") {
			t.Errorf("got %q, want no range", fact[1])
		}
	}
	if got := saved(24e-9); got != none {
		t.Errorf("24 ns a second: got %q, want %q", got, none)
	}
	if got := saved(0.69); got == none {
		t.Error("0.69 s a second is a saving")
	}
}
