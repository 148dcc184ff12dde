package main

import (
	"context"
	"net/url"
	"sync"

	"mltop/collectors"
	"mltop/collectors/gateway"
	"mltop/collectors/requestlog"
	"mltop/internal/wire"
	"mltop/ui"
)

// A gatewayBackend is a running gateway behind the Traffic view.
type gatewayBackend struct {
	line *gatewayLine

	mu       sync.Mutex // one look at a time
	requests *gateway.Collector
	before   wire.Gateway
}

func newGatewayBackend(l *gatewayLine) *gatewayBackend {
	return &gatewayBackend{line: l, requests: gateway.New(l.admin, l.token, requestlog.NewTemplates().Name)}
}

// Look asks the gateway. Requests that it does not tell leave the rest as it is.
func (b *gatewayBackend) Look(ctx context.Context) (wire.Gateway, collectors.Sample, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now, err := b.line.state(ctx)
	if err != nil {
		return now, collectors.Sample{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, b.line.client.Timeout)
	defer cancel()
	sections, err := b.requests.Collect(ctx)
	sample := collectors.Sample{Time: now.Time, Sections: append(sections, gateway.Standing(b.before, now))}
	if err != nil {
		sample.Errors = map[string]string{b.requests.Name(): err.Error()}
	}
	b.before = now
	return now, sample, nil
}

// Order changes an upstream, or purges the cache.
func (b *gatewayBackend) Order(ctx context.Context, what, upstream string) (string, error) {
	path := "/upstreams/" + what
	switch what {
	case "add":
		path = "/upstreams"
	case "purge":
		path = "/cache/purge"
	}
	return b.line.order(ctx, path, url.Values{"url": {upstream}})
}

// attachGateway is mltop with a gateway's address: the Traffic view, or
// without a terminal the same as mltop gateway status.
func attachGateway(ctx context.Context, w *world, o *options, arg string) error {
	if !w.terminal() || w.dumb() || o.plain || o.write != "" {
		return gatewayStatus(ctx, w, o, arg, "")
	}
	l, err := findGateway(ctx, o, arg, "")
	if err != nil {
		return err
	}
	return showTraffic(ctx, w, o, l)
}

func showTraffic(ctx context.Context, w *world, o *options, l *gatewayLine) error {
	look, err := (&app{w: w, o: o}).uiOptions()
	if err != nil {
		return err
	}
	return ui.Traffic(ctx, newGatewayBackend(l), o.interval, look, w.in, w.out)
}
