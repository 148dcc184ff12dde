package advisor

import "context"

// Save keeps advice as a run of Advise does, for tests of what comes after.
func (a *Advisor) Save(ctx context.Context, list []Recommendation) error {
	s, err := a.store(ctx)
	if err != nil {
		return err
	}
	return s.saveAdvice(adviceFile{Recommendations: list})
}
