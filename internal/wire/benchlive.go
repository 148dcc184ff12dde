package wire

// A BenchLive is a load test under way: what it would come to if it ended
// now, and how it goes.
type BenchLive struct {
	Bench
	Phase    BenchPhase
	At       float64  // seconds since the start
	Length   float64  // of all stages
	Asked    *float64 // arrivals a second that are due now; nil in a closed model
	Steps    float64  // requests that an arrival brings, by the patterns' weights; 1 unless some have steps
	Users    *float64 // wanted now; nil in an open model
	Factor   float64  // of either, by keys; 0 is a pause
	InFlight int64
	// Heat has a column for each of Series: its requests by latency, in bands
	// between HeatBounds.
	Heat       [][]uint64
	HeatBounds []float64 // seconds
}

// A BenchPhase is what a load test is doing.
type BenchPhase string

// The phases, in their order.
const (
	BenchSetup    BenchPhase = "setup"
	BenchWarming  BenchPhase = "warming up"
	BenchRunning  BenchPhase = "running"
	BenchDraining BenchPhase = "waiting for the last answers"
	BenchTeardown BenchPhase = "teardown"
)
