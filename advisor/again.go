package advisor

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"mltop/internal/db"
)

// band is how far two measurements of the same thing may lie apart: the times
// of a run on a machine that does other work, too. What lies within it about
// a threshold is borderline: it stays as the last run left it.
const band = 0.25

// incumbents are what the last run on the same catalog advised, by ID; nil where
// there was none.
type incumbents map[string]bool

// newcomers are statements that the last run did not know: by fingerprint, all
// that it did know. Nothing that it said, or did not say, was about them.
type newcomers map[string]bool

func (known newcomers) has(b *bound) bool { return !known[b.Fingerprint] }

// bar is how many times over a threshold has to be met: less by what was
// advised before, more by what was not, so that two runs on an unchanged
// database say the same.
func (a incumbents) bar(id string) float64 {
	switch {
	case a == nil:
		return 1
	case a[id]:
		return 1 - band
	}
	return 1 + band
}

// bar is that of an index; one that a new statement asks for need not be better
// than others.
func (s *search) bar(c *candidate) float64 {
	if slices.ContainsFunc(c.users, s.new.has) {
		return min(s.had.bar(c.id()), 1)
	}
	return s.had.bar(c.id())
}

// credit is the factor on what a statement costs with some indexes added: for
// those of the last run as if it were measured in their favour, for others as
// if against them, unless the statement is new.
func (s *search) credit(b *bound, c db.Config, m measure) float64 {
	sum := 0.0
	for _, ix := range c.Add {
		if s.had == nil || !m.uses[ix.Name] {
			continue
		}
		if s.had[adviceID(KindCreateIndex, ix.Name, ix.Signature())] {
			sum--
		} else if !s.new.has(b) {
			sum++
		}
	}
	return 1 + max(-1, min(sum, 1))*band/2
}

func (m measure) times(f float64) measure {
	m.value, m.low, m.high, m.credit = m.value*f, m.low*f, m.high*f, f
	return m
}

// plain is the measure without credit, for people.
func (m measure) plain() measure {
	if m.credit == 0 {
		return m
	}
	p := m.times(1 / m.credit)
	p.credit = 1
	return p
}

// lead is how many times better a candidate has to be than another one to
// take its place: more than before where the other one was advised.
func (s *search) lead(c, than *candidate) float64 {
	now, before := s.had[c.id()], s.had[than.id()]
	switch {
	case before && !now:
		return 1 + 2*band
	case now && !before:
		return 1 / (1 + 2*band)
	}
	return 1
}

func (c *candidate) id() string {
	return adviceID(KindCreateIndex, c.index.Name, c.index.Signature())
}

// borderline says that an index lies about as near to what is not advised as
// two measurements lie apart; "" for all others.
func (s *search) borderline(c *candidate) string {
	if c.gain == nil {
		return ""
	}
	worth := s.worth(c.gain.fair-c.gain.writes(), c.gain.now, c.gain.first, c.gain.calls)
	if worth >= 1+band {
		return ""
	}
	return fmt.Sprintf("borderline: it saves %.0f %% of the least that is worth an index, and a measurement may be %.0f %% off; ",
		100*worth, 100*band)
}

// advisedBefore reads what the last run said, and of which statements, where
// the catalog has not changed since. How often they run may have: live counts
// never repeat, and what lies on the edge would come and go with them.
func (a *Advisor) advisedBefore(ctx context.Context, f Facts) (incumbents, newcomers) {
	s, err := a.store(ctx)
	if err != nil {
		return nil, nil
	}
	last, err := s.loadAdvice()
	if err != nil || last.Catalog == "" || last.Catalog != f.Schema.Version {
		return nil, nil
	}
	had, known := incumbents{}, newcomers{}
	for _, r := range last.Recommendations {
		for _, id := range append(r.Parts, r.ID) {
			had[id] = true
		}
	}
	for _, fingerprint := range last.Statements {
		known[fingerprint] = true
	}
	return had, known
}

// Last answers the last run's advice where the catalog and the workload are as
// they were then, and that run was finished; ok is false where it has to be
// looked for anew. What was changed or dismissed since is left out.
func (a *Advisor) Last(ctx context.Context, w Workload, o Options) (advice Advice, ok bool, err error) {
	last, same, err := a.lastRun(ctx)
	if err != nil || !same || last.Partial || last.Workload != w.digest() || last.Budget != o.Budget {
		return Advice{}, false, err
	}
	advice, err = a.leftOf(ctx, last)
	return advice, err == nil, err
}

// LastRun answers what is left of the last run's advice, whatever its workload
// was; its time is zero where there was no run. same: the catalog is as it was.
func (a *Advisor) LastRun(ctx context.Context) (advice Advice, same bool, err error) {
	last, same, err := a.lastRun(ctx)
	if err != nil || last.At.IsZero() {
		return Advice{}, false, err
	}
	advice, err = a.leftOf(ctx, last)
	return advice, same, err
}

// TriedSlower answers what the last run tried and declined because it made
// statements slower, and of which catalog that is. It asks the database nothing.
func (a *Advisor) TriedSlower(ctx context.Context) (Advice, error) {
	s, err := a.store(ctx)
	if err != nil {
		return Advice{}, err
	}
	last, err := s.loadAdvice()
	return Advice{At: last.At, Catalog: last.Catalog, Declined: last.Slower}, err
}

// lastRun reads what the last run said; same: on the catalog as it is now.
func (a *Advisor) lastRun(ctx context.Context) (last adviceFile, same bool, err error) {
	s, err := a.store(ctx)
	if err != nil {
		return last, false, err
	}
	if last, err = s.loadAdvice(); err != nil || last.Catalog == "" {
		return last, false, err
	}
	schema, err := patient(ctx, a, a.engine.Schema)
	return last, err == nil && schema.Version == last.Catalog, err
}

// leftOf leaves out of a run's advice what was changed or dismissed since.
func (a *Advisor) leftOf(ctx context.Context, last adviceFile) (Advice, error) {
	s, err := a.store(ctx)
	if err != nil {
		return Advice{}, err
	}
	dismissed, err := s.loadDismissals()
	if err != nil {
		return Advice{}, err
	}
	advice := Advice{At: last.At, Catalog: last.Catalog, Recommendations: last.Recommendations, Texts: last.Texts}
	return a.stillGood(ctx, advice, dismissed), nil
}

// digest is of what the advice depends on: the statements and, to the next
// power of two, how often they run: live counts never repeat exactly.
func (w Workload) digest() string {
	var parts []string
	for _, s := range w.Statements {
		often := math.Round(math.Log2(max(s.CallsPerHour, 1)))
		parts = append(parts, strings.Join([]string{s.Fingerprint, s.Name, s.Text, s.Rewrite, fmt.Sprint(often, s.Assumed)}, "\x00"))
	}
	slices.Sort(parts)
	return digest(16, parts...)
}
