package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mltop/collectors"
)

// from is a section of statements from somewhere.
func from(f *fake, live bool, rows int) *collectors.Statements {
	s := f.statements(time.Second)
	if !live {
		s.Source = collectors.StatementSource{Kind: "queries file", Name: "hot.sql"}
	}
	s.At, s.Rows = f.now, s.Rows[:rows]
	return s
}

func TestTheFirstAdviceWaitsForNothingThatWillNotCome(t *testing.T) {
	for name, c := range map[string]struct {
		sources    func(f *fake) []collectors.Section
		production bool
		after      int // seconds; 0: it does not begin by itself
	}{
		"a queries file alone: there is nothing to watch for":       {func(f *fake) []collectors.Section { return []collectors.Section{from(f, false, 5)} }, false, 2},
		"beside a query log that is quiet: its statements may come": {func(f *fake) []collectors.Section { return []collectors.Section{from(f, false, 5), from(f, true, 0)} }, false, 12},
		"live statements: a few seconds of them":                    {func(f *fake) []collectors.Section { return []collectors.Section{from(f, true, 5)} }, false, 2},
		"no statement at all: some may come":                        {func(*fake) []collectors.Section { return nil }, false, 12},
		"an empty queries file: others may come":                    {func(f *fake) []collectors.Section { return []collectors.Section{from(f, false, 0)} }, false, 12},
		"on a production target a user asks":                        {func(f *fake) []collectors.Section { return []collectors.Section{from(f, false, 5)} }, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			o := options(f)
			o.Quiet = false
			s := openWith(t, f, Target{Name: "app", Production: c.production}, o, 120, 40)
			s.press("4")
			began := 0
			for i := 0; i <= 20 && s.m.s.Advice == nil; i++ {
				began = i
				f.now = noon.Add(time.Duration(i) * time.Second)
				s.m.s.now = f.now
				s.send(sampleMsg{sample: collectors.Sample{Time: f.now, Sections: append(c.sources(f), f.database())}})
				if i == 1 {
					says(t, s.m.s, c.after)
				}
			}
			if s.m.s.Advice == nil {
				began = 0
			}
			if began != c.after {
				t.Errorf("it began after %d s, want %d", began, c.after)
			}
		})
	}
}

// says holds what stands in the place of the advice, a second after the start,
// against when it begins.
func says(t *testing.T, s *State, after int) {
	t.Helper()
	want := "A asks for advice"
	if after > 0 {
		want = fmt.Sprintf("advice begins by itself in %d s, A at once", after-1)
	}
	if got := s.beforeAdvice(); !strings.HasPrefix(got, want) {
		t.Errorf("a second after the start it says %q, want %q", got, want)
	}
}
