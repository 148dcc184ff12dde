package ui

import (
	"errors"
	"strings"
	"testing"

	"mltop/advisor"
)

// A change can be left for a better hour: the preview writes it as a script
// and closes, and nothing is changed, also where nothing may be.
func TestAChangeIsPostponedAsAScript(t *testing.T) {
	for _, c := range []struct {
		name   string
		before func(*session)
		keys   []string
		did    string // what the backend was asked, beside previews
		want   string // on the screen
	}{
		{"in the preview", func(*session) {}, []string{"p"}, "export apply-orders-api-" + strings.ReplaceAll(indexName, "_", "-") + "-", "postponed, nothing was changed: /tmp/apply-orders-api-mltop"},
		{"on a target that is read-only", func(s *session) { s.m.s.Target.ReadOnly = true }, []string{"p"}, "export apply-", "postponed, nothing was changed"},
		{"it cannot be written", func(s *session) { s.f.fail["export"] = errors.New("the disk is full") }, []string{"p"}, "export apply-", "postpone: the disk is full"},
		{"an undo", func(s *session) { s.applyFirst() }, []string{"p"}, "export undo-orders-api-", "postponed, nothing was changed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := watched(t, 120, 40)
			c.before(s)
			s.f.did = nil
			if strings.HasPrefix(c.name, "an undo") {
				s.press("u")
			} else {
				s.run(s.m.s.preview(adviceID))
			}
			s.want("p postpone as a script")
			s.press(c.keys...)
			s.want(c.want)
			if s.m.dialog != nil {
				t.Error("the preview is still open")
			}
			if did := strings.Join(s.f.did, "|"); !strings.Contains(did, c.did) || strings.Contains(did, "apply "+adviceID) {
				t.Errorf("the backend was asked %q, want %q", did, c.did)
			}
		})
	}
}

func TestAScriptSaysWhatThePreviewSaid(t *testing.T) {
	s := watched(t, 120, 40)
	s.run(s.m.s.preview(adviceID))
	s.m.dialog.preview.Recommendation.Warnings = []advisor.Warning{{Text: "it \x1b[31mgrows"}}
	s.press("p")
	for _, want := range []string{"-- postponed on 2026-03-01 10:42 UTC, for orders-api: nothing was changed\n", "\n" + strings.TrimSuffix(createSQL, ";") + ";", "\n-- undo:\n-- DROP INDEX", "-- warning: it "} {
		if !strings.Contains(s.f.exported, want) {
			t.Errorf("%q is missing in\n%s", want, s.f.exported)
		}
	}
	if strings.Contains(s.f.exported, "\x1b") {
		t.Errorf("an escape got into a comment:\n%s", s.f.exported)
	}
}

func TestScriptsOfChangesOfOneNameAreSeveralFiles(t *testing.T) {
	orders, customers := scriptName("apply", "shop", "status", "DROP INDEX status ON orders"), scriptName("apply", "shop", "status", "DROP INDEX status ON customers")
	if orders == customers || !strings.HasPrefix(orders, "apply-shop-status-") {
		t.Errorf("got %q and %q, want two names", orders, customers)
	}
}

func TestASessionCannotBeEndedLater(t *testing.T) {
	s := watched(t, 120, 40)
	s.send(previewMsg{act: &advisor.Act{Kind: advisor.KindTerminate}, preview: advisor.Preview{}})
	if strings.Contains(lastLine(s.text()), "postpone") {
		t.Errorf("the footer offers it: %q", lastLine(s.text()))
	}
	s.press("p")
	s.want("a session cannot be ended by a script later")
	if s.m.dialog == nil {
		t.Error("the question was closed")
	}
}
