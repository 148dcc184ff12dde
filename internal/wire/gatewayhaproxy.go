package wire

import "time"

// A GatewayHAProxy is a running HAProxy that follows the gateway's decisions.
type GatewayHAProxy struct {
	Socket    string          `json:"socket"`
	Backend   string          `json:"backend,omitempty"` // empty: all
	Version   string          `json:"version,omitempty"`
	PID       int             `json:"pid,omitempty"`
	Error     string          `json:"error,omitempty"` // why it does not answer; the rest is of the last time that it did
	AwaySince *time.Time      `json:"away_since,omitempty"`
	Orders    uint64          `json:"orders"`  // carried out
	Drifts    uint64          `json:"drifts"`  // settings that somebody else had changed, and that were set again
	Servers   []GatewayServer `json:"servers"` // those that are upstreams
	Strange   []string        `json:"not_upstreams,omitempty"`
	Missing   []string        `json:"not_servers,omitempty"`
	Open      []string        `json:"all_sick,omitempty"` // backends in which nobody is taken out, since all would be
}

// A GatewayServer is an upstream as HAProxy has it. Counts are HAProxy's, since
// it began.
type GatewayServer struct {
	Server   string            `json:"server"` // backend/name
	Upstream string            `json:"upstream"`
	Status   string            `json:"status"`          // by HAProxy's own words
	State    string            `json:"state,omitempty"` // as it is decided: ready, drain, maint; empty: nothing is
	Weight   int               `json:"weight"`          // … 0–256
	Held     string            `json:"held,omitempty"`  // why it is not set
	Error    string            `json:"error,omitempty"` // why it could not be set
	Sessions int64             `json:"sessions"`
	Queue    int64             `json:"queue"`
	Requests uint64            `json:"requests"`
	Failures uint64            `json:"failures"`
	Retries  uint64            `json:"retries"`
	Statuses map[string]uint64 `json:"statuses"`
	Response *float64          `json:"response_seconds"` // mean of its last 1024 requests
}
