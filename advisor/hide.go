package advisor

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"mltop/internal/db"
)

// soak is how long an index stays hidden before it is dropped for good: a
// weekly job has run by then.
const soak = 7 * 24 * time.Hour

// hideFirst makes of daring drops what can be taken back at once: where the
// engine can hide an index from its planner, that comes before the drop. Where
// replicas follow, what they read cannot be seen from here, and nothing is
// called unused.
func hideFirst(f Facts, a Advice) Advice {
	var kept []Recommendation
	for _, r := range a.Recommendations {
		if !r.Daring() {
			kept = append(kept, r)
			continue
		}
		if len(f.Replicas) > 0 {
			a.Declined = append(a.Declined, Declined{What: r.Title, Reason: "replicas may follow this server (" + strings.Join(f.Replicas, ", ") + "): whether they read it cannot be seen from here"})
			continue
		}
		kept = append(kept, f.hidden(r))
	}
	a.Recommendations = kept
	return a
}

// hidden is advice to hide an index in the place of advice to drop it; the
// same advice where the engine cannot.
func (f Facts) hidden(r Recommendation) Recommendation {
	hider, ok := f.Dialect.(db.IndexHider)
	ix := f.Schema.Index(strings.TrimPrefix(r.Object, "index "))
	if !ok || ix == nil || ix.Hidden {
		return r
	}
	step, ok := hider.HideIndex(*ix)
	if !ok {
		return r
	}
	r.ID, r.Kind = adviceID(KindHideIndex, ix.Name, ix.Signature()), KindHideIndex
	r.Title = strings.Replace(r.Title, "Drop ", "Hide ", 1)
	r.Change, r.Statement, r.Undo = db.Change{step}, statements(step.Do), statements(step.Undo)
	r.Reason += fmt.Sprintf("; hidden from the planner for %s first, it can come back in an instant, and is dropped if nobody misses it", lasting(soak))
	r.Risk, r.Build = "what reads it gets slower until it is shown again; a text that names it in a hint fails; writes cost what they did", nil
	return r
}

// hiddenSince is when mltop hid the indexes that are hidden now, by name in
// lower case.
func hiddenSince(entries []Entry) map[string]time.Time {
	since := map[string]time.Time{}
	for _, e := range entries {
		if e.Kind == KindHideIndex && e.State == EntryApplied && len(e.Steps) > 0 {
			since[strings.ToLower(e.Steps[0].Object.Name)] = e.SettledAt
		}
	}
	return since
}

// setAt is when mltop last changed each setting, or took the change back, by
// name in lower case.
func setAt(entries []Entry) map[string]time.Time {
	at := map[string]time.Time{}
	for _, e := range entries {
		for _, s := range e.Steps {
			if name := strings.ToLower(s.Object.Name); e.Kind == KindSetting && e.State != EntryFailed && e.SettledAt.After(at[name]) {
				at[name] = e.SettledAt
			}
		}
	}
	return at
}

// unchanged is how long mltop has left a setting alone; without end where it
// never changed it.
func (f Facts) unchanged(name string) time.Duration {
	if at, ok := f.SetAt[name]; ok {
		return max(f.Stats.At.Sub(at), 0)
	}
	return math.MaxInt64
}

// readHidden reads from journal and server what drops are weighed by; what
// cannot be read is not known, and then nothing is dropped on its account.
func (a *Advisor) readHidden(ctx context.Context, f *Facts) {
	if entries, err := a.Journal(ctx); err == nil {
		f.HiddenSince, f.SetAt = hiddenSince(entries), setAt(entries)
	}
	l, ok := a.engine.(db.ReplicaLister)
	if !ok {
		return
	}
	list, err := l.Replicas(ctx)
	if err != nil {
		f.Replicas = []string{"not known: " + err.Error()}
	}
	for _, r := range list {
		f.Replicas = append(f.Replicas, r.Name)
	}
}

// soaked reports a hidden index that may be dropped: mltop hid it, long ago.
func (f Facts) soaked(ix *db.Index) bool {
	at, ours := f.HiddenSince[strings.ToLower(ix.Name)]
	return ours && f.Stats.At.Sub(at) >= soak
}
