package collectors

import (
	"time"

	"mltop/internal/db"
	"mltop/internal/stat"
)

// A History keeps what the collectors found in a fixed budget of bytes:
// 1 s for 10 minutes, 10 s for an hour, 60 s for 24 hours. It belongs to one
// goroutine. Panels keep no numbers of their own: pausing, the time cursor
// and replay are questions to History with another end.
type History struct {
	historyState
}

// NewHistory makes an empty history that holds at most budget bytes; 0 is
// the default of 24 MB.
func NewHistory(budget int) *History { return newHistory(budget) }

// Put takes in one sample. Sections may be late, or of the past.
func (h *History) Put(s Sample) { h.put(s) }

// At answers the snapshot as it stood at t: for each part the newest section
// taken no later than t.
func (h *History) At(t time.Time) Snapshot { return h.at(t) }

// Latest answers the newest snapshot.
func (h *History) Latest() Snapshot { return h.latest() }

// Window merges all that happened in (end-d, end]. d of 0 means everything.
func (h *History) Window(end time.Time, d time.Duration) Window { return h.window(end, d) }

// Series answers n points of one metric over (end-d, end], oldest first; NaN
// is a gap.
func (h *History) Series(m Metric, end time.Time, d time.Duration, n int) []float64 {
	return h.series(m, end, d, n)
}

// Heat answers counts of requests by n spans of time (columns, oldest first)
// and bands of latency (rows, bounds in seconds, rising; the last band is
// open): heat[column][row].
func (h *History) Heat(end time.Time, d time.Duration, n int, bounds []float64) [][]uint64 {
	return h.heat(end, d, n, bounds)
}

// Buckets answers what was measured of one route, or of one statement when
// fingerprint is set, in [from, to), oldest first, at the finest width kept.
func (h *History) Buckets(r Route, fingerprint string, from, to time.Time) []stat.Bucket {
	return h.buckets(r, fingerprint, from, to)
}

// Events answers the events in (end-d, end], oldest first.
func (h *History) Events(end time.Time, d time.Duration) []Event { return h.events(end, d) }

// Range answers the oldest and the newest instant that is kept.
func (h *History) Range() (oldest, newest time.Time) { return h.bounds() }

// Bytes is the memory that is held, by our own count.
func (h *History) Bytes() int { return h.bytes() }

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
	Total   Group
	Routes  []RouteGroup // by share of time, then count, falling
	Other   Group        // routes beyond the 200 kept by name
	// Concurrency by Little's law, requests/s × mean seconds; NaN if unknown.
	Concurrency float64
}

// A StatementWindow is one statement in a window.
type StatementWindow struct {
	StatementGroup
	Source StatementSource
	Share  float64 // of all statements' time, 0 to 1; NaN without times
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
	MetricStatementP95  MetricName = "statement_p95_seconds"
)

// stubs
type historyState struct {
	version uint64
	_       *stat.Sketch
	_       *db.Schema
}
