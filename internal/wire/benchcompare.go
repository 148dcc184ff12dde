package wire

// A BenchComparison is what two sides of load tests differ in.
type BenchComparison struct {
	SchemaVersion int          `json:"schema_version"`
	Before        BenchSide    `json:"before"`
	After         BenchSide    `json:"after"`
	Rows          []BenchRow   `json:"rows"`
	Verdict       BenchFinding `json:"verdict"`
	Doubts        []string     `json:"doubts"` // what speaks against comparing them
}

// A BenchSide is the runs of one side.
type BenchSide struct {
	Runs     []string `json:"runs"`
	Scenario string   `json:"scenario"`
	Machine  string   `json:"machine"`
}

// A BenchRow compares one figure of one route, or of all.
type BenchRow struct {
	Route  string   `json:"route,omitempty"` // "" is all
	Metric string   `json:"metric"`
	Before *float64 `json:"before"` // medians
	After  *float64 `json:"after"`
	// Ratio of after to before and its 95 % interval; null where a side is 0.
	Ratio  *float64 `json:"ratio"`
	Low    *float64 `json:"ratio_low"`
	High   *float64 `json:"ratio_high"`
	Delta  *float64 `json:"cliffs_delta"`
	P      float64  `json:"p"`          // Mann and Whitney's
	Held   float64  `json:"adjusted_p"` // for so many comparisons at once
	Shown  bool     `json:"difference_shown"`
	Better bool     `json:"better"`
}
