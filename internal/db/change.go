package db

import (
	"fmt"
	"time"
)

// A Change is what applying a recommendation does, as data: it can be shown,
// stored and compared before anything runs.
type Change []Step

// A Step changes one object.
type Step struct {
	Object Object   `json:"object"`
	Do     []string `json:"do"`   // in order on one connection
	Undo   []string `json:"undo"` // completed from Before at apply time
	Mode   Mode     `json:"mode"`
	// Before and After are what State(Object) must answer: Before is checked
	// ahead of Do, After behind Do and ahead of Undo.
	Before State    `json:"before"`
	After  State    `json:"after"`
	Sweep  []string `json:"sweep,omitempty"` // removes what an interrupted Do leaves
	// TakeBack is for a step without an Undo of its own, as the Undo of another
	// one takes along what it made: it takes the change back that did not reach
	// its end.
	TakeBack []string `json:"take_back,omitempty"`
	// Irreversible says why there is no undo; "" when there is one.
	Irreversible string `json:"irreversible,omitempty"`
	Blocks       Blocks `json:"blocks"`
	// Build is how long Do takes where that is not how long it blocks somebody.
	Build Took `json:"build,omitzero"`
	// Bytes is the size of what Do builds, estimated; nil: nothing, or not known.
	Bytes *int64 `json:"bytes,omitempty"`
	// UndoBlocks is who waits for Undo, where that differs.
	UndoBlocks Blocks `json:"undo_blocks,omitzero"`
}

// A Took is an estimate of how long work takes, and how it was made.
type Took struct {
	For    time.Duration `json:"for_nanoseconds"`
	Method string        `json:"method"`
}

// Lasts is how long a step takes; no time where nobody knows.
func (s Step) Lasts() Took {
	if s.Build.For > 0 {
		return s.Build
	}
	return Took{s.Blocks.For, s.Blocks.Method}
}

// BuildTook is how long building an index takes that reads the table's bytes
// and writes the index's, at these rates; nothing where neither is known.
func BuildTook(ix Index, readPerSecond, writePerSecond float64) Took {
	if ix.Bytes == nil {
		return Took{}
	}
	text, took := "", float64(*ix.Bytes)/writePerSecond
	if ix.Reads != nil {
		took += float64(*ix.Reads) / readPerSecond
		text = fmt.Sprintf("reading the table at %.0f MB/s and ", readPerSecond/1e6)
	}
	return Took{time.Duration(took * float64(time.Second)), text + fmt.Sprintf("sorting and writing the index at %.0f MB/s, cautiously", writePerSecond/1e6)}
}

// An Object is what a step changes, or a state is asked of.
type Object struct {
	Kind  ObjectKind `json:"kind"`
	Table string     `json:"table,omitempty"`
	Name  string     `json:"name"`
}

// An ObjectKind says what an object is.
type ObjectKind string

// The kinds of objects.
const (
	ObjectIndex      ObjectKind = "index"
	ObjectSetting    ObjectKind = "setting"
	ObjectOption     ObjectKind = "table setting" // what a table has of its own
	ObjectStatistics ObjectKind = "statistics"
	ObjectExtension  ObjectKind = "extension"
	ObjectPart       ObjectKind = "index part" // that an index belongs to another, of a partitioned table
	ObjectPartitions ObjectKind = "partitions" // of a table, by name; a step on them only looks
)

// A State describes an object completely, in the engine's own text: an
// index's definition, a setting's value, the rows of a statistics table.
type State string

// Absent is the state of an object that does not exist.
const Absent State = "absent"

// Unfinished stands before the state of an object that a step has left half
// made: such an object is as much that step's as the whole one.
const Unfinished State = "invalid: "

// Met reports that an object is in state s now, or that it is whole where s
// says that it was left half made: nobody can bring back the half.
func (s State) Met(now State) bool { return now == s || Unfinished+now == s }

// A Mode says how the statements of a step run.
type Mode string

// The modes.
const (
	InTransaction      Mode = "transaction"
	OutsideTransaction Mode = "outside"
)

// Blocks says who waits for a step, and for how long.
type Blocks struct {
	Who    string        `json:"who"` // "writers", "nobody"
	For    time.Duration `json:"for_nanoseconds"`
	Method string        `json:"method"` // how For was estimated
	// Behind names whom the step would wait for, as it is now. It is not kept.
	Behind string `json:"-"`
	// Commit is how long, behind For, the commit may wait for readers to end;
	// 0 is the engine's own patience.
	Commit time.Duration `json:"commit_nanoseconds,omitempty"`
	// Limit is how long the step may hold its lock: then it is rolled back. 0
	// is no limit. It is set by who runs the step and is not kept.
	Limit time.Duration `json:"-"`
}

// Progress of a running step, 0 to 1; Done is negative when unknown.
type Progress struct {
	Stage string
	Done  float64
	// After is told once, inside the transaction and ahead of its commit: what
	// the object will be. Cancelling then still leaves nothing.
	After State
	// Session is told once a step has its connection, ahead of its statements:
	// the number by which Sessions lists it.
	Session string
}

// A Result is what a step did.
type Result struct {
	Elapsed time.Duration
	Before  State
	After   State
}

// A StateError says that an object was not as a step expects.
type StateError struct {
	When      string // "before" or "after" the statements
	Want, Got State
}

func (e *StateError) Error() string {
	return fmt.Sprintf("%s the change the object is %q, not %q", e.When, e.Got, e.Want)
}
