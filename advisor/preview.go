package advisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"mltop/internal/db"
)

// A Completer is an engine that writes a step's Undo from its Before: the
// statistics that were there, the index that is to be dropped.
type Completer interface {
	Complete(s db.Step) db.Step
}

// Preview answers what applying a recommendation would do now. It changes
// nothing; what speaks against applying is in Refused.
func (a *Advisor) Preview(ctx context.Context, id string) (Preview, error) {
	r, err := a.recommendation(ctx, id)
	if err != nil {
		return Preview{}, err
	}
	r = a.withRoom(ctx, r)
	p := Preview{Recommendation: r, Tried: tried(r, a.engine.Name()), UndoSeconds: undoSeconds(r)}
	first, lacks := a.firsts(ctx, r)
	for i := range first {
		first[i] = a.withRoom(ctx, first[i])
	}
	values := a.valuesNow(ctx, append(first, r))
	for _, one := range append(first, r) {
		steps, why, err := a.lookAt(ctx, one.Change)
		if err != nil {
			return Preview{}, err
		}
		steps, p.Gone = a.bounded(withBuild(steps, one.Build)), firstOf(p.Gone, why, a.lacking(ctx, one), a.otherwise(ctx, one, values))
		p.First = append(p.First, Part{one, steps})
		p.Steps = append(p.Steps, steps...)
	}
	p.Gone = firstOf(p.Gone, missing(a.catalogNow(ctx, r), r))
	own := p.First[len(first)].Steps
	p.First = p.First[:len(first)]
	p.Holders, err = a.holders(ctx)
	if err != nil {
		return Preview{}, err
	}
	var behind []Warning
	p.Replicas, behind = a.replicas(ctx, p.Steps, r.Build)
	p.Recommendation.Warnings = slices.Concat(r.Warnings, behind, a.mayNot(ctx, p.Steps))
	p.Refused = firstOf(p.Gone, nothingToApply(r), a.forbids(ctx), lacks, a.stillNamed(ctx, p.Steps), a.blocks(ctx, p), noRoom(append(first, r)))
	p.Confirm = a.confirm(own)
	a.forClient(&p)
	return p, nil
}

// Build is what making all of it takes, with what is applied before it; nil
// where nothing is built. Its time is not known where that of a part is not.
func (p Preview) Build() *BuildEstimate {
	var sum *BuildEstimate
	for _, r := range p.all() {
		if r.Build == nil || r.Kind == KindDropIndex { // what it says of a drop is of its undo
			continue
		}
		if sum == nil {
			one := *r.Build
			sum = &one
			continue
		}
		took := db.Took{Method: r.Build.Method}
		if r.Build.Seconds != nil {
			took.For = time.Duration(*r.Build.Seconds * float64(time.Second))
		}
		if sum.Seconds != nil {
			sum.add(took)
		}
		sum.DiskBytes += r.Build.DiskBytes
		if r.Build.FreeBytes != nil {
			sum.FreeBytes = r.Build.FreeBytes
		}
	}
	return sum
}

// all is what is applied, in order.
func (p Preview) all() (list []Recommendation) {
	for _, first := range p.First {
		list = append(list, first.Recommendation)
	}
	return append(list, p.Recommendation)
}

// lookAt fills in the state every object has now and completes the undo. A
// step whose object is not as the advice expects is told of in changed.
func (a *Advisor) lookAt(ctx context.Context, c db.Change) (steps []db.Step, changed string, err error) {
	for _, s := range c {
		now, err := a.state(ctx, s.Object)
		if err != nil {
			return nil, "", fmt.Errorf("look at %s: %w", objectName(s.Object), err)
		}
		changed = firstOf(changed, a.moved(ctx, s, now))
		s.Before = now
		if c, ok := a.engine.(Completer); ok {
			s = c.Complete(s)
		}
		steps = append(steps, s)
	}
	return steps, changed, nil
}

func objectName(o db.Object) string { return string(o.Kind) + " " + o.Name }

// withBuild states how long a step that builds an index blocks whom it blocks.
func withBuild(steps []db.Step, b *BuildEstimate) []db.Step {
	if b == nil || b.Seconds == nil {
		return steps
	}
	for i := range steps {
		if steps[i].Blocks.For == 0 && steps[i].Blocks.Who != "" && steps[i].Blocks.Who != "nobody" {
			steps[i].Blocks.For = time.Duration(*b.Seconds * float64(time.Second))
			steps[i].Blocks.Method = b.Method
		}
	}
	return steps
}

func nothingToApply(r Recommendation) string {
	if len(r.Change) > 0 {
		return ""
	}
	return "mltop cannot do this from outside: " + firstOf(r.Scope, "it is for the application to do")
}

func (a *Advisor) forbids(ctx context.Context) string {
	var why string
	err := a.do(ctx, func(m *memory) {
		switch {
		case m.forbidden:
			why = "changes are forbidden by --read-only"
		case m.readOnly:
			why = "read-only: :unlock allows changes"
		}
	})
	if err != nil {
		return err.Error()
	}
	return why
}

func noRoom(list []Recommendation) string {
	var free *int64
	var needs int64
	for _, r := range list {
		if r.Build != nil && r.Build.FreeBytes != nil {
			free, needs = r.Build.FreeBytes, needs+2*r.Build.DiskBytes
		}
	}
	if free == nil || *free >= needs {
		return ""
	}
	return fmt.Sprintf("the disk has %s free; building needs up to %s", size(*free), size(needs))
}

// holders lists the other processes that have the database open.
func (a *Advisor) holders(ctx context.Context) ([]db.Holder, error) {
	list, err := a.allHolders(ctx)
	if err != nil {
		return nil, fmt.Errorf("see who holds the database: %w", err)
	}
	var others []db.Holder
	for _, h := range list {
		if h.PID != os.Getpid() {
			others = append(others, h)
		}
	}
	return others, nil
}

func (a *Advisor) allHolders(ctx context.Context) ([]db.Holder, error) {
	if a.config.Holders != nil {
		return a.config.Holders(ctx)
	}
	f, ok := a.engine.(db.FileHolder)
	if !ok {
		return nil, nil
	}
	list, err := f.Holders(ctx)
	var unknown db.NotMeasured
	if errors.As(err, &unknown) {
		return nil, nil
	}
	return list, err
}

func holderNames(list []db.Holder) string {
	var names []string
	for _, h := range list {
		names = append(names, fmt.Sprintf("pid %d (%s)", h.PID, h.Name))
	}
	return strings.Join(names, ", ")
}

// tried says where the numbers of advice are from; engine is its name.
func tried(r Recommendation, engine string) string {
	untouched := "; your database is untouched so far"
	if engine == "sqlite" {
		untouched = "; your file is untouched so far"
	}
	switch {
	case r.Rule != "":
		return "nowhere: it shows in use; nothing is changed so far"
	case r.Estimate == nil:
		return "nowhere" + untouched
	}
	return triedBy(r.Estimate.Method) + untouched
}

func triedBy(m db.Method) string {
	switch m {
	case db.MethodCopy:
		return "on a copy"
	case db.MethodSample:
		return "on a sample of the rows"
	case db.MethodHypothetical:
		return "in the planner alone, with the index imagined"
	}
	return "nowhere"
}

// undoSeconds estimates the undo: dropping is instant, an index that was
// dropped has to be built again.
func undoSeconds(r Recommendation) float64 {
	if r.Kind == KindDropIndex && r.Build != nil && r.Build.Seconds != nil {
		return *r.Build.Seconds
	}
	return 0
}

// firstOf is the first text that is not empty.
func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
