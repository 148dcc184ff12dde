package advisor

import (
	"context"
	"fmt"
	"time"

	"mltop/internal/db"
)

const (
	// looksPerWait is how often within --max-block is looked who has come: what
	// passes between two looks is taken off what a newcomer may wait.
	looksPerWait = 4
	// A look goes through all processes: milliseconds of one core, so no more
	// than about a tenth of it; and it need not be rarer than a person notices.
	shortestLook, longestLook = 25 * time.Millisecond, 250 * time.Millisecond
)

// A cameBy error says who came while a long step ran on a file that was quiet.
type cameBy struct {
	holders []db.Holder
	bound   time.Duration
}

func (e cameBy) Error() string {
	return fmt.Sprintf("%s and may have waited for as long as --max-block lets it (%s), so the change was broken off: "+
		"try again when nobody uses the file, or give a longer --max-block", e.who(), e.bound)
}

func (e cameBy) who() string {
	if len(e.holders) == 0 {
		return "it can no longer be seen who uses the file: somebody may have come"
	}
	return holderNames(e.holders) + " came to use the file"
}

// yielding is a context for a step that was begun since nobody used the file.
// It ends when somebody has come who may have waited as long as --max-block
// lets him: who waits for a lock has the file open all the while, so nobody
// has waited for longer than somebody was seen without a break.
func (a *Advisor) yielding(ctx context.Context, s db.Step) (context.Context, func()) {
	if !a.needsQuiet(s) {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	go a.lookOut(ctx, cancel)
	return ctx, func() { cancel(nil) }
}

func (a *Advisor) lookOut(ctx context.Context, breakOff func(error)) {
	every := min(max(a.config.MaxBlock/looksPerWait, shortestLook), longestLook)
	clear := time.Now() // when nobody was there for the last time
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
		looked := time.Now()
		holders, err := a.holders(ctx)
		if err == nil && len(holders) == 0 {
			clear = looked
		} else if time.Since(clear)+every >= a.config.MaxBlock {
			breakOff(cameBy{holders, a.config.MaxBlock})
			return
		}
	}
}
