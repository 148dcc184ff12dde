package main

import (
	"context"
	"net/http"
	"path/filepath"
	"time"

	"mltop/internal/gateway"
	"mltop/internal/gateway/rowlog"
)

// fleetKept is how long the demo's cache keeps an answer: long enough for a
// crowd, short enough for misses to be seen beside the hits.
const fleetKept = 15 * time.Second

// config has weights follow what each instance does, and checks that are
// quick enough to watch. Products, searches and reports may be some seconds
// old; orders and who has them may not. The log lies beside the sample's
// database, and goes with it.
func (fl *fleet) config() (gateway.Config, error) {
	cfg := gateway.Defaults()
	cfg.Listen, cfg.Admin = "127.0.0.1:0", "127.0.0.1:0"
	cfg.Weights.On, cfg.Health.SlowStart = true, 5*time.Second
	cfg.Caching, cfg.Cache.Exclude, cfg.Cache.TTL = true, []string{"/orders", "/customers/"}, map[int]time.Duration{http.StatusOK: fleetKept}
	dir := filepath.Dir(fl.server.Ready.Database)
	cfg.Log.Target, cfg.Log.Spill = filepath.Join(dir, "gateway.db"), filepath.Join(dir, "gateway.spill")
	route := gateway.RouteRule{Path: "/", Balance: gateway.Weighted}
	for _, in := range fl.instances {
		u, err := gateway.ParseUpstream("http://" + in.Address)
		if err != nil {
			return cfg, err
		}
		u.PID = in.PID
		route.Upstreams = append(route.Upstreams, u)
	}
	cfg.Routes = []gateway.RouteRule{route}
	return cfg, nil
}

// openLog begins the request log, before the gateway serves.
func (fl *fleet) openLog(ctx context.Context, r rowlog.Rule) (err error) {
	t := rowlog.Target{Kind: rowlog.SQLite, Name: filepath.Base(r.Target), Path: r.Target}
	if fl.log, err = rowlog.Open(ctx, t, r, fl.g.Note); err != nil {
		return err
	}
	fl.g.LogTo(fl.log)
	return nil
}
