package ui

import (
	"fmt"
	"strings"
	"testing"

	"mltop/collectors"
	"mltop/internal/db"
)

// manySessions are n that all wait in one line behind the first, and a table
// of a catalog that was read in part.
func manySessions(s *session, n int) {
	sample := s.f.sample()
	for _, section := range sample.Sections {
		d, ok := section.(*collectors.Database)
		if !ok {
			continue
		}
		d.Schema.Partly = "5000 of 100000 tables are looked at: those used most"
		d.Sessions = []db.Session{{ID: "0", State: "idle in transaction", Idle: true}}
		for i := 1; i <= n; i++ {
			d.Sessions = append(d.Sessions, db.Session{ID: fmt.Sprint(i), State: "active", Waits: "Lock: tuple", Statement: "UPDATE one SET a = 1", BlockedBy: []string{fmt.Sprint(i - 1)}})
		}
	}
	s.send(sampleMsg{sample: sample})
}

func TestFiveThousandSessionsAreShown(t *testing.T) {
	s, _ := openServer(t, Target{}, 120, 40)
	manySessions(s, 5000)
	s.press("7")
	for _, want := range []string{"5,001 sessions", "5000 waiting", "└1 "} {
		if text := s.text(); !strings.Contains(text, want) {
			t.Errorf("no %q on the screen:\n%s", want, text)
		}
	}
	s.press("G")
	if text := s.text(); !strings.Contains(text, "5000") {
		t.Errorf("the last one is not at the end:\n%s", text)
	}
	for _, line := range strings.Split(s.text(), "\n") {
		if textWidth(line) > 120 {
			t.Errorf("a line is too wide: %q", line)
		}
	}
}

func TestACatalogReadInPartSaysSo(t *testing.T) {
	s, _ := openServer(t, Target{}, 160, 50)
	manySessions(s, 1)
	s.press("5")
	if text := s.text(); !strings.Contains(text, "5000 of 100000 tables") {
		t.Errorf("how many tables of how many is not said:\n%s", text)
	}
}
