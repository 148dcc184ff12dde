package collectors

import "time"

// An Absence is what is known of a statement whose source counts only calls of
// some length: that it is not seen says that it is short, or not called.
type Absence struct {
	Least  float64     // seconds from which a call is counted
	Opened time.Time   // since when the source is read
	Until  time.Time   // and until when
	Met    []time.Time // when looks at the sessions met it, oldest first
}

// Absence answers how a statement could be missing; false where its source
// counts every call, or is not known.
func (h *History) Absence(fingerprint string) (Absence, bool) {
	s := h.streamOf(fingerprint)
	if s == nil || s.source.Least <= 0 || s.newest == nil {
		return Absence{}, false
	}
	return Absence{s.source.Least, s.openedAt, s.newest.At, s.running[fingerprint]}, true
}

const (
	// meetings of a statement this near are one: it is about whether it runs.
	meetPause = 5 * time.Second
	// mostMet of them reach over the longest calls that people wait for.
	mostMet = 120
)

// meet keeps when the statements of the stream were seen in a session.
func (s *statementStream) meet(running map[string]time.Time) {
	for fp, at := range running {
		if _, ours := s.meta[fp]; !ours {
			continue
		}
		met := s.running[fp]
		if n := len(met); n > 0 && at.Sub(met[n-1]) < meetPause {
			continue
		}
		s.running[fp] = append(met[max(0, len(met)+1-mostMet):len(met):len(met)], at)
	}
}
