package db

import (
	"context"
	"io"
	"strings"
	"time"
)

// A Lab answers what-if questions away from the live database: on
// hypothetical indexes, a sample in a scratch schema, or a copy. Close
// removes everything it made. Values compare only within one Lab.
type Lab interface {
	// Plan plans q under a configuration; it runs nothing.
	Plan(ctx context.Context, q Query, c Config) (*Plan, error)
	// Cost measures or estimates q under a configuration.
	Cost(ctx context.Context, q Query, c Config) (Estimate, error)
	// Size estimates an index's bytes.
	Size(ix Index) Estimate
	// WriteCost is what ix adds to one row written, in seconds where the Lab
	// measures.
	WriteCost(ctx context.Context, ix Index) (Estimate, error)
	// Try proves that the engine accepts an index and the writes after it.
	Try(ctx context.Context, ix Index) error
	// Equivalent reports whether two pure SELECTs return the same rows here.
	Equivalent(ctx context.Context, a, b Query) (bool, error)
	io.Closer
}

// A Pricer is a Lab that may know what a plan costs by the plan itself: to have
// planned is then to have measured. ok is false where it has to measure.
type Pricer interface {
	Price(p *Plan) (e Estimate, ok bool)
}

// A Timer is a Lab that has to ask again for what Estimate.Timed is. It is
// asked for what is advised alone, and not while it is searched for.
type Timer interface {
	Timed(ctx context.Context, q Query, c Config) (float64, error)
}

// A BlockOrderer is a Lab whose server knows indexes that hold the least and the
// greatest value of each run of a table's pages (PostgreSQL's BRIN).
type BlockOrderer interface {
	// BlockOrder says how far a column's values rise along the table: 1, or
	// fall: -1; 0 is no order, and not ok is not known.
	BlockOrder(table, column string) (order float64, ok bool)
}

// A HotCounter is a Lab whose server writes to no index for an update that
// changes no column of any: PostgreSQL's heap-only tuples (HOT).
type HotCounter interface {
	// HotShare is the part of a table's updates that were such; not ok: none was
	// counted.
	HotShare(table string) (share float64, ok bool)
}

// A LabMaker is an engine that can build a Lab. Progress may be called from
// another goroutine.
type LabMaker interface {
	Lab(ctx context.Context, o LabOptions, progress func(Progress)) (Lab, error)
}

// A LabEnabler is an engine that knows a change after which its Lab can do
// more. It is offered as any other change is: nothing runs by itself.
type LabEnabler interface {
	// EnableLab answers the change, and what it brings in one sentence; "" where
	// there is nothing to offer.
	EnableLab(ctx context.Context) (s Step, brings string, err error)
}

// LabOptions bound a Lab.
type LabOptions struct {
	Tables   []string      // those the workload touches; nil: all
	MaxBytes int64         // of the copy
	MaxTime  time.Duration // for filling it
	Dir      string        // where a copy may lie; "" is the system's temporary folder
	Seed     int64
	// OnDemand: copy a table's rows when a question first needs them, where
	// all of the database fits. The first answers come sooner.
	OnDemand bool
	// AllowScratch: a sample may be kept in a scratch schema of the server's.
	// Without it a server is only asked what it can answer in place.
	AllowScratch bool
}

// A Config is a set of changes to the indexes that exist.
type Config struct {
	Add  []Index
	Hide []string // names
	// Analyze: as if statistics had just been gathered.
	Analyze bool
	// Most is how many seconds a run is worth waiting for; 0: no bound but the
	// Lab's own. A longer one is ended, and its estimate is AtLeast.
	Most float64
}

// An Estimate is a number that says how it was made.
type Estimate struct {
	Plan             *Plan
	Value, Low, High float64
	Unit             Unit
	Method           Method
	Uses             []string // names of the indexes the plan uses
	// Timed is Value with each part by the time that it takes here, in a unit of
	// the Lab's own; 0: Value is the best that is known, or see Timer.
	Timed float64
	// Work is what one run did, the same in every run; nil: not counted.
	Work *Work
	// AtLeast: the measurement was cut off; the value is a lower bound.
	AtLeast bool
	// Ran is how many seconds the longest run took here; 0: nothing was run.
	Ran float64
}

// Work counts what one run of a statement did, in the engine's own units. It
// decides between plans whose times cannot be told apart.
type Work struct {
	Steps         int64 // instructions, or rows handled
	FullscanSteps int64 // rows passed over without an index
	Sorts         int64
	AutoIndexRows int64 // rows put into indexes built for this one run
}

// A Unit of an estimate.
type Unit string

// The units.
const (
	UnitCost         Unit = "planner cost"
	UnitHandlerReads Unit = "handler reads"
	UnitRowsRead     Unit = "rows read"
	UnitSteps        Unit = "vm steps"
	UnitSeconds      Unit = "seconds"
	UnitBytes        Unit = "bytes"
)

// Counted writes a number with the unit behind it: "1 row read".
func (u Unit) Counted(number string) string {
	if number == "1" {
		return "1 " + strings.NewReplacer("rows", "row", "reads", "read", "steps", "step").Replace(string(u))
	}
	return number + " " + string(u)
}

// A Method is how an estimate was made.
type Method string

// The methods.
const (
	MethodHypothetical Method = "hypothetical"
	MethodSample       Method = "sample"
	MethodCopy         Method = "copy"
	MethodRule         Method = "rule"
)
