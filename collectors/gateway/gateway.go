// Package gateway reads what a running mltop gateway counts of the requests
// that pass through it.
package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"mltop/collectors"
	"mltop/internal/stat"
	"mltop/internal/wire"
)

// A Collector implements collectors.Collector for one gateway.
type Collector struct {
	admin  string // http://HOST:PORT
	token  string
	route  func(path string) string
	client *http.Client
	after  int64 // every second up to it was counted
	first  time.Time
	total  int64

	haproxy bool // some of it passed there
}

// New reads from an admin endpoint. route names the route of a path.
func New(admin, token string, route func(path string) string) *Collector {
	return &Collector{admin: strings.TrimSuffix(admin, "/"), token: token, route: route, client: &http.Client{}, after: time.Now().Unix() - 1}
}

// Name of the collector.
func (c *Collector) Name() string { return "gateway" }

// Collect answers the requests of the seconds that have passed.
func (c *Collector) Collect(ctx context.Context) ([]collectors.Section, error) {
	answer, err := c.ask(ctx)
	if err != nil {
		return nil, err
	}
	section, err := c.parse(answer)
	if err != nil {
		return nil, err
	}
	return []collectors.Section{section}, nil
}

// mostBytes is far beyond thirty seconds of routes.
const mostBytes = 16 << 20

func (c *Collector) ask(ctx context.Context) (wire.GatewayRequests, error) {
	var answer wire.GatewayRequests
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.admin+"/requests?after="+strconv.FormatInt(c.after, 10), nil)
	if err != nil {
		return answer, fmt.Errorf("ask the gateway: %w", err)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.client.Do(req)
	if err != nil {
		return answer, fmt.Errorf("ask the gateway: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return answer, fmt.Errorf("ask the gateway: it answered %s", res.Status)
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, mostBytes)).Decode(&answer); err != nil {
		return answer, fmt.Errorf("read the gateway's answer: %w", err)
	}
	return answer, nil
}

// parse turns the answer into a section. A gateway whose clock went back is
// followed.
func (c *Collector) parse(answer wire.GatewayRequests) (*collectors.Requests, error) {
	if at := answer.Time.Unix(); at < c.after {
		c.after = at - 1
	}
	out := &collectors.Requests{At: answer.Time.Local(), State: "ok", Backfilled: 1, Missing: c.missing(answer)}
	for _, s := range answer.Seconds {
		b, err := c.bucket(s)
		if err != nil {
			return nil, err
		}
		out.Buckets = append(out.Buckets, b)
		c.after = max(c.after, s.At)
		c.total += int64(s.Total.Count)
		if c.first.IsZero() {
			c.first = b.Start
		}
	}
	out.Source = collectors.RequestSource{
		Kind: "gateway", Name: strings.TrimPrefix(c.admin, "http://"), Latency: "from the first byte of the request to the last of the answer",
		Total: c.total, First: c.first, Last: time.Unix(c.after, 0),
	}
	return out, nil
}

func (c *Collector) bucket(s wire.GatewaySecond) (collectors.RequestBucket, error) {
	b := collectors.RequestBucket{Start: time.Unix(s.At, 0), Width: time.Second}
	if err := add(&b.Total, s.Total); err != nil {
		return b, err
	}
	at := map[collectors.Route]int{}
	for _, g := range s.Routes {
		r := c.routeOf(g)
		i, ok := at[r]
		if !ok {
			i = len(b.Routes)
			at[r] = i
			b.Routes = append(b.Routes, collectors.RouteGroup{Route: r})
		}
		if err := add(&b.Routes[i].Group, g); err != nil {
			return b, err
		}
	}
	slices.SortFunc(b.Routes, func(a, b collectors.RouteGroup) int { return strings.Compare(a.Route.String(), b.Route.String()) })
	return b, nil
}

// routeOf is what a group is listed as. HAProxy tells servers alone.
func (c *Collector) routeOf(g wire.GatewayGroup) collectors.Route {
	if g.Server != "" {
		return collectors.Route{Path: "haproxy " + g.Server}
	}
	return collectors.Route{Method: g.Method, Path: c.route(g.Path)}
}

// noTimes is why latency is that of a part alone, or of nobody.
const noTimes = "what passes through HAProxy has none: it tells the mean of its last 1024 answers, in the Traffic view"

// missing says what the seconds do not hold, once HAProxy was seen in them.
func (c *Collector) missing(answer wire.GatewayRequests) map[string]string {
	for _, s := range answer.Seconds {
		c.haproxy = c.haproxy || slices.ContainsFunc(s.Routes, func(g wire.GatewayGroup) bool { return g.Server != "" })
	}
	if !c.haproxy {
		return nil
	}
	return map[string]string{"p50_seconds": noTimes, "p95_seconds": noTimes, "p99_seconds": noTimes, "mean_seconds": noTimes}
}

func add(to *collectors.Group, g wire.GatewayGroup) error {
	to.Count += g.Count
	to.StatusCount += g.Count
	to.ClientErrors += g.ClientErrors
	to.ServerErrors += g.ServerErrors
	if to.Latency == nil {
		to.Latency = &stat.Sketch{}
	}
	if _, err := to.Latency.MergePacked(g.Latency); err != nil {
		return fmt.Errorf("read the gateway's times: %w", err)
	}
	return nil
}
