package db

import (
	"context"
	"fmt"
	"time"
)

// A Caveat is something about a server, or about the way to it, that limits
// what mltop can show or do there.
type Caveat struct {
	Name string // "pooler", "replica", "clock", "product"
	Text string
	Do   string // in the imperative; "" when there is nothing to do
}

// A CaveatReader is an engine that knows them.
type CaveatReader interface {
	Caveats(ctx context.Context) ([]Caveat, error)
}

// ClockTolerance is how far a server's clock may be from ours unsaid: the way
// there and back, and the whole seconds in which some servers tell the time.
const ClockTolerance = 2 * time.Second

// ClockText says how far a server's clock is ahead of ours; "" when that is
// within the tolerance.
func ClockText(ahead time.Duration) string {
	side := "ahead of"
	if ahead < 0 {
		side = "behind"
	}
	if ahead.Abs() <= ClockTolerance {
		return ""
	}
	return fmt.Sprintf("the server's clock is %v %s this machine's: its times are moved by that, ages are its own", ahead.Abs().Round(100*time.Millisecond), side)
}
