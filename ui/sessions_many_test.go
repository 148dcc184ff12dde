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
	for _, size := range [][2]int{{160, 50}, {80, 24}} {
		s, _ := openServer(t, Target{}, size[0], size[1])
		manySessions(s, 1)
		s.press("5")
		if text := s.text(); !strings.Contains(text, "5000 of 100000 tables") {
			t.Errorf("how many tables of how many is not said in %v:\n%s", size, text)
		}
	}
}

func TestACatalogThatCannotBeReadSaysWhy(t *testing.T) {
	s, _ := openServer(t, Target{}, 160, 50)
	sample := s.f.sample()
	for _, section := range sample.Sections {
		if d, ok := section.(*collectors.Database); ok {
			d.Schema, d.Settings = nil, nil
			d.Missing = map[string]string{"schema": "the catalog took too long", "settings": "nobody may see them"}
		}
	}
	s.send(sampleMsg{sample: sample})
	s.press("5")
	s.want("no tables are known yet: the catalog took too long", "no settings are known yet: nobody may see them")
}

// What is shown of thousands of sessions is made when they are read, not at
// every key: masking their statements takes longer than a frame.
func TestTheRowsOfSessionsStandFromOneLookToTheNext(t *testing.T) {
	s, _ := openServer(t, Target{}, 120, 40)
	manySessions(s, 5000)
	s.press("7")
	v, ok := s.m.panel().(*sessions)
	if !ok {
		t.Fatalf("7 leads to %T", s.m.panel())
	}
	rows := func() *row { return &v.arrange(s.m.s)[0] }
	before := rows()
	s.press("down", "down", "G", "v")
	if rows() != before {
		t.Error("keys that move the cursor make all rows anew")
	}
	s.press("s")
	if rows() == before {
		t.Error("another order leaves the rows as they were")
	}
	before = rows()
	manySessions(s, 4000)
	if rows() == before || len(v.arrange(s.m.s)) != 4001 {
		t.Error("a new look leaves the rows as they were")
	}
}

func TestAStatementOfAMegabyteIsCutAndMasked(t *testing.T) {
	s, _ := openServer(t, Target{}, 120, 40)
	long := "SELECT id FROM orders WHERE name = 'secret' AND id IN (" + strings.Repeat("12345, ", 150_000) + "1)"
	sample := s.f.sample()
	for _, section := range sample.Sections {
		if d, ok := section.(*collectors.Database); ok {
			d.Sessions = []db.Session{{ID: "4711", State: "active", Statement: long, Transaction: 1}}
		}
	}
	s.send(sampleMsg{sample: sample})
	s.press("7", "v")
	s.want("4711", "FROM orders", "it goes on: 1.", "MB in all")
	s.wantNot("secret", "12345")
	for _, line := range strings.Split(s.text(), "\n") {
		if textWidth(line) > 120 {
			t.Errorf("a line is too wide: %q", line)
		}
	}
	s.press("enter")
	s.want("not among those that are counted")
	s.m.s.opts.ShowLiterals = true // as its command does
	s.m.s.touch()
	s.want("'secret'")
}
