package gateway

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// check looks at an upstream again and again until ctx ends.
func (g *Gateway) check(ctx context.Context, u *upstream) {
	for {
		rule := g.setup.Load().cfg.Health
		err := probe(ctx, u, rule)
		if ctx.Err() != nil {
			return
		}
		g.checked(u, err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(rule.Interval):
		}
	}
}

func (g *Gateway) checked(u *upstream, err error) {
	u.counts.checks.Add(1)
	if err != nil {
		u.counts.checksFailed.Add(1)
	}
	u.mu.Lock()
	text := u.health.checked(err, time.Now())
	down := u.health.down
	u.mu.Unlock()
	g.events.add(u, u.pool.where.tell())
	g.events.add(u, text)
	if down {
		u.pool.flush()
	}
}

// probe asks an upstream once: for an answer below 400 to the path of the
// rule, or for a connection.
func probe(ctx context.Context, u *upstream, rule HealthRule) error {
	ctx, cancel := context.WithTimeout(ctx, rule.Timeout)
	defer cancel()
	r := u.rule.Load()
	if rule.Path == "" {
		deadline, _ := ctx.Deadline()
		c, err := u.pool.where.dial(r.Address, u.tls, deadline)
		if err == nil {
			c.Close()
		}
		return err
	}
	res, err := get(ctx, u, r.URL+rule.Path)
	if err != nil {
		return err
	}
	res.Body.Close()
	if res.StatusCode >= 400 {
		return fmt.Errorf("%s answered %s", rule.Path, res.Status)
	}
	return nil
}

// get asks an upstream for something of the gateway's own, on a connection of
// its own, and follows no redirect.
func get(ctx context.Context, u *upstream, url string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", url, err)
	}
	req.Header.Set("User-Agent", "mltop-gateway")
	req.Close = true
	t := &http.Transport{DisableKeepAlives: true, TLSClientConfig: u.tls, Proxy: nil, DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
		return u.pool.where.connect(ctx, address)
	}}
	res, err := t.RoundTrip(req)
	if err != nil {
		return nil, shortly(err)
	}
	return res, nil
}
