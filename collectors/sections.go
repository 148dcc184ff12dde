package collectors

import (
	"time"

	"mltop/internal/db"
	"mltop/internal/sqltext"
	"mltop/internal/stat"
)

// System is one host's state. Rates are means since the section before; nil
// pointers were not measured, Missing says why by the field's JSON name.
type System struct {
	At        time.Time
	Interval  time.Duration
	Host      string
	Local     bool // this is the machine mltop runs on
	CPURatio  *float64
	Cores     []float64 // busy ratio of each core
	Load      [3]float64
	MemUsed   uint64 // bytes; without caches
	MemTotal  uint64
	SwapUsed  uint64
	SwapTotal uint64
	Disks     []Device
	Networks  []Device
	// Sums over physical devices, bytes a second.
	DiskRead, DiskWrite, NetReceive, NetTransmit *float64
	FileSystem                                   *FileSystem // of the database file
	Missing                                      map[string]string
}

// A Device and its rates in bytes a second. In is read or received.
type Device struct {
	Name    string
	In, Out float64
	Busy    *float64 // ratio of time with I/O under way; nil for networks
}

// A FileSystem and its room.
type FileSystem struct {
	Mount       string
	Type        string
	Total, Free uint64
}

// Processes are those that hold the database's file open, or that a user
// named.
type Processes struct {
	At       time.Time
	Interval time.Duration
	List     []Process
	Missing  map[string]string
}

// A Process and what it uses.
type Process struct {
	PID             int
	Name            string
	Command         string // secrets removed
	CPURatio        *float64
	RSSBytes        uint64
	Threads         int
	OpenFiles       *int
	ReadPerSecond   *float64 // bytes
	WritePerSecond  *float64 // bytes
	HoldsFile       bool
	StartedAt       time.Time
	LinkedSQLite    string // path of the SQLite library it maps, "" if its own
	LinkedSQLiteVer string
}

// Requests is what one source saw since its last section: buckets of counts
// and sketches, by the requests' own times.
type Requests struct {
	At         time.Time
	Source     RequestSource
	Buckets    []RequestBucket
	Last       []Request // newest first, at most 100
	Backfilled float64   // share of the past that has been read, 0 to 1
	State      string    // "ok", "busy", "gone", "replaced", …
	Missing    map[string]string
}

// A RequestSource says where requests are seen, and how well.
type RequestSource struct {
	Kind       string // "table", "log", "wire", "gateway"
	Name       string // "request_logs"
	Resolution time.Duration
	// Latency says what the recorded time is: "handler time (before the log
	// write)".
	Latency string
	GroupBy string // column, "" for routes
	Total   int64  // rows in the source, when known; else 0
	// First and Last bound the source's rows; zero when unknown.
	First, Last time.Time
}

// A RequestBucket holds the requests whose time falls in [Start, Start+Width).
type RequestBucket struct {
	Start  time.Time
	Width  time.Duration
	Total  Group
	Routes []RouteGroup // only those with a request
}

// A RouteGroup is a route's part of a bucket.
type RouteGroup struct {
	Route Route
	Group
}

// A Route is a method and a path template: GET /orders/{id}.
type Route struct {
	Method string
	Path   string
}

func (r Route) String() string {
	if r.Method == "" {
		return r.Path
	}
	return r.Method + " " + r.Path
}

// A Group counts requests. Requests with no usable status count in Count
// alone; those with no usable time are absent from Latency, in seconds.
type Group struct {
	Count        uint64
	StatusCount  uint64
	ClientErrors uint64 // 4xx
	ServerErrors uint64 // 5xx
	Latency      *stat.Sketch
}

// A Request is one row of a source, for "last requests".
type Request struct {
	ID      int64
	Time    time.Time
	Method  string
	Path    string
	Route   Route
	Status  int
	Seconds float64 // NaN: not recorded
}

// Database is the state of one database. Rates are means since the section
// before; nil pointers were not measured, Missing says why by JSON name.
// A Session is one of a database server's.
type Session = db.Session

type Database struct {
	At       time.Time
	Interval time.Duration
	Stats    db.Stats

	QueriesPerSecond    *float64
	MeanQuerySeconds    *float64
	ConnectionPoolRatio *float64
	CacheHitRatio       *float64
	CommitsPerSecond    *float64
	CommitsPerRequest   *float64
	BusyRatio           *float64 // of our own reads
	FileBytesPerSecond  *float64 // growth

	Schema   *db.Schema   // of the last time it was read; shared
	Settings []db.Setting // likewise
	Sessions []Session
	// SessionsAt is when these were seen, SessionsInterval how long before that
	// others were; zero when they never were.
	SessionsAt       time.Time
	SessionsInterval time.Duration
	Quotes           sqltext.Quotes // how statements are read
	Counters         []CounterRate  // of a server; shared names
	Missing          map[string]string
}

// Hidden says what other users do that is not shown to ours, and the grant that
// shows it; "" where nothing is hidden.
func (d *Database) Hidden() string {
	if d == nil {
		return ""
	}
	return d.Stats.Missing[db.MissingOthers]
}

// Statements is what one source saw since its last section.
type Statements struct {
	At       time.Time
	Interval time.Duration
	Source   StatementSource
	Rows     []StatementGroup // only those with a call, or newly known
	// Ever is what a server has counted of each statement since its counters
	// began, by fingerprint; nil where the source keeps no totals.
	Ever    map[string]EverCounted
	Running map[string]time.Time // last seen in a session, by fingerprint; see db.StatementTotals
	Missing map[string]string
}

// EverCounted are a statement's totals since a beginning of the server's own.
type EverCounted struct {
	Since   time.Time // zero when unknown
	Calls   float64
	Seconds float64
	By      string // the kind of the source that counted them; "" in a section, whose source it is
}

// Mean is the mean time of a call; NaN without calls.
func (e EverCounted) Mean() float64 { return e.Seconds / e.Calls }

// A StatementSource says where statements come from.
type StatementSource struct {
	Kind string // "queries file", "query log", "assumed"
	Name string
	// Live sources count calls; the others only know weights.
	Live bool
	// Sampled sources are live and see time, not calls: how many sessions run
	// a statement in the mean.
	Sampled bool
	// Least: only calls of that many seconds and more are counted; 0: all.
	Least float64
	// Rowless sources do not tell how many rows a call sent or changed.
	Rowless bool
}

// A StatementGroup is one fingerprint's calls in an interval.
type StatementGroup struct {
	Fingerprint string
	Text        string   // normalised: no literals
	Example     string   // with literals; never drawn unmasked unless asked for
	Examples    []string // others like it, where the source sees each call
	Name        string   // given by the user, "" if none
	Rewrite     string   // another text that is said to answer the same; "" if none
	Route       string   // "GET /orders/{id}" when the source says so
	Weight      float64  // calls an hour, for a source that is not live
	Calls       uint64
	Errors      uint64
	Rows        uint64
	Latency     *stat.Sketch // seconds; nil when the source has no times
	// Parts are its calls by what they asked for, where the source sees each
	// call: some kinds of constants, and the route.
	Parts map[string]*stat.Sketch
}

// A Link ties a route to a statement.
type Link struct {
	Route           string
	Fingerprint     string
	CallsPerRequest float64
	Seconds         float64 // of the statement for each request
	How             string  // "by the query log's route"
	Sure            bool
}

// Links is a section of links.
type Links struct {
	At   time.Time
	List []Link
}

// Plans is what the plans of the heaviest statements say; a section holds all
// that is known.
type Plans struct {
	At    time.Time
	Scans map[string][]string // by fingerprint: the tables read whole
	Trees map[string]*db.Plan // by fingerprint
}

// An Event is a marker on every chart.
type Event struct {
	At   time.Time
	Kind string // "applied", "undone", "threshold", "schema", "setting", "plan", "log"
	Text string
	Ours bool
	// Of a change of the database: what changed, and from what to what, ""
	// where that says no more; and when it was last seen as it was, if that was
	// in an earlier attach.
	What, From, To string
	After          time.Time
}

// Change reports that it is of the database itself.
func (e Event) Change() bool { return e.What != "" }

// Events is a section of events.
type Events struct {
	At   time.Time
	List []Event
}

// A Gateway is how a gateway stands, and what it did since the section before.
type Gateway struct {
	At        time.Time
	Interval  time.Duration
	InFlight  float64
	Queued    float64
	HitRatio  *float64 // of what was looked up in its cache; nil: nothing was
	Upstreams []GatewayUpstream
}

// A GatewayUpstream is what a server behind a gateway did, in each second.
type GatewayUpstream struct {
	URL     string
	Answers float64
	Seconds float64 // that it took for them
}

func (s *System) Taken() time.Time     { return s.At }
func (s *Processes) Taken() time.Time  { return s.At }
func (s *Requests) Taken() time.Time   { return s.At }
func (s *Database) Taken() time.Time   { return s.At }
func (s *Statements) Taken() time.Time { return s.At }
func (s *Links) Taken() time.Time      { return s.At }
func (s *Plans) Taken() time.Time      { return s.At }
func (s *Events) Taken() time.Time     { return s.At }
func (s *Gateway) Taken() time.Time    { return s.At }

func (*System) section()     {}
func (*Processes) section()  {}
func (*Requests) section()   {}
func (*Database) section()   {}
func (*Statements) section() {}
func (*Links) section()      {}
func (*Plans) section()      {}
func (*Events) section()     {}
func (*Gateway) section()    {}
