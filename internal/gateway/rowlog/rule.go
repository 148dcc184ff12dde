package rowlog

import "time"

// Off is a target: no log is written.
const Off = "off"

// A Rule says what is logged, where, and how.
type Rule struct {
	Target  string        // Off, a file of SQLite, or a server's URL; "": the default file
	Table   string        // made where it is not there, never altered
	Batch   int           // rows of one transaction
	Largest int           // … and at the most, where they come faster; below Batch: as many as that
	Every   time.Duration // the longest wait for a batch to fill
	Queue   int           // entries that may wait
	Headers bool          // of requests
	Bodies  int           // bytes kept of each body; 0: none
	Mask    []string      // further names whose values are secrets
	Spill   string        // the file for rows while the database is away; "": the default file
	Most    int64         // bytes of that file
	Keep    KeepRule
	Pool    PoolRule
}

// A KeepRule bounds the table; zero values: no bound.
type KeepRule struct {
	Age  time.Duration
	Rows int64
}

// A PoolRule is how connections to the log's database are kept.
type PoolRule struct {
	Min      int           // open, also when there is nothing to write
	Max      int           // at once
	Idle     time.Duration // an idle one beyond Min is closed after
	Life     time.Duration // and every one after; 0: never
	Attempts int           // of one batch, before it is spilled
	Delay    time.Duration // before the second attempt, then doubled
	Check    time.Duration // between two looks at a database that nothing is written to
	Timeout  time.Duration // of one batch
}

// DefaultTable is the name under which mltop looks for a request log first.
const DefaultTable = "request_logs"

// Defaults are what nobody has to say.
func Defaults() Rule {
	return Rule{
		Table: DefaultTable, Batch: 100, Largest: 1000, Every: time.Second, Queue: 16384, Headers: true, Most: 256_000_000,
		Pool: PoolRule{
			Min: 1, Max: 2, Idle: 5 * time.Minute, Life: time.Hour, Attempts: 3, Delay: 100 * time.Millisecond,
			Check: 10 * time.Second, Timeout: 5 * time.Second,
		},
	}
}

// SamePlace reports whether two rules write to the same table by the same
// means: the rest can change while the log is open.
func (r *Rule) SamePlace(o *Rule) bool {
	return r.Target == o.Target && r.Table == o.Table && r.Spill == o.Spill && r.Queue == o.Queue && r.Pool == o.Pool && (r.Bodies > 0) == (o.Bodies > 0)
}

// largest is how many rows a batch gets together at most: no more than half of
// what may wait, however long heads and bodies are, so that none is dropped
// because the writer rests.
func (r *Rule) largest() int {
	half := r.Queue * keptRoom / 2 / (MostHead + 2*r.Bodies)
	return max(r.Batch, min(r.Largest, half))
}

// enough is how many rows nothing is waited for with: half of the largest batch,
// so that as many can come while they are written, and a kill takes no more than
// one such.
func (r *Rule) enough() int { return max(r.Batch, r.Largest/2) }
