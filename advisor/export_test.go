package advisor

import (
	"context"

	"mltop/internal/db"
)

// Save keeps advice as a run of Advise does, for tests of what comes after.
func (a *Advisor) Save(ctx context.Context, list []Recommendation) error {
	s, err := a.store(ctx)
	if err != nil {
		return err
	}
	return s.saveAdvice(adviceFile{Recommendations: list})
}

// Left makes a journal of one entry, as a killed mltop leaves it.
func (a *Advisor) Left(ctx context.Context, e Entry) error {
	s, err := a.store(ctx)
	if err != nil {
		return err
	}
	j, err := s.loadJournal()
	if err != nil {
		return err
	}
	e.ID, e.Target = "1", s.target
	j.Entries, j.Next = []Entry{e}, 2
	return s.saveJournal(j, "test")
}

// ASetting is advice on one setting, as a run notes what it goes by.
func ASetting(s db.Step, settings []db.Setting) Recommendation {
	list := []Recommendation{{ID: "of-" + s.Object.Name, Kind: KindSetting, Change: db.Change{s}}}
	withValues(list, settings)
	return list[0]
}
