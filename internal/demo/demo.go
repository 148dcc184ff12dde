// Package demo is the embedded sample deployment: a small shop on HTTP that
// runs in a process of its own, on SQLite or on a throw-away server, an
// outside client that loads and measures it, and the tour that tells its story
// without a screen.
//
// The shop is slow because of what its database holds, and of nothing else: no
// handler sleeps, and none looks at which indexes exist.
package demo

import "time"

const (
	// HistoryRows and HistorySpan are the past that the request log starts
	// with: a day of a small deployment, enough for every chart.
	HistoryRows = 200_000
	HistorySpan = 24 * time.Hour

	// RequestTable is the request log's name, as MockLoop has it.
	RequestTable = "request_logs"

	// StarRoute is the route that the dropped index made slow, StarTable and
	// StarColumn what the index was on.
	StarRoute  = "GET /orders/{id}"
	StarTable  = "order_items"
	StarColumn = "order_id"

	// cliffAge is how long ago the index was dropped: inside a chart of 15
	// minutes, and long enough to be no accident.
	cliffAge = 12 * time.Minute

	// cliffEvent is what happened at the cliff, in the words of a marker.
	cliffEvent = "index dropped"
)

// Ready is the line of JSON that the server prints when it serves.
type Ready struct {
	Address  string    `json:"address"` // "127.0.0.1:41234"
	Engine   Engine    `json:"engine"`
	Database string    `json:"database"` // what mltop attaches to: a path, or an address
	Admin    string    `json:"admin"`    // where a Dump is taken, in the driver's own words
	QueryLog string    `json:"query_log"`
	PID      int       `json:"pid"`
	Cliff    time.Time `json:"cliff"` // the minute of Event
	Event    string    `json:"event"`
	// ViewsPerSecond is the load at which this machine serves the slow route
	// without being saturated: the client's default.
	ViewsPerSecond float64 `json:"views_per_second"`
	SlowSeconds    float64 `json:"slow_seconds"` // of the star route, alone, as calibrated
	FastSeconds    float64 `json:"fast_seconds"` // the same with its index
	BuildSeconds   float64 `json:"build_seconds"`
}

// doing is a line of JSON that the server prints before: what takes long.
type doing struct {
	Doing string `json:"doing"`
}

// held is the line of JSON that answers the order to hold: the session that
// keeps a transaction open, or why there is none.
type held struct {
	Session string `json:"session"`
	Error   string `json:"error"`
}
