package wire

import "time"

// BenchVersion is the schema_version of a Bench.
const BenchVersion = 1

// A Bench is the result of one load test. What was not measured is null.
type Bench struct {
	SchemaVersion int          `json:"schema_version"`
	ID            string       `json:"id,omitempty"` // of a kept run
	Name          string       `json:"name"`
	Time          time.Time    `json:"time"` // of the first request
	Model         string       `json:"model"`
	Scenario      string       `json:"scenario"` // its text
	Digest        string       `json:"scenario_digest"`
	Seed          uint64       `json:"seed"`
	Machine       BenchMachine `json:"machine"`
	Duration      float64      `json:"duration_seconds"` // what was counted
	Warmup        float64      `json:"warmup_seconds"`
	Stopped       string       `json:"stopped,omitempty"` // why it ended early
	Moves         []BenchMove  `json:"rate_changes,omitempty"`

	PerSecond  float64  `json:"requests_per_second"` // answered within the duration
	Offered    *float64 `json:"offered_per_second"`  // due; null in a closed model
	Sent       uint64   `json:"sent"`                // and counted
	WarmupSent uint64   `json:"warmup_sent"`         // and not counted
	Dropped    uint64   `json:"dropped"`             // due, and never sent
	Unfinished uint64   `json:"unfinished"`          // sent, and broken off by the end
	ErrorCount uint64   `json:"error_count"`
	ErrorRatio *float64 `json:"error_ratio"`

	Errors   []BenchError      `json:"errors"`
	Statuses map[string]uint64 `json:"statuses"`
	Bytes    int64             `json:"received_body_bytes"`

	Latency     BenchQuantiles   `json:"latency"`      // from when it was due
	ServiceTime BenchQuantiles   `json:"service_time"` // from when it was sent
	SendLag     BenchQuantiles   `json:"send_lag"`     // how late mltop itself was
	Wait        BenchQuantiles   `json:"connection_wait"`
	Connect     BenchQuantiles   `json:"connect"`
	Connections BenchConnections `json:"connections"`
	Generator   BenchGenerator   `json:"generator"`

	Routes     []BenchRoute     `json:"routes"`
	Series     []BenchSecond    `json:"series"`
	Thresholds []BenchThreshold `json:"thresholds"`
	Target     *BenchTarget     `json:"target"` // null when none was attached
	Analysis   []BenchFinding   `json:"analysis"`
}

// A BenchMove is a change of the rate, or of the users, by a key.
type BenchMove struct {
	At     float64 `json:"at_seconds"`
	Factor float64 `json:"factor"` // of what the scenario says; 0 is a pause
}

// BenchMachine is where the requests came from.
type BenchMachine struct {
	Host    string `json:"host"`
	System  string `json:"system"`
	CPUs    int    `json:"cpus"`
	Program string `json:"program"`
}

// BenchQuantiles are null when nothing was counted.
type BenchQuantiles struct {
	Count uint64   `json:"count"`
	Mean  *float64 `json:"mean_seconds"`
	P50   *float64 `json:"p50_seconds"`
	P90   *float64 `json:"p90_seconds"`
	P95   *float64 `json:"p95_seconds"`
	P99   *float64 `json:"p99_seconds"`
	P999  *float64 `json:"p999_seconds"`
	Max   *float64 `json:"max_seconds"`
}

// A BenchError is all requests that failed alike.
type BenchError struct {
	Kind    string    `json:"kind"`
	Side    string    `json:"side"` // client, network, server
	Route   string    `json:"route"`
	Message string    `json:"message"`
	Count   uint64    `json:"count"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
}

// BenchConnections tells what became of connections.
type BenchConnections struct {
	Opened uint64 `json:"opened"`
	Most   int    `json:"most"`  // at one time
	Limit  int    `json:"limit"` // that was set
	// Again counts requests that found their connection closed and were sent
	// once more over a new one.
	Again uint64 `json:"sent_again"`
}

// BenchGenerator tells whether mltop itself was the limit.
type BenchGenerator struct {
	CPUSeconds float64 `json:"cpu_seconds"`
	CPURatio   float64 `json:"cpu_ratio"` // of all cores of the machine
	Saturated  bool    `json:"saturated"`
	Reason     string  `json:"reason,omitempty"`
}

// A BenchRoute is one named request.
type BenchRoute struct {
	Name        string            `json:"name"`
	Sent        uint64            `json:"sent"`
	PerSecond   float64           `json:"requests_per_second"`
	ErrorCount  uint64            `json:"error_count"`
	ErrorRatio  *float64          `json:"error_ratio"`
	Statuses    map[string]uint64 `json:"statuses"`
	Bytes       int64             `json:"received_body_bytes"`
	Latency     BenchQuantiles    `json:"latency"`
	ServiceTime BenchQuantiles    `json:"service_time"`
	// TailShare is how much of the slowest hundredth of all requests is of
	// this route.
	TailShare *float64 `json:"tail_ratio"`
}

// A BenchSecond is one stretch of the run; requests count where they were
// due.
type BenchSecond struct {
	At        float64        `json:"at_seconds"` // from the start
	Width     float64        `json:"width_seconds"`
	Sent      uint64         `json:"sent"`
	Answered  uint64         `json:"answered"` // in this stretch, whenever they were due
	Errors    uint64         `json:"error_count"`
	InFlight  *int64         `json:"in_flight"` // the most seen; null when nobody looked
	Latency   BenchQuantiles `json:"latency"`
	SendLag   BenchQuantiles `json:"send_lag"`
	Saturated bool           `json:"saturated"`
}

// A BenchThreshold is one that was set, and how it went.
type BenchThreshold struct {
	Text      string   `json:"text"`
	Route     string   `json:"route,omitempty"`
	Unit      string   `json:"unit"`  // of value and limit: seconds, ratio, per_second
	Value     *float64 `json:"value"` // null: nothing was measured
	Limit     float64  `json:"limit"`
	Broken    bool     `json:"broken"`
	Reason    string   `json:"reason,omitempty"`
	AbortedAt *float64 `json:"aborted_at_seconds,omitempty"`
}

// A BenchTarget is what the attached deployment showed meanwhile.
type BenchTarget struct {
	Name       string                 `json:"name"`
	Engine     string                 `json:"engine"`
	Series     []BenchTargetSecond    `json:"series"`
	Statements []BenchTargetStatement `json:"statements"`
	Errors     map[string]string      `json:"errors,omitempty"`
}

// A BenchTargetSecond is the target at one instant of the run. The machine is
// the one that mltop runs on, unless the target is known to be another.
type BenchTargetSecond struct {
	At        float64  `json:"at_seconds"`
	CPU       *float64 `json:"cpu_ratio"`
	Memory    *float64 `json:"memory_ratio"`
	DiskRead  *float64 `json:"disk_read_bytes_per_second"`
	DiskWrite *float64 `json:"disk_write_bytes_per_second"`
	DiskBusy  *float64 `json:"disk_busy_ratio"` // of the busiest
	Queries   *float64 `json:"queries_per_second"`
	QueryMean *float64 `json:"mean_query_seconds"`
	Pool      *float64 `json:"connection_pool_ratio"`
	Waiting   *float64 `json:"sessions_blocked"`
}

// A BenchTargetStatement is one that the target ran meanwhile.
type BenchTargetStatement struct {
	Text    string   `json:"text"`
	Route   string   `json:"route,omitempty"`
	Calls   uint64   `json:"calls"`
	Seconds float64  `json:"seconds"`
	Share   *float64 `json:"share_ratio"` // of all statements' time
	P95     *float64 `json:"p95_seconds"`
}

// A BenchFinding is one sentence of the analysis, and the rule that said it.
type BenchFinding struct {
	Rule  string `json:"rule"`
	Level string `json:"level"` // info, warn, crit
	Text  string `json:"text"`
}
