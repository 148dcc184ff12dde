package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/export"
	"mltop/internal/term"
	"mltop/internal/units"
)

// A watchPlan says how mltop advise --watch goes on.
type watchPlan struct {
	on    bool
	every time.Duration
	count int // rounds; 0: until a signal
}

// defaultEvery is long enough for a workload to have changed, and for the reads
// of a run to be nothing beside it.
const defaultEvery = 10 * time.Minute

func (p watchPlan) check(o *options) error {
	switch {
	case !p.on:
		return nil
	case o.output != "table" && o.output != "json":
		return usagef("--watch prints lines, or with -o json a document a line: %s is neither", o.output)
	case o.write != "":
		return usagef("--watch goes on, and --write is for what ends: redirect the output")
	case p.every < o.interval:
		return usagef("--every: %v is shorter than --interval", p.every)
	case p.count < 0:
		return usagef("--count: %d is below zero", p.count)
	}
	return nil
}

// An adviceChange is one line of mltop advise --watch.
type adviceChange struct {
	SchemaVersion  int               `json:"schema_version"`
	Time           time.Time         `json:"time"`
	Target         targetDoc         `json:"target"`
	Change         string            `json:"change"` // "new", "changed", "applied", "gone"
	Reason         string            `json:"reason,omitempty"`
	Recommendation recommendationDoc `json:"recommendation"`
}

// The changes of advice.
const (
	adviceNew     = "new"
	adviceChanged = "changed"
	adviceApplied = "applied" // what it advises stands, whoever has made it
	adviceGone    = "gone"    // it went away by itself
)

// An adviceWatch advises again and again, and changes nothing.
type adviceWatch struct {
	*app
	plan    watchPlan
	history *collectors.History
	known   []recommendationDoc
	given   map[string]advisor.Recommendation // as it came last, by ID
}

// run ends in order on a signal; a round that fails is said, and the next one
// may do.
func (a *adviceWatch) run(ctx context.Context) error {
	h, err := a.look(ctx)
	if err := unlessStopped(ctx, err); err != nil || ctx.Err() != nil {
		return err
	}
	a.history = h
	for i := 1; ; i++ {
		if err := a.round(ctx); err != nil && ctx.Err() == nil {
			a.remark("this round gave no advice: " + err.Error())
		}
		if i == a.plan.count || ctx.Err() != nil {
			break
		}
		if !a.collect(ctx, time.Now().Add(a.plan.every)) {
			break
		}
	}
	var found []string // a watch that a signal ended fails on nothing
	if a.plan.count > 0 && !stopped(ctx) {
		found = severities(adviceDoc{Recommendations: a.known})
	}
	return a.o.failAt(found)
}

// unlessStopped is no error where a signal was the cause.
func unlessStopped(ctx context.Context, err error) error {
	if stopped(ctx) {
		err = nil
	}
	return err
}

func stopped(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }

// collect samples until it is time for the next round; false where a signal
// came first.
func (a *adviceWatch) collect(ctx context.Context, until time.Time) bool {
	for time.Now().Before(until) {
		if sleep(ctx, min(a.o.interval, time.Until(until))) != nil {
			return false
		}
		s := a.sampler.Once(ctx)
		a.take(s)
		a.history.Put(s)
	}
	return ctx.Err() == nil
}

func (a *adviceWatch) round(ctx context.Context) error {
	advice, err := a.adviseSeen(ctx, a.history)
	if err != nil {
		return err
	}
	d := newAdviceDoc(a.targetDoc(), advice)
	fates, err := a.becameOf(ctx, advice)
	if err != nil {
		return fmt.Errorf("what became of the advice before: %w", err)
	}
	changes := adviceChanges(a.known, d, advice.Partial != "", fates)
	a.known = remembered(a.known, d, advice.Partial != "", fates)
	for _, c := range changes {
		if err := a.tell(c); err != nil {
			return err
		}
	}
	return nil
}

// becameOf answers what became of the advice of earlier rounds that this one
// does not give, and keeps what it gives.
func (a *adviceWatch) becameOf(ctx context.Context, advice advisor.Advice) (map[string]advisor.Fate, error) {
	var gone []advisor.Recommendation
	now := map[string]advisor.Recommendation{}
	for _, r := range advice.Recommendations {
		now[r.ID] = r
	}
	for _, r := range a.known {
		if _, ok := now[r.ID]; !ok {
			gone = append(gone, a.given[r.ID])
			now[r.ID] = a.given[r.ID]
		}
	}
	a.given = now
	if len(gone) == 0 {
		return nil, nil
	}
	return a.advisor.Fates(ctx, gone)
}

// adviceChanges compares advice with that of the round before. A run that was
// cut short has not looked at everything: what it does not advise is not gone,
// but what was applied is.
func adviceChanges(known []recommendationDoc, now adviceDoc, partial bool, fates map[string]advisor.Fate) []adviceChange {
	var out []adviceChange
	add := func(change, reason string, r recommendationDoc) {
		out = append(out, adviceChange{schemaVersion, now.Time, now.Target, change, reason, r})
	}
	for _, r := range now.Recommendations {
		was, ok := adviceByID(known, r.ID)
		switch {
		case !ok:
			add(adviceNew, "", r)
		case moreOrLess(was, r):
			add(adviceChanged, "was "+gainText(was), r)
		}
	}
	for _, r := range known {
		fate := fates[r.ID]
		switch _, ok := adviceByID(now.Recommendations, r.ID); {
		case ok:
		case fate.Applied:
			add(adviceApplied, fate.Why, r)
		case !partial:
			add(adviceGone, whyGone(now.Declined, fate, r), r)
		}
	}
	return out
}

// remembered is what the next round is compared with.
func remembered(known []recommendationDoc, now adviceDoc, partial bool, fates map[string]advisor.Fate) []recommendationDoc {
	out := append([]recommendationDoc(nil), now.Recommendations...)
	for _, r := range known {
		if _, ok := adviceByID(out, r.ID); !ok && partial && !fates[r.ID].Applied {
			out = append(out, r)
		}
	}
	return out
}

func adviceByID(list []recommendationDoc, id string) (recommendationDoc, bool) {
	for _, r := range list {
		if r.ID == id {
			return r, true
		}
	}
	return recommendationDoc{}, false
}

// muchMore is how many times more or less a piece of advice has to save before
// that is a line of its own: measurements of one thing lie apart by less.
const muchMore = 2

// moreOrLess reports advice that is the same, and says another thing now.
func moreOrLess(a, b recommendationDoc) bool {
	if a.Severity != b.Severity {
		return true
	}
	if a.Saved == nil || b.Saved == nil || *a.Saved <= 0 || *b.Saved <= 0 {
		return false
	}
	return *a.Saved > muchMore**b.Saved || *b.Saved > muchMore**a.Saved
}

func whyGone(declined []declinedDoc, fate advisor.Fate, r recommendationDoc) string {
	for _, d := range declined {
		if d.What == r.Title {
			return d.Reason
		}
	}
	return firstWord(fate.Why, "not applied: nothing seen now gains enough by it")
}

// tell writes one change: a line for people, or a document a line.
func (a *adviceWatch) tell(c adviceChange) error {
	if a.o.output == "json" {
		return export.JSON(a.w.out, c, true)
	}
	sign := map[string]string{adviceNew: "+", adviceChanged: "~", adviceApplied: "✓", adviceGone: "-"}[c.Change]
	line := fmt.Sprintf("%s %s %s  %s  %s", localTime(c.Time), sign, c.Recommendation.ID, c.Recommendation.Title, gainText(c.Recommendation))
	if c.Reason != "" {
		line += "  (" + c.Reason + ")"
	}
	_, err := fmt.Fprintln(a.w.out, term.Safe(a.work.labels().Replace(line)))
	return err
}

// gainText is what a piece of advice brings, in a few words.
func gainText(r recommendationDoc) string {
	text := r.Severity
	if r.Estimate != nil {
		text = effectText(r.Estimate, r.Estimate.BeforeSeconds, r.Estimate.Before) + " → " + effectText(r.Estimate, r.Estimate.AfterSeconds, r.Estimate.After)
	}
	if r.Saved != nil && *r.Saved > 0 {
		text += ", saves " + units.Seconds(*r.Saved) + " of every second"
	}
	return text
}
