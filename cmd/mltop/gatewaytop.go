package main

import (
	"context"
	"net/url"

	"mltop/internal/wire"
	"mltop/ui"
)

// A gatewayBackend is a running gateway behind the Traffic view.
type gatewayBackend struct{ line *gatewayLine }

// State asks the gateway.
func (b gatewayBackend) State(ctx context.Context) (wire.Gateway, error) { return b.line.state(ctx) }

// Order changes an upstream, or purges the cache.
func (b gatewayBackend) Order(ctx context.Context, what, upstream string) (string, error) {
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
	return ui.Traffic(ctx, gatewayBackend{l}, o.interval, look, w.in, w.out)
}
