package gateway

import (
	"cmp"
	"context"
	"fmt"

	"mltop/internal/gateway/haproxy"
)

// AskHAProxy takes the upstreams from a running HAProxy where nobody named
// any.
func (c *Config) AskHAProxy(ctx context.Context) error {
	if c.HAProxy.Socket == "" || len(c.Routes) > 0 {
		return nil
	}
	w, err := haproxy.Socket(c.HAProxy.Socket).Look(ctx)
	if err != nil {
		return fmt.Errorf("take the upstreams from haproxy: %w", err)
	}
	rules, err := upstreamsOf(w.Servers, c.HAProxy.Backend)
	if err != nil {
		return err
	}
	c.Routes = []RouteRule{{Path: "/", Balance: cmp.Or(c.Balance, Weighted), Upstreams: rules}}
	return nil
}

// upstreamsOf are servers as upstreams: with the weights of HAProxy's
// configuration, as shares of the largest. The same address in two backends
// is one.
func upstreamsOf(servers []haproxy.Server, backend string) ([]UpstreamRule, error) {
	var out []UpstreamRule
	largest, seen := 1, map[string]bool{}
	for i := range servers {
		s := &servers[i]
		if backend != "" && s.Backend != backend || !s.Address.IsValid() || s.Initial == 0 {
			continue
		}
		scheme := "http://"
		if s.TLS {
			scheme = "https://"
		}
		u, err := ParseUpstream(scheme + s.Address.String())
		if err != nil {
			return nil, fmt.Errorf("take haproxy's server %s: %w", s.Key, err)
		}
		if seen[u.URL] {
			continue
		}
		seen[u.URL] = true
		u.Weight, largest = float64(s.Initial), max(largest, s.Initial)
		out = append(out, u)
	}
	for i := range out {
		out[i].Weight /= float64(largest)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("haproxy has no server with an address in %s", orAll(backend))
	}
	return out, nil
}

func orAll(backend string) string {
	if backend == "" {
		return "any backend"
	}
	return "the backend " + backend
}
