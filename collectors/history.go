package collectors

import "time"

// A History keeps what the collectors found in a fixed budget of bytes:
// 1 s for 10 minutes, 10 s for an hour, 60 s for 24 hours. It belongs to one
// goroutine. Panels keep no numbers of their own: pausing, the time cursor
// and replay are questions to History with another end.
type History struct {
	budget     int
	version    uint64
	now        int64 // of the newest sample, unix seconds
	requests   []*requestStream
	statements []*statementStream
	gauges     gauges
	systems    kept[*System]
	processes  kept[*Processes]
	databases  kept[*Database]
	links      kept[*Links]
	plans      kept[*Plans]
	errors     kept[map[string]string]
	marks      []Event // by time
	past       pastWindows
}

// defaultBudget leaves a dashboard with a long history within 25 MB of
// anonymous memory together with the runtime: most histories need a tenth.
const defaultBudget = 24 << 20

// NewHistory makes an empty history that holds at most budget bytes; 0 is
// the default of 24 MB.
func NewHistory(budget int) *History {
	if budget <= 0 {
		budget = defaultBudget
	}
	return &History{budget: budget}
}

// Range answers the oldest and the newest instant that is kept.
func (h *History) Range() (oldest, newest time.Time) {
	first := h.now
	for _, r := range h.requests {
		first = earlier(first, r.first, r.started)
	}
	for _, s := range h.statements {
		first = earlier(first, s.first, s.started)
	}
	first = earlier(first, h.gauges.first, h.gauges.first != 0)
	if h.now == 0 {
		return time.Time{}, time.Time{}
	}
	return time.Unix(first, 0).UTC(), time.Unix(h.now, 0).UTC()
}

func earlier(a, b int64, known bool) int64 {
	if known && b < a {
		return b
	}
	return a
}

// Version rises with every Put: a cached drawing is good while it stands.
func (h *History) Version() uint64 { return h.version }

// A Window is the past between two instants, merged.
type Window struct {
	Start, End time.Time
	Requests   []RequestWindow // by source; the first makes the headline
	Statements []StatementWindow
	Links      []Link
}

// A RequestWindow is one source's requests in a window.
type RequestWindow struct {
	Source RequestSource
	// Seconds really covered: less than the window when the source began
	// later.
	Seconds float64
	// First and Last bound the requests counted, as finely as the past keeps
	// them: to a second for ten minutes, to a minute for a day. Zero without.
	First, Last time.Time
	Total       Group
	Routes      []RouteGroup // by share of time, then count, falling
	Other       Group        // routes beyond the 200 kept by name
	// Concurrency by Little's law, requests/s × mean seconds; NaN if unknown.
	Concurrency float64
}

// A StatementWindow is one statement in a window. What is beyond the 200 kept
// by name comes last, with no fingerprint and the name "other".
type StatementWindow struct {
	StatementGroup
	Source StatementSource
	// Seconds really covered: less than the window when the source began
	// later; 0 for a source that is not live.
	Seconds float64
	Share   float64 // of all statements' time, 0 to 1; NaN without times
	// Ever is what the server has counted since its counters began; nil where
	// nobody has.
	Ever *EverCounted
}

// A Metric names a series. Route or Fingerprint narrow those that allow it.
type Metric struct {
	Name        MetricName
	Route       Route
	Fingerprint string
	Device      string
}

// A MetricName says what is charted.
type MetricName string

// The metrics that History can chart. The first fourteen are those of the
// first screen.
const (
	MetricRequestRate   MetricName = "requests_per_second"
	MetricMean          MetricName = "mean_seconds"
	MetricP95           MetricName = "p95_seconds"
	MetricP99           MetricName = "p99_seconds"
	MetricErrorRatio    MetricName = "error_ratio"
	MetricConcurrency   MetricName = "concurrency"
	MetricQueryRate     MetricName = "queries_per_second"
	MetricMeanQuery     MetricName = "mean_query_seconds"
	MetricPool          MetricName = "connection_pool_ratio"
	MetricCacheHit      MetricName = "cache_hit_ratio"
	MetricCPU           MetricName = "cpu_ratio"
	MetricMemory        MetricName = "memory_ratio"
	MetricDisk          MetricName = "disk_bytes_per_second"
	MetricNetwork       MetricName = "network_bytes_per_second"
	MetricP50           MetricName = "p50_seconds"
	MetricMax           MetricName = "max_seconds"
	MetricClientErrors  MetricName = "client_error_ratio"
	MetricServerErrors  MetricName = "server_error_ratio"
	MetricDiskRead      MetricName = "disk_read_bytes_per_second"
	MetricDiskWrite     MetricName = "disk_write_bytes_per_second"
	MetricNetReceive    MetricName = "network_receive_bytes_per_second"
	MetricNetTransmit   MetricName = "network_transmit_bytes_per_second"
	MetricCommits       MetricName = "commits_per_second"
	MetricFileBytes     MetricName = "file_bytes"
	MetricWALBytes      MetricName = "wal_bytes"
	MetricBusy          MetricName = "busy_ratio"
	MetricStatementRate MetricName = "statement_calls_per_second"
	MetricStatementMean MetricName = "statement_mean_seconds"
	// MetricStatementTime is the time spent in a statement in every second: how
	// many sessions run it, in the mean.
	MetricStatementTime MetricName = "statement_concurrency"
	MetricStatementP95  MetricName = "statement_p95_seconds"
	// Of a gateway; those of an upstream have its URL as device.
	MetricInFlight     MetricName = "gateway_in_flight"
	MetricQueued       MetricName = "gateway_queued"
	MetricHitRatio     MetricName = "gateway_cache_hit_ratio"
	MetricUpstreamRate MetricName = "upstream_answers_per_second"
	MetricUpstreamTime MetricName = "upstream_seconds_per_second"
)
