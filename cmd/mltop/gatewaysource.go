package main

import (
	"context"

	"mltop/collectors"
	"mltop/collectors/gateway"
	"mltop/collectors/requestlog"
)

// A gatewaySource adds the requests that pass through a gateway to those of
// the database's request table. It finds the gateway when it first answers.
type gatewaySource struct {
	o     *options
	found *gateway.Collector
}

// Name of the collector.
func (s *gatewaySource) Name() string { return "gateway" }

// Collect answers the requests since the look before.
func (s *gatewaySource) Collect(ctx context.Context) ([]collectors.Section, error) {
	if s.found == nil {
		l, err := findGateway(ctx, s.o, s.o.gateway, "")
		if err != nil {
			return nil, err
		}
		s.found = gateway.New(l.admin, l.token, requestlog.NewTemplates().Name)
	}
	return s.found.Collect(ctx)
}
