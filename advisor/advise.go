package advisor

import (
	"context"
	"errors"
	"fmt"
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
	// Of a server: its machine, its totals when mltop came, and the most
	// connections seen since; see Facts.
	Machine         Machine
	Before          *db.Stats
	PeakConnections float64
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
// Partial says so; so it does when ctx ends by ErrEnough. Its end by anything
// else is an error.
func (a *Advisor) Advise(ctx context.Context, w Workload, seen Seen, o Options) (Advice, error) {
	o = o.withDefaults()
	outer := ctx
	ctx, limited, stop := bounded(outer, o.Duration)
	defer stop()
	facts, all, declined, err := a.read(limited, w, seen)
	if err != nil {
		return Advice{}, err
	}
	advice := Advice{At: a.config.Now().UTC(), Declined: declined, Catalog: facts.Schema.Version}
	err = a.searchIndexes(limited, facts, all, seen, o, &advice)
	if end := outerEnd(outer); end != nil {
		return Advice{}, end
	}
	if err != nil {
		return Advice{}, err
	}
	advice.Declined = append(append(advice.Declined, declinedPages(facts)...), declinedSettings(facts)...)
	advice.Notes = append(advice.Notes, idle(all, facts, advice.Recommendations)...)
	more, notes := a.enabling(ctx)
	advice.Recommendations, advice.Notes = append(advice.Recommendations, more...), append(advice.Notes, notes...)
	return a.finish(ctx, facts, o, a.keepEarlier(ctx, facts, o, advice))
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
		Watched: seen.Watched, Logs: seen.Logs, RowsPerHour: seen.RowsPerHour, Dialect: spoken(a.engine),
		Machine: seen.Machine, Before: seen.Before, PeakConnections: seen.PeakConnections,
	}
	var err error
	if f.Target, err = a.id(ctx); err != nil {
		return f, nil, nil, fmt.Errorf("identify the database: %w", err)
	}
	whole, err := patient(ctx, a, a.engine.Schema)
	if err != nil {
		return f, nil, nil, fmt.Errorf("read the schema: %w", err)
	}
	f.Schema = whole.Unlocked() // of the others nothing can be told
	if f.Stats, err = patient(ctx, a, a.engine.Stats); err != nil {
		return f, nil, nil, fmt.Errorf("read the database's state: %w", err)
	}
	if f.Settings, err = patient(ctx, a, a.engine.Settings); err != nil {
		return f, nil, nil, fmt.Errorf("read the settings: %w", err)
	}
	f.Holders, _ = a.holders(ctx)          // only counted in evidence; unknown is none
	f.Sessions, _ = a.engine.Sessions(ctx) // the same
	a.readHidden(ctx, &f)
	a.readCode(ctx, &f)
	all, strangers, declined := bindAll(w, a.engine, whole)
	all, out := besideLocks(all, whole)
	declined, f.locked = append(declined, out.declined...), out
	for _, b := range all {
		key := b.Fingerprint + " " + b.Name // two named queries may have one fingerprint
		f.Shapes[key] = b.shapes[0]
		if p, err := a.explain(ctx, b.queries[0]); err == nil {
			f.Plans[key] = p
		}
	}
	checks, no := implied(append(strangers, all...), a.engine, f.Schema) // also for writes to what is locked
	return f, append(all, checks...), append(declined, no...), nil
}

// spoken is the dialect of an engine with all that it can write: one that only
// passes a dialect on hides the rest of it.
func spoken(e db.Engine) db.Dialect {
	if p, ok := e.(interface{ Speaks() db.Dialect }); ok {
		return p.Speaks()
	}
	return e
}

// labShare is the part of a run's time that filling the copy may take.
const labShare = 0.5

// searchIndexes fills advice with what the search for indexes found. An
// engine without a lab gives rules only, and says so.
func (a *Advisor) searchIndexes(ctx context.Context, f Facts, all []*bound, seen Seen, o Options, advice *Advice) error {
	maker, ok := a.engine.(db.LabMaker)
	if !ok || len(all) == 0 {
		advice.Notes = append(advice.Notes, "indexes were not searched for: "+noLab(ok))
		advice.unsearched = true
		advice.Recommendations = byRules(f)
		return nil
	}
	said := &teller{tell: func(p db.Progress) { o.Progress(*advice, p) }}
	lab, err := maker.Lab(ctx, db.LabOptions{
		Tables: tablesOf(all, f.Schema), MaxBytes: o.CopyBytes, Dir: o.CopyDir, Seed: o.Seed, OnDemand: true, AllowScratch: o.AllowScratch,
		MaxTime: time.Duration(labShare * float64(o.Duration)),
	}, said.put)
	if err != nil && ctx.Err() != nil {
		advice.Partial = endedBy(ctx, o.Duration) + ", before the copy was filled"
		advice.unsearched = true
		advice.Recommendations = byRules(f)
		return nil //nolint:nilerr // Partial tells it: the rules alone are advice too
	}
	var rulesOnly db.NotMeasured
	if errors.As(err, &rulesOnly) {
		return a.searchByRule(ctx, rulesOnly, f, all, seen, o, advice, said)
	}
	if err != nil {
		return fmt.Errorf("make the copy to measure on: %w", err)
	}
	err = a.searchIn(ctx, lab, f, all, seen, o, advice, said)
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
			if b.tables[strings.ToLower(t.ID())] {
				names = append(names, t.ID())
				break
			}
		}
	}
	return names
}

func (a *Advisor) searchIn(ctx context.Context, lab db.Lab, f Facts, all []*bound, seen Seen, o Options, advice *Advice, said *teller) error {
	advice.Notes = append(advice.Notes, leftOut(lab)...)
	advice.Notes = append(advice.Notes, clockOf(lab)...)
	s := newSearch(newWhatIf(lab), f.Schema, all, seen.RowsPerHour, o.Budget)
	s.had, s.new = a.advisedBefore(ctx, f)
	s.dialect, s.most = a.engine, o.Duration
	s.progress = a.publisher(ctx, s, f.Target, *advice, o.Progress)
	said.then(s.progressOf)
	limited, done := s.spare(ctx, f, o.Duration)
	defer done()
	finished := s.run(limited)
	// What was measured is kept, so the cards need little more time; they are
	// written even when time is up.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.Duration/4+s.spared)
	defer cancel()
	s.write(ctx, a.engine, f, seen, advice)
	advice.Asked, advice.Course = s.what.asked, s.course()
	advice.Notes = append(advice.Notes, s.unseenNotes()...)
	advice.Notes = append(advice.Notes, gentleness(lab)...)
	if !finished {
		advice.Partial, advice.searched = partial(limited, o.Duration), s.searched()
	}
	advice.Under = a.buys(limited, s, f, seen, o)
	return nil
}

// clockOf says what the lab measures by, where it tells.
func clockOf(lab db.Lab) []string {
	l, ok := lab.(interface{ Clock() string })
	if !ok {
		return nil
	}
	return []string{"times are " + l.Clock() + " of runs on the copy, from a warm cache; counted work decides between times that are alike"}
}

// gentleness says how long a read of the copying held the live file, where the
// lab tells: a writer waited for no longer than that.
func gentleness(lab db.Lab) []string {
	l, ok := lab.(interface{ LongestRead() time.Duration })
	if !ok || l.LongestRead() == 0 {
		return nil
	}
	return []string{"copying read the file in short turns: the longest took " + seconds(l.LongestRead().Seconds())}
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

// write turns the outcome of a search into cards and refusals.
func (s *search) write(ctx context.Context, d db.Dialect, f Facts, seen Seen, advice *Advice) {
	made := written{}
	servedBy := map[string]bool{}
	early, done := endingBefore(ctx, s.spared)
	defer done()
	for _, r := range s.cards(early, d, made) {
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
	followed, kept := s.successors(ctx, f, made, gone(ruled))
	advice.Declined = append(advice.Declined, notAdvised(slowed, followed)...)
	advice.Recommendations = append(advice.Recommendations, followed...)
	advice.Declined = append(advice.Declined, kept...)
	advice.Declined = append(advice.Declined, s.declined(servedBy)...)
}

// vet measures what the rules advise, where the lab can.
func (s *search) vet(ctx context.Context, list []Recommendation, schema *db.Schema) ([]Recommendation, []Declined) {
	list, declined := s.vetDrops(ctx, list, schema)
	var kept []Recommendation
	for _, r := range list {
		if r.Kind == KindAnalyze && r.Rule == "" { // a server's planner cannot try statistics
			vetted, no := s.vetAnalyze(ctx, r)
			if no != nil {
				declined = append(declined, *no)
				continue
			}
			r = vetted
		}
		if r.Rewrite != nil {
			vetted, no := s.vetRewrite(ctx, r)
			if no != nil {
				declined = append(declined, *no)
				continue
			}
			r = vetted
		}
		kept = append(kept, r)
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
