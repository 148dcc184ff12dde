package wire

import "time"

// GatewayVersion is the schema_version of a Gateway.
const GatewayVersion = 1

// A Gateway is the state of a running gateway, as its admin endpoint tells
// it. What was not measured is null. Counts are since it began.
type Gateway struct {
	SchemaVersion int       `json:"schema_version"`
	Time          time.Time `json:"time"`
	Since         time.Time `json:"since"`
	PID           int       `json:"pid"`
	Listen        string    `json:"listen"`
	TLS           bool      `json:"tls"`

	Certificate *GatewayCertificate `json:"certificate"` // null: no TLS

	Requests    uint64              `json:"requests"`
	Statuses    map[string]uint64   `json:"statuses"` // by class: 2xx
	Bytes       uint64              `json:"sent_body_bytes"`
	Refused     map[string]uint64   `json:"refused"` // not passed on, by reason
	Connections GatewayClients      `json:"connections"`
	Queue       GatewayQueue        `json:"queue"`
	Routes      []GatewayRoute      `json:"routes"`
	Upstreams   []GatewayUpstream   `json:"upstreams"`
	Memory      GatewayMemory       `json:"memory"`
	Compression *GatewayCompression `json:"compression"`       // null: it is off
	Cache       *GatewayCache       `json:"cache"`             // null: nothing is kept
	HAProxy     *GatewayHAProxy     `json:"haproxy,omitempty"` // that follows the decisions; its requests are in the counts above
	Log         *GatewayLog         `json:"request_log"`       // null: none is written
	Webhooks    *GatewayWebhooks    `json:"webhooks"`          // null: there are none
	Events      []GatewayEvent      `json:"events"`            // the newest first
}

// A GatewayCertificate is the one in force; of several it has all names, and the
// earliest end.
type GatewayCertificate struct {
	File  string    `json:"file"`
	Names []string  `json:"names"`
	From  time.Time `json:"not_before"`
	Until time.Time `json:"not_after"`
	Why   string    `json:"why,omitempty"` // the file is newer, and not in use
}

// GatewayCompression is what was compressed.
type GatewayCompression struct {
	Answers map[string]uint64 `json:"answers"` // by coding
	Before  uint64            `json:"before_bytes"`
	After   uint64            `json:"after_bytes"`
}

// GatewayClients are the connections of clients.
type GatewayClients struct {
	Open    int    `json:"open"`
	Most    int    `json:"most"`
	Refused uint64 `json:"refused"`
}

// A GatewayQueue is the admission's.
type GatewayQueue struct {
	InFlight     int     `json:"in_flight"`
	MostInFlight int     `json:"most_in_flight"` // 0: no bound
	Depth        int     `json:"depth"`
	Deepest      int     `json:"deepest"`
	Size         int     `json:"size"`
	LongestWait  float64 `json:"longest_wait_seconds"`
	Waited       uint64  `json:"waited"`
	Overflowed   uint64  `json:"overflowed"` // answered 503 at once
	Expired      uint64  `json:"expired"`    // … after the longest wait
}

// A GatewayRoute is where the requests below a path go.
type GatewayRoute struct {
	Path      string   `json:"path"`
	Host      string   `json:"host,omitempty"`
	Balance   string   `json:"balance"`
	Upstreams []string `json:"upstreams"`
	Retries   float64  `json:"retries_left"` // of the budget

	Durations GatewayDurations `json:"durations"` // from a request to the end of its answer
}

// A GatewayUpstream is a server behind the gateway.
type GatewayUpstream struct {
	URL       string            `json:"url"`
	State     string            `json:"state"` // up, starting, trial, ejected, down, draining, leaving, unchecked
	Why       string            `json:"why,omitempty"`
	Weight    float64           `json:"weight"`  // of the configuration
	Factor    float64           `json:"factor"`  // from metrics
	Current   float64           `json:"current"` // with both, and the slow start; 0: it gets nothing
	WeightWhy string            `json:"weight_why,omitempty"`
	Unknown   string            `json:"process_unknown,omitempty"` // why its process is not measured
	InFlight  int64             `json:"in_flight"`
	Requests  uint64            `json:"requests"`
	Share     *float64          `json:"share"` // of the requests since the look before
	Failures  uint64            `json:"failures"`
	Retries   uint64            `json:"retries"` // requests that had failed elsewhere
	Statuses  map[string]uint64 `json:"statuses"`
	Latency   *float64          `json:"mean_latency_seconds"` // to the head of the answer, since it began
	Checks    uint64            `json:"checks"`
	Failed    uint64            `json:"checks_failed"`
	Durations GatewayDurations  `json:"durations"` // to the head of the answer
	Pool      GatewayPool       `json:"pool"`
}

// GatewayDurations are times, counted by buckets since the gateway began.
type GatewayDurations struct {
	Bounds []float64 `json:"le_seconds"` // the buckets' upper ends
	Counts []uint64  `json:"counts"`     // of each bucket alone; the last: longer than all
	Sum    float64   `json:"sum_seconds"`
}

// A GatewayPool are the connections to an upstream.
type GatewayPool struct {
	Open    int    `json:"open"`
	Idle    int    `json:"idle"`
	Waiting int    `json:"waiting"`
	Most    int    `json:"most"`
	Dialled uint64 `json:"dialled"`
	Reused  uint64 `json:"reused"`

	MostIdle int     `json:"most_idle"`
	Expiry   float64 `json:"expiry_seconds"`   // of an idle one
	Life     float64 `json:"lifetime_seconds"` // 0: no bound
}

// A GatewayCache is what is kept of answers. Counts are since it began.
type GatewayCache struct {
	Size        int64         `json:"size_bytes"`
	Bytes       int64         `json:"bytes"`
	Entries     int           `json:"entries"`
	MemoryHits  uint64        `json:"memory_hits"`
	RedisHits   uint64        `json:"redis_hits"`
	Misses      uint64        `json:"misses"`
	Past        uint64        `json:"past"`      // requests that it had no part in
	Stale       uint64        `json:"stale"`     // of the hits: given out stale
	Collapsed   uint64        `json:"collapsed"` // of the hits: another request's answer was waited for
	Waiting     int           `json:"waiting"`   // requests, for the answer to another one
	Stored      uint64        `json:"stored"`
	Revalidated uint64        `json:"revalidated"`
	Evicted     uint64        `json:"evicted"`
	Purged      uint64        `json:"purged"`
	Redis       *GatewayRedis `json:"redis"` // null: there is none
}

// Hits are answers that were kept.
func (c *GatewayCache) Hits() uint64 { return c.MemoryHits + c.RedisHits }

// Ratio is the share of an amount in all that was looked up; nil: nothing was.
func (c *GatewayCache) Ratio(n uint64) *float64 {
	all := c.Hits() + c.Misses
	if all == 0 {
		return nil
	}
	r := float64(n) / float64(all)
	return &r
}

// A GatewayRedis is the level behind memory.
type GatewayRedis struct {
	Address string `json:"address"`
	Up      bool   `json:"up"`
	Why     string `json:"why,omitempty"` // it is away
	Errors  uint64 `json:"errors"`
	Dropped uint64 `json:"dropped"` // answers that it was not given
	Queued  int    `json:"queued"`
}

// GatewayMemory is what the gateway's own process uses.
type GatewayMemory struct {
	Heap       uint64  `json:"heap_bytes"`
	Goroutines int     `json:"goroutines"`
	GCs        uint32  `json:"gcs"`
	GCPause    float64 `json:"gc_pause_seconds"`

	NextGC       uint64         `json:"next_gc_bytes"`
	System       uint64         `json:"system_bytes"`          // asked of the operating system
	GOGC         *uint64        `json:"gogc_percent"`          // null: off
	Limit        *uint64        `json:"limit_bytes"`           // null: none
	CollectEvery float64        `json:"collect_every_seconds"` // 0: when it is needed
	Forced       uint64         `json:"forced_gcs"`            // of CollectEvery
	Buffers      GatewayBuffers `json:"buffers"`
}

// GatewayBuffers are kept for requests and answers.
type GatewayBuffers struct {
	Free   int    `json:"free"`
	Most   int    `json:"most"` // that are kept
	Made   uint64 `json:"made"`
	Reused uint64 `json:"reused"`
	Size   int    `json:"size_bytes"`
}

// A GatewayLog is the request log's. Counts are of rows.
type GatewayLog struct {
	Target     string         `json:"target"` // without a password
	Kind       string         `json:"kind"`   // sqlite, mariadb, postgres
	Table      string         `json:"table"`
	State      string         `json:"state"` // ok, away
	Why        string         `json:"why,omitempty"`
	Queue      int            `json:"queue_depth"`
	Size       int            `json:"queue_size"`
	Batch      int            `json:"batch"`
	Largest    int            `json:"largest_batch"` // while rows come faster
	Lag        *float64       `json:"lag_seconds"`   // since the oldest request that is not written; null: all are
	Written    uint64         `json:"written"`
	Batches    uint64         `json:"batches"`
	Dropped    uint64         `json:"dropped"`               // never accepted
	Refused    uint64         `json:"refused"`               // by the table
	RefusedWhy string         `json:"refused_why,omitempty"` // the last one, without values
	Lost       uint64         `json:"lost"`                  // accepted, and neither written nor spilled
	Spilled    uint64         `json:"spilled"`
	Replayed   uint64         `json:"replayed"`
	Failures   uint64         `json:"failures"`         // transactions
	Deleted    uint64         `json:"deleted"`          // beyond what is kept
	KeepAge    float64        `json:"keep_age_seconds"` // 0: no bound
	KeepRows   int64          `json:"keep_rows"`        // 0: no bound
	Spill      GatewaySpill   `json:"spill"`
	Pool       GatewayLogPool `json:"pool"`
	Entries    GatewayObjects `json:"entries"`
}

// A GatewaySpill is the file for rows while their database is away.
type GatewaySpill struct {
	File  string `json:"file"`
	Rows  int64  `json:"rows"`
	Bytes int64  `json:"bytes"`
	Most  int64  `json:"most_bytes"`
}

// A GatewayLogPool are the connections to the request log's database.
type GatewayLogPool struct {
	Open         int    `json:"open"`
	InUse        int    `json:"in_use"`
	Idle         int    `json:"idle"`
	Min          int    `json:"min"`
	Max          int    `json:"max"`
	Waited       int64  `json:"waited"`
	ClosedIdle   int64  `json:"closed_idle"`
	ClosedOld    int64  `json:"closed_old"`
	Checks       uint64 `json:"checks"`
	ChecksFailed uint64 `json:"checks_failed"`
}

// GatewayWebhooks tell others of requests.
type GatewayWebhooks struct {
	Queue int              `json:"queue_depth"`
	Size  int              `json:"queue_size"`
	Busy  int              `json:"under_way"`
	Hooks []GatewayWebhook `json:"hooks"`
}

// A GatewayWebhook is one receiver. Counts are of deliveries.
type GatewayWebhook struct {
	URL     string `json:"url"` // without secrets
	Path    string `json:"path,omitempty"`
	Sent    uint64 `json:"sent"`
	Failed  uint64 `json:"failed"`  // given up
	Retries uint64 `json:"retries"` // further attempts
	Dropped uint64 `json:"dropped"` // for want of room
	Why     string `json:"why,omitempty"`
}

// GatewayObjects is a bounded pool of objects.
type GatewayObjects struct {
	Made int64 `json:"made"`
	Free int   `json:"free"`
	Most int   `json:"most"`
}

// A GatewayEvent is something that changed.
type GatewayEvent struct {
	Time     time.Time `json:"time"`
	Upstream string    `json:"upstream,omitempty"`
	Text     string    `json:"text"`
}

// GatewayRequests are the seconds that have passed since a look before.
type GatewayRequests struct {
	SchemaVersion int             `json:"schema_version"`
	Time          time.Time       `json:"time"`
	Seconds       []GatewaySecond `json:"seconds"` // the oldest first
}

// A GatewaySecond is what was answered in one second.
type GatewaySecond struct {
	At     int64          `json:"unix"`
	Total  GatewayGroup   `json:"total"`
	Routes []GatewayGroup `json:"routes"`
}

// A GatewayGroup counts requests. Latency is a packed sketch of seconds.
type GatewayGroup struct {
	Method       string `json:"method,omitempty"`
	Path         string `json:"path,omitempty"`
	Server       string `json:"haproxy_server,omitempty"` // it passed there: HAProxy tells neither its route nor its time
	Count        uint64 `json:"count"`
	ClientErrors uint64 `json:"client_errors"`
	ServerErrors uint64 `json:"server_errors"`
	Latency      []byte `json:"latency"`
}
