package advisor

import (
	"context"
	"fmt"
	"time"

	"mltop/internal/db"
)

const (
	// overrun is how many times as long as estimated a step may last on a file
	// that nobody uses: a rough estimate is off by less, a wrong one by more.
	overrun = 2
	// leastCommit is the least that a commit waits for readers to end; most
	// reads are over by then.
	leastCommit = 100 * time.Millisecond
	// quietFor is how long nobody must have committed before a file that no
	// process holds passes for unused: an application that opens it for each
	// request and writes seldomer than this hardly notices.
	quietFor = 3 * time.Second
)

// bounded keeps the commit of each step within what its build leaves of
// --max-block.
func (a *Advisor) bounded(steps []db.Step) []db.Step {
	if a.config.MaxBlock < 0 {
		return steps
	}
	for i := range steps {
		b := &steps[i].Blocks
		b.Commit = min(b.Commit, max(a.config.MaxBlock-b.For, leastCommit))
	}
	return steps
}

// limited is the step with the end of its patience: --max-block, whatever the
// estimate was. One that was let through since nobody uses the file may last as
// long as it was said to, and as much again: yielding looks after who comes.
func (a *Advisor) limited(s db.Step) db.Step {
	switch {
	case a.config.MaxBlock < 0 || !blocksAny(s):
	case a.needsQuiet(s):
		s.Blocks.Limit = overrun * s.Blocks.For
	default:
		s.Blocks.Limit = a.config.MaxBlock
	}
	return s
}

// needsQuiet reports a step that is begun only where nobody uses the file.
func (a *Advisor) needsQuiet(s db.Step) bool {
	return a.config.MaxBlock >= 0 && blocksAny(s) && s.Blocks.For > a.config.MaxBlock
}

func blocksAny(s db.Step) bool { return s.Blocks.Who != "" && s.Blocks.Who != "nobody" }

// blocks refuses a change for which another process would wait too long. An
// application that opens the file for each request is seldom seen holding it:
// only a file that nobody writes is free of that.
func (a *Advisor) blocks(ctx context.Context, p Preview) string {
	if a.config.MaxBlock < 0 {
		return ""
	}
	for _, s := range p.Steps {
		wait := s.Blocks.For + s.Blocks.Commit
		if wait <= a.config.MaxBlock || !blocksAny(s) {
			continue
		}
		if len(p.Holders) == 0 && a.quiet(ctx) {
			return ""
		}
		return fmt.Sprintf("%s would wait about %s for %s, longer than the %s of --max-block: %s",
			s.Blocks.Who, seconds(wait.Seconds()), objectName(s.Object), a.config.MaxBlock, whoWaits(p.Holders))
	}
	return ""
}

func whoWaits(holders []db.Holder) string {
	if len(holders) == 0 {
		return "no process holds the database just now, but it is not certain that nobody writes to it"
	}
	return holderNames(holders)
}

// quiet reports whether nobody has committed for a while. What cannot be
// counted is not quiet.
func (a *Advisor) quiet(ctx context.Context) bool {
	before, err := patient(ctx, a, a.engine.Stats)
	if err != nil || before.Commits == nil {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(a.config.quiet):
	}
	after, err := patient(ctx, a, a.engine.Stats)
	if err != nil || after.Commits == nil || *after.Commits != *before.Commits {
		return false
	}
	holders, err := a.holders(ctx)
	return err == nil && len(holders) == 0
}
