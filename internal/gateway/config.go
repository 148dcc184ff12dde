package gateway

import (
	"cmp"
	"net"
	"net/netip"
	"runtime"
	"strconv"
	"time"

	"mltop/internal/gateway/cache"
	"mltop/internal/gateway/compress"
	"mltop/internal/gateway/rowlog"
	"mltop/internal/gateway/webhook"
)

// A Config is all that a gateway is told. It is never changed: a reload makes
// another one.
type Config struct {
	Listen   string
	Cert     string // files; "": no TLS
	Key      string
	Certs    []CertificateFiles // further ones, for clients that ask for their names
	Admin    string             // address of the admin endpoint; "": beside Listen; NoAdmin: none
	Token    string             // that admin calls need; "": none, on loopback only
	Balance  string             // of routes that say nothing; "": see balanceOf
	Routes   []RouteRule
	Health   HealthRule
	Weights  WeightRule
	Queue    QueueRule
	Pool     PoolRule
	Retry    RetryRule
	Limits   LimitRule
	Timeouts TimeoutRule
	Cache    cache.Rule
	Caching  bool           // on routes that do not say
	Trusted  []netip.Prefix // proxies whose forwarded headers count
	OwnHost  bool           // upstreams get their own Host instead of the client's
	HAProxy  HAProxyRule
	Compress compress.Rule
	Log      rowlog.Rule
	Webhooks webhook.Rule
	Memory   MemoryRule
}

// CertificateFiles are a certificate's, and its key's.
type CertificateFiles struct{ Cert, Key string }

// certificates are all of them, the one for who names no other first.
func (c *Config) certificates() []CertificateFiles {
	if c.Cert == "" {
		return nil
	}
	return append([]CertificateFiles{{c.Cert, c.Key}}, c.Certs...)
}

// A RouteRule says where the requests below a path go.
type RouteRule struct {
	Path      string // prefix of the path; "/" is all
	Host      string // "": every host
	Balance   string // "": as Config says
	Upstreams []UpstreamRule
	Cache     *bool // nil: as Config says
	Control   ControlRule
	// ReadsBodies: its upstreams read the body of every request, whatever its
	// method.
	ReadsBodies bool
}

// balanceOf is how a route balances. Weights that follow metrics are there to be
// followed, unless something else was asked for.
func (c *Config) balanceOf(r *RouteRule) string {
	usual := RoundRobin
	if c.Weights.On {
		usual = Weighted
	}
	return cmp.Or(r.Balance, c.Balance, usual)
}

// A RetryRule bounds what is sent once more.
type RetryRule struct {
	Attempts int     // of one request, the first one included
	Budget   float64 // share of the requests that may be retries
}

// A LimitRule bounds what a client may send.
type LimitRule struct {
	Head        int   // bytes
	Body        int64 // bytes; 0: no bound
	Connections int
}

// A TimeoutRule has one time for each phase.
type TimeoutRule struct {
	Idle     time.Duration // between two requests of a connection
	Head     time.Duration // from the first byte of a head to its last
	Body     time.Duration // silence within a request's body
	Response time.Duration // from the request to the head of the answer
	Stall    time.Duration // silence within an answer's body
	Stream   time.Duration // … of an event stream, or of a WebSocket
	Write    time.Duration // that a client may take for one part
	Stop     time.Duration // that requests may take to finish at the end
}

// A WeightRule says how weights follow the upstreams' metrics.
type WeightRule struct {
	On       bool
	Interval time.Duration // between two looks
	Window   time.Duration // response times are the mean of
	Floor    float64       // the least factor
	Smooth   float64       // share of the newest look in the average
	Change   float64       // the most that a factor changes at a look, as a ratio
	Expiry   time.Duration // what is older does not count
}

// Defaults are what nobody has to say.
func Defaults() Config {
	return Config{
		Listen: "127.0.0.1:8080",
		Health: HealthRule{
			Interval: time.Second, Timeout: time.Second, Rise: 2, Fall: 3,
			Failures: 3, Ejection: time.Second, MostEjected: 0.5, SlowStart: 10 * time.Second,
		},
		Weights: WeightRule{
			Interval: time.Second, Window: 5 * time.Second, Floor: 0.05, Smooth: 0.5, Change: 0.5, Expiry: 15 * time.Second,
		},
		Queue: QueueRule{InFlight: 1024, Size: 1024, Wait: 5 * time.Second},
		Pool: PoolRule{
			Max: 1024, Idle: 256, Expiry: 30 * time.Second, Life: time.Hour, Connect: 3 * time.Second,
		},
		Retry: RetryRule{Attempts: 3, Budget: 0.2},
		Cache: cache.Defaults(), Compress: compress.Defaults(),
		Log: rowlog.Defaults(), Webhooks: webhook.Defaults(), Memory: MemoryRule{Buffers: 1024},
		Limits: LimitRule{Head: 32_000, Body: 1_000_000_000, Connections: 20_000},
		Timeouts: TimeoutRule{
			Idle: time.Minute, Head: 10 * time.Second, Body: 30 * time.Second, Response: 30 * time.Second,
			Stall: 30 * time.Second, Stream: time.Hour, Write: 30 * time.Second, Stop: 30 * time.Second,
		},
	}
}

// NoAdmin is a configuration without an admin endpoint.
const NoAdmin = "off"

// AdminAddress is where the admin endpoint is: unless said otherwise on this
// machine, at the port above that of Listen. "": there is none.
func (c *Config) AdminAddress() string {
	if c.Admin == NoAdmin {
		return ""
	}
	if c.Admin != "" {
		return c.Admin
	}
	_, port, err := net.SplitHostPort(c.Listen)
	n, err2 := strconv.Atoi(port)
	if err != nil || err2 != nil || n == 0 || n >= 65535 {
		return "127.0.0.1:0"
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(n+1))
}

// cores divides the processor time of a process.
func cores() float64 { return float64(runtime.NumCPU()) }
