package advisor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"mltop/internal/db"
)

// Seen is what the watched deployment tells beside its workload. Numbers that
// are not known are NaN.
type Seen struct {
	RequestsPerSecond float64
	CommitsPerRequest float64
	Watched           time.Duration
	// RowsPerHour are the rows written to each table, by its name in lower
	// case; a table that is absent is counted from the workload's writes.
	RowsPerHour map[string]float64
	Logs        []LogTable
	DiskFree    *int64
}

// A LogTable is a table that only grows, one row an event.
type LogTable struct {
	Table, Time, ID string // columns; Time as the application writes it
	First           time.Time
}

// defaultDuration bounds a run that nobody bounded.
const defaultDuration = 60 * time.Second

// defaultCopyBytes bounds the copy that the lab measures on.
const defaultCopyBytes = 512 << 20

// Advise looks for advice on a workload. It reads the database, measures on a
// copy, and changes nothing. When time is up it answers the best so far, and
// Partial says so. The ctx's own end is an error.
func (a *Advisor) Advise(ctx context.Context, w Workload, seen Seen, o Options) (Advice, error) {
	o = o.withDefaults()
	limited, cancel := context.WithTimeout(ctx, o.Duration)
	defer cancel()
	facts, all, declined, err := a.read(limited, w, seen)
	if err != nil {
		return Advice{}, err
	}
	advice := Advice{At: a.config.Now().UTC(), Declined: declined}
	err = a.searchIndexes(limited, facts, all, seen, o, &advice)
	if ctx.Err() != nil {
		return Advice{}, ctx.Err()
	}
	if err != nil {
		return Advice{}, err
	}
	return a.finish(ctx, facts, advice)
}

func (o Options) withDefaults() Options {
	if o.Duration == 0 {
		o.Duration = defaultDuration
	}
	if o.CopyBytes == 0 {
		o.CopyBytes = defaultCopyBytes
	}
	if o.Progress == nil {
		o.Progress = func(Advice, db.Progress) {}
	}
	return o
}

// read gathers the facts: the catalog, statistics, settings, holders, and the
// plan of every statement as it is now.
func (a *Advisor) read(ctx context.Context, w Workload, seen Seen) (Facts, []*bound, []Declined, error) {
	f := Facts{
		Workload: w, Shapes: map[string]*db.Shape{}, Plans: map[string]*db.Plan{},
		RequestsPerSecond: seen.RequestsPerSecond, CommitsPerRequest: seen.CommitsPerRequest,
		Watched: seen.Watched, Logs: seen.Logs, RowsPerHour: seen.RowsPerHour, Dialect: a.engine,
	}
	var err error
	if f.Target, err = a.engine.ID(ctx); err != nil {
		return f, nil, nil, fmt.Errorf("identify the database: %w", err)
	}
	if f.Schema, err = a.engine.Schema(ctx); err != nil {
		return f, nil, nil, fmt.Errorf("read the schema: %w", err)
	}
	if f.Stats, err = a.engine.Stats(ctx); err != nil {
		return f, nil, nil, fmt.Errorf("read the database's state: %w", err)
	}
	if f.Settings, err = a.engine.Settings(ctx); err != nil {
		return f, nil, nil, fmt.Errorf("read the settings: %w", err)
	}
	f.Holders, _ = a.holders(ctx) // only counted in evidence; unknown is none
	all, declined := bindAll(w, a.engine, f.Schema)
	for _, b := range all {
		f.Shapes[b.Fingerprint] = b.shapes[0]
		if p, err := a.engine.Explain(ctx, b.queries[0]); err == nil {
			f.Plans[b.Fingerprint] = p
		}
	}
	return f, all, declined, nil
}

// labShare is the part of a run's time that filling the copy may take.
const labShare = 0.5

// searchIndexes fills advice with what the search for indexes found. An
// engine without a lab gives rules only, and says so.
func (a *Advisor) searchIndexes(ctx context.Context, f Facts, all []*bound, seen Seen, o Options, advice *Advice) error {
	maker, ok := a.engine.(db.LabMaker)
	if !ok || len(all) == 0 {
		advice.Notes = append(advice.Notes, "indexes were not searched for: "+noLab(ok))
		advice.Recommendations = applyRules(f)
		return nil
	}
	lab, err := maker.Lab(ctx, db.LabOptions{
		Tables: tablesOf(all, f.Schema), MaxBytes: o.CopyBytes, Dir: o.CopyDir, Seed: o.Seed, OnDemand: true,
		MaxTime: time.Duration(labShare * float64(o.Duration)),
	}, func(p db.Progress) { o.Progress(*advice, p) })
	if err != nil && ctx.Err() != nil {
		advice.Partial = fmt.Sprintf("time was up after %s, before the copy was filled", o.Duration)
		advice.Recommendations = applyRules(f)
		return nil
	}
	if err != nil {
		return fmt.Errorf("make the copy to measure on: %w", err)
	}
	err = a.searchIn(ctx, lab, f, all, seen, o, advice)
	return errors.Join(err, lab.Close())
}

func noLab(able bool) string {
	if !able {
		return "this engine has no what-if room"
	}
	return "no statement is known"
}

func tablesOf(all []*bound, s *db.Schema) []string {
	var names []string
	for _, t := range s.Tables {
		for _, b := range all {
			if b.tables[strings.ToLower(t.Name)] {
				names = append(names, t.Name)
				break
			}
		}
	}
	return names
}

func (a *Advisor) searchIn(ctx context.Context, lab db.Lab, f Facts, all []*bound, seen Seen, o Options, advice *Advice) error {
	advice.Notes = append(advice.Notes, leftOut(lab)...)
	s := newSearch(newWhatIf(lab), f.Schema, all, seen.RowsPerHour, o.Budget)
	s.progress = func(stage string, done float64) {
		o.Progress(s.interim(*advice, a.engine), db.Progress{Stage: stage, Done: done})
	}
	finished := s.run(ctx)
	// What was measured is kept, so the cards need little more time; they are
	// written even when time is up.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.Duration/4)
	defer cancel()
	s.write(ctx, a.engine, f, seen, advice, finished)
	if !finished {
		advice.Partial = fmt.Sprintf("time was up after %s; best so far", o.Duration)
	}
	return nil
}

// leftOut names what a copy lacks, where the lab tells.
func leftOut(lab db.Lab) []string {
	l, ok := lab.(interface{ LeftOut() map[string]string })
	if !ok {
		return nil
	}
	var notes []string
	for name, why := range l.LeftOut() {
		notes = append(notes, name+" is not in the copy: "+why)
	}
	slices.Sort(notes)
	return notes
}

// interim is the best so far, without the cards' last measurements.
func (s *search) interim(advice Advice, d db.Dialect) Advice {
	advice.Partial = "still searching"
	for _, c := range s.chosen {
		var list []served
		for _, b := range c.users {
			if s.now[b].uses[c.index.Name] {
				list = append(list, served{b, s.base[b], s.now[b]})
			}
		}
		if len(list) == 0 {
			continue
		}
		r := s.cardOf(c, d, list, nil, true)
		advice.Recommendations = append(slices.Clip(advice.Recommendations), r)
	}
	return advice
}

// write turns the outcome of a search into cards and refusals.
func (s *search) write(ctx context.Context, d db.Dialect, f Facts, seen Seen, advice *Advice, finished bool) {
	servedBy := map[string]bool{}
	for _, c := range s.chosen {
		r, ok := s.card(ctx, c, d)
		if !ok {
			continue
		}
		r.Build.FreeBytes = firstKnown(seen.DiskFree, f.Stats.DiskFreeBytes)
		for _, q := range r.Queries {
			servedBy[q] = true
		}
		advice.Recommendations = append(advice.Recommendations, r)
	}
	rewrites, tried := s.rewrites(ctx)
	for _, r := range rewrites {
		advice.Recommendations = append(advice.Recommendations, r)
		servedBy[r.Queries[0]] = true
	}
	advice.Declined = append(advice.Declined, tried...)
	ruled, slowed := s.vet(ctx, applyRules(f), f.Schema)
	advice.Recommendations = append(advice.Recommendations, ruled...)
	advice.Declined = append(advice.Declined, slowed...)
	advice.Declined = append(advice.Declined, s.declined(servedBy, finished)...)
}

// vet measures what the rules advise, where the lab can.
func (s *search) vet(ctx context.Context, list []Recommendation, schema *db.Schema) ([]Recommendation, []Declined) {
	kept, declined := s.vetDrops(ctx, list, schema)
	for i, r := range kept {
		if r.Kind == KindAnalyze {
			kept[i] = s.vetAnalyze(ctx, r)
		}
	}
	return kept, declined
}

func firstKnown(values ...*int64) *int64 {
	for _, v := range values {
		if v != nil {
			return v
		}
	}
	return nil
}

// finish takes out what contradicts and what was dismissed, orders by time
// saved, and remembers everything for an apply.
func (a *Advisor) finish(ctx context.Context, f Facts, advice Advice) (Advice, error) {
	advice = consistent(advice)
	s, err := a.store(ctx)
	if err != nil {
		return Advice{}, err
	}
	dismissed, err := s.loadDismissals()
	if err != nil {
		return Advice{}, err
	}
	advice = leaveOut(advice, dismissed)
	order(advice.Recommendations)
	advice.Notes = append(advice.Notes, a.Notes(ctx)...)
	if err := a.remember(ctx, advice.Recommendations); err != nil {
		return Advice{}, err
	}
	if err := s.saveAdvice(advice.Recommendations); err != nil {
		advice.Notes = append(advice.Notes, "the advice could not be kept for a later apply: "+err.Error())
	}
	return advice, nil
}

// leaveOut moves dismissed advice to what is declined, with the user's reason.
func leaveOut(advice Advice, dismissed map[string]Dismissal) Advice {
	var kept []Recommendation
	for _, r := range advice.Recommendations {
		d, ok := dismissed[r.ID]
		if !ok {
			kept = append(kept, r)
			continue
		}
		advice.Declined = append(advice.Declined, Declined{
			What: r.Title, Queries: r.Queries, Reason: "dismissed: " + firstOf(d.Why, "no reason given"),
		})
	}
	advice.Recommendations = kept
	return advice
}

// order sorts by time saved, then severity, then ID.
func order(list []Recommendation) {
	slices.SortStableFunc(list, func(a, b Recommendation) int {
		switch {
		case a.SavedRatio != b.SavedRatio && !math.IsNaN(a.SavedRatio-b.SavedRatio):
			return compareFloat(b.SavedRatio, a.SavedRatio)
		case a.Severity != b.Severity:
			return rank(a.Severity) - rank(b.Severity)
		}
		return strings.Compare(a.ID, b.ID)
	})
}

func compareFloat(a, b float64) int {
	if a < b {
		return -1
	}
	return 1
}

func rank(s Severity) int {
	return slices.Index([]Severity{SeverityCritical, SeverityWarning, SeverityInfo}, s)
}
