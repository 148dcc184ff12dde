package ui

import (
	"testing"

	"mltop/advisor"
	"mltop/collectors"
)

// replacedBy is a sample in which another file was found.
func replacedBy(f *fake) sampleMsg {
	sample := f.sample()
	sample.Sections = append([]collectors.Section{}, sample.Sections...)
	for i, section := range sample.Sections {
		if d, ok := section.(*collectors.Database); ok {
			other := *d
			other.Stats.State = collectors.StateReplaced
			sample.Sections[i] = &other
		}
	}
	return sampleMsg{sample: sample}
}

func TestAReplacedFileTakesItsAdviceAndItsPreviewAlongAndIsSearchedAnew(t *testing.T) {
	f := newFake()
	o := options(f)
	o.Quiet = false
	s := openWith(t, f, Target{Name: "app"}, o, 120, 40)
	s.sample()
	s.run(s.m.s.advise())
	s.run(s.m.s.preview("any"))
	if s.m.s.Advice == nil || s.m.dialog == nil {
		t.Fatal("no advice or no preview to begin with")
	}
	s.send(replacedBy(f))
	if s.m.s.Advice != nil || s.m.dialog != nil || len(s.m.s.Plans) > 0 {
		t.Errorf("of the file that is gone there is still advice %v, a preview %v, %d plans", s.m.s.Advice != nil, s.m.dialog != nil, len(s.m.s.Plans))
	}
	s.want("another file has taken the database's place")
	for range 15 {
		s.sample()
	}
	if s.m.s.Advice == nil {
		t.Error("15 samples later nothing has been searched for in the new file")
	}
}

func TestASearchThatBeganOnTheFileBeforeIsNotShown(t *testing.T) {
	f := newFake()
	s := openWith(t, f, Target{Name: "app"}, options(f), 120, 40)
	s.sample()
	late := s.m.s.advise() // it runs while the file is replaced
	s.send(replacedBy(f))
	s.send(adviceSoFar{stage: "measuring", advice: fakeAdvice()})
	s.run(late)
	if s.m.s.Advice != nil || s.m.s.Advising != "" || s.m.s.AdviseBy != nil {
		t.Errorf("advice %+v, at work %q, error %v; want none of the file before", s.m.s.Advice, s.m.s.Advising, s.m.s.AdviseBy)
	}
	s.run(s.m.s.advise())
	if s.m.s.Advice == nil {
		t.Error("the search on the new file is not shown")
	}
}

func TestASearchThatFailedIsTriedAgainWithoutLiveStatements(t *testing.T) {
	f := newFake()
	o := options(f)
	o.Quiet = false
	s := openWith(t, f, Target{Name: "app"}, o, 120, 40)
	s.sample()
	s.m.s.rememberAsked()
	s.send(adviceMsg{err: advisor.ErrClosed})
	s.m.s.askedOf = map[string]bool{}
	for _, w := range s.m.s.Win.Statements {
		s.m.s.askedOf[w.Fingerprint] = true // nothing has grown
	}
	for range 15 {
		s.sample()
	}
	if s.m.s.Advice == nil {
		t.Error("15 samples later nobody has asked again")
	}
}
