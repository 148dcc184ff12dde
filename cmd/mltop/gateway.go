package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"mltop/internal/gateway"
	"mltop/internal/gateway/rowlog"
)

const gatewayLong = `A reverse proxy for HTTP/1.1 in front of a deployment: it balances the requests
over the upstreams, watches which are well, holds back what is too much, and
counts what passes.

  mltop gateway --upstream http://127.0.0.1:9001 --upstream http://127.0.0.1:9002
  mltop gateway --listen 0.0.0.0:8080 --balance least_connections --upstream …
  mltop gateway gateway.yaml       all there is to say, in a file

A request whose head could be read in two ways is answered 400 and goes no
further. The file is read again when it changes and on SIGHUP, without losing
a connection. The admin endpoint tells the state as JSON, and /metrics for
Prometheus; it takes the port above that of --listen, on this machine only.
Ctrl+C and SIGTERM let requests finish.`

// A gatewayFlags is what the command line says of a gateway.
type gatewayFlags struct {
	listen, balance, admin, healthPath, haproxy, log, cache, redis string
	gogc, memoryLimit, collect                                     string
	upstreams                                                      []string
	trusted                                                        []string
	top                                                            bool
	compress                                                       bool
}

func newGateway(w *world, o *options) *cobra.Command {
	f := &gatewayFlags{}
	c := &cobra.Command{
		Use: "gateway [FILE]", Short: "A load balancer in front of a deployment, with health checks, a queue and metrics", Long: gatewayLong,
		Args: atMost(1, "one configuration file at most"),
		RunE: func(cmd *cobra.Command, args []string) error {
			g := &gatewayRun{w: w, o: o, f: f}
			if len(args) == 1 {
				g.file = args[0]
			}
			return g.run(cmd.Context())
		},
	}
	p := c.Flags()
	p.StringVar(&f.listen, "listen", "", "`ADDRESS` to take requests at (default 127.0.0.1:8080)")
	p.StringArrayVar(&f.upstreams, "upstream", nil, "`URL` of a server behind the gateway; give it again for each")
	p.StringVar(&f.balance, "balance", gateway.RoundRobin, "round_robin|least_connections|weighted|ip_hash")
	p.StringVar(&f.admin, "admin", "", "`ADDRESS` of the admin endpoint, or off (default: this machine, the port above --listen)")
	p.StringVar(&f.healthPath, "health-path", "", "`PATH` that a well upstream answers below 400; without it a connection is enough")
	p.StringSliceVar(&f.trusted, "trusted", nil, "`NETWORK` of proxies whose forwarded headers count")
	p.StringVar(&f.log, "log", "", "off, a `FILE` of SQLite or the URL of a server: where each request gets a row (default: a file in the state folder)")
	p.StringVar(&f.cache, "cache", "", "keep answers, in so many `BYTES` of memory: 64MB")
	p.StringVar(&f.redis, "redis", "", "`URL` of a Redis behind the cache's memory: redis://127.0.0.1:6379/0")
	p.StringVar(&f.haproxy, "haproxy", "", "`SOCKET` of a running HAProxy's runtime API: it gets the same weights and states; without --upstream its servers are the upstreams")
	p.StringVar(&f.gogc, "gogc", "", "`PERCENT` of growth between two garbage collections, or off; as GOGC")
	p.StringVar(&f.memoryLimit, "gomemlimit", "", "`SIZE` that the collector keeps below where it can, such as 256MB; as GOMEMLIMIT")
	p.StringVar(&f.collect, "collect-every", "", "`DURATION` after which garbage is collected in any case")
	p.BoolVar(&f.compress, "compress", false, "compress answers of text, JSON and the like by zstd or gzip, as the client likes")
	p.BoolVar(&f.top, "top", false, "show the Traffic view; leaving it stops the gateway")
	c.AddCommand(gatewayVerbs(w, o)...)
	return c
}

// atMost is cobra's check as a usage error.
func atMost(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return usagef("mltop %s takes %s", cmd.Name(), what)
		}
		return nil
	}
}

// A gatewayRun is one gateway from start to stop.
type gatewayRun struct {
	w    *world
	o    *options
	f    *gatewayFlags
	file string
	g    *gateway.Gateway
	seen time.Time // when the file was last changed
	// adminAt is where the admin endpoint was opened; "": there is none.
	adminAt string
	log     *rowlog.Log // nil: none
	// usualLog is where it goes when nobody said so.
	usualLog string
	quiet    atomic.Bool // the screen belongs to the Traffic view
}

func (r *gatewayRun) run(ctx context.Context) error {
	// SIGHUP reads the file again; for other verbs it ends the run.
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	ctx, stop := signal.NotifyContext(context.WithoutCancel(ctx), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cfg, err := r.config()
	if err != nil {
		return coded{exitUsage, err}
	}
	if r.f.top && (!r.w.terminal() || r.w.dumb() || cfg.AdminAddress() == "") {
		return usagef("--top needs a terminal and the admin endpoint")
	}
	if r.g, err = gateway.New(cfg); err != nil {
		return coded{exitUsage, err}
	}
	return r.serve(ctx, stop, hup)
}

// config is what the file says, and above it the command line.
func (r *gatewayRun) config() (gateway.Config, error) {
	cfg := gateway.Defaults()
	if r.file != "" {
		text, err := os.ReadFile(r.file)
		if err != nil {
			return cfg, fmt.Errorf("read the configuration: %w", err)
		}
		r.seen = changedAt(r.file)
		if cfg, err = gateway.ParseConfig(r.file, string(text), cfg, os.ReadFile); err != nil {
			return cfg, err
		}
	}
	if err := r.f.over(&cfg); err != nil {
		return cfg, err
	}
	r.logPlaces(&cfg)
	r.cachePlaces(&cfg)
	if err := cfg.AskHAProxy(context.Background()); err != nil {
		return cfg, err
	}
	return cfg, cfg.Check()
}

// over lays the command line over the file.
func (f *gatewayFlags) over(cfg *gateway.Config) error {
	var lines []string
	say := func(key, value string) { lines = append(lines, key+": "+strconv.Quote(value)) }
	if f.listen != "" {
		say("listen", f.listen)
	}
	if f.admin != "" {
		say("admin", f.admin)
	}
	if f.healthPath != "" {
		cfg.Health.Path = f.healthPath
	}
	if f.log != "" {
		say("log", f.log)
	}
	cfg.Compress.On = cfg.Compress.On || f.compress
	if line := f.cacheLine(); line != "" {
		lines = append(lines, line)
	}
	if f.haproxy != "" {
		cfg.HAProxy.Socket = f.haproxy
	}
	if m := f.memory(); m != "" {
		lines = append(lines, "memory: {"+m+"}")
	}
	if len(f.upstreams) > 0 {
		cfg.Routes = nil
		say("balance", f.balance)
		lines = append(lines, "upstreams: ["+quoted(f.upstreams)+"]")
	}
	if len(f.trusted) > 0 {
		lines = append(lines, "trusted: ["+quoted(f.trusted)+"]")
	}
	if len(lines) == 0 {
		return nil
	}
	over, err := gateway.ParseConfig("command line", strings.Join(lines, "\n"), *cfg, os.ReadFile)
	if err == nil {
		*cfg = over
	}
	return err
}

// memory is what the command line says of it.
func (f *gatewayFlags) memory() string {
	var parts []string
	for _, p := range [][2]string{{"gogc", f.gogc}, {"limit", f.memoryLimit}, {"collect_every", f.collect}} {
		if p[1] != "" {
			parts = append(parts, p[0]+": "+strconv.Quote(p[1]))
		}
	}
	return strings.Join(parts, ", ")
}

func quoted(list []string) string {
	var out []string
	for _, s := range list {
		out = append(out, strconv.Quote(s))
	}
	return strings.Join(out, ", ")
}

func (r *gatewayRun) serve(ctx context.Context, stop func(), hup <-chan os.Signal) error {
	l, err := r.g.Listen()
	if err != nil {
		return err
	}
	if err := r.openLog(ctx); err != nil {
		l.Close()
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	failed := make(chan error, 2)
	if err := r.admin(ctx, failed); err != nil {
		l.Close()
		return errors.Join(err, r.closeLog(ctx))
	}
	r.say("gateway on %s: %s", l.Addr(), r.upstreams())
	go func() { failed <- r.g.Serve(l) }()
	if r.f.top {
		err = r.top(ctx, cancel, hup, failed)
	} else {
		err = r.wait(ctx, hup, failed)
	}
	stop() // a second signal ends it at once
	return errors.Join(err, r.end())
}

// top shows the gateway until the user leaves.
func (r *gatewayRun) top(ctx context.Context, cancel func(), hup <-chan os.Signal, failed <-chan error) error {
	cfg := r.g.Config()
	l := &gatewayLine{admin: "http://" + r.adminAt, token: cfg.Token, client: &http.Client{Timeout: r.o.timeout}}
	r.quiet.Store(true)
	defer r.quiet.Store(false)
	ended := make(chan error, 1)
	go func() {
		ended <- r.wait(ctx, hup, failed)
		cancel()
	}()
	err := showTraffic(ctx, r.w, r.o, l)
	cancel()
	return errors.Join(err, <-ended)
}

// admin opens the admin endpoint, where there is one.
func (r *gatewayRun) admin(ctx context.Context, failed chan<- error) error {
	cfg := r.g.Config()
	address := cfg.AdminAddress()
	if address == "" {
		return nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen for the admin endpoint: %w", err)
	}
	r.adminAt = l.Addr().String()
	r.g.AdminAt(r.adminAt)
	r.say("admin endpoint http://%s, metrics http://%s/metrics", l.Addr(), l.Addr())
	go func() {
		if err := r.g.ServeAdmin(ctx, l); err != nil {
			failed <- err
		}
	}()
	return nil
}

// fileEvery is how often the file is looked at.
const fileEvery = time.Second

// wait follows the file until the end.
func (r *gatewayRun) wait(ctx context.Context, hup <-chan os.Signal, failed <-chan error) error {
	tick := time.NewTicker(fileEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case <-hup:
			r.reload()
		case <-tick.C:
			if r.file != "" && !changedAt(r.file).Equal(r.seen) {
				r.reload()
			}
		}
	}
}

// changedAt is zero for a file that is not there: an editor may be about to
// put it there.
func changedAt(file string) time.Time {
	info, err := os.Stat(file)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// reload reads the file again; one that is wrong changes nothing.
func (r *gatewayRun) reload() {
	if r.file == "" || changedAt(r.file).IsZero() {
		return
	}
	cfg, err := r.config()
	if err == nil {
		err = r.g.Reload(cfg)
	}
	if err != nil {
		r.seen = changedAt(r.file)
		r.say("not read again, the old configuration stays: %v", err)
		return
	}
	r.say("read %s again: %s", r.file, r.upstreams())
}

func (r *gatewayRun) upstreams() string {
	var out []string
	for _, route := range r.g.Config().Routes {
		var urls []string
		for _, u := range route.Upstreams {
			urls = append(urls, u.URL)
		}
		out = append(out, fmt.Sprintf("%s → %s (%s)", route.Path, strings.Join(urls, ", "), route.Balance))
	}
	return strings.Join(out, "; ")
}

// end lets requests finish.
func (r *gatewayRun) end() error {
	patience := r.g.Config().Timeouts.Stop
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	state := r.g.State()
	if n := state.Queue.InFlight + state.Queue.Depth; n > 0 {
		r.say("stopping: %d requests may finish within %v", n, patience)
	}
	n := r.g.Stop(ctx)
	if err := r.closeLog(ctx); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	if n > 0 {
		return fmt.Errorf("stop: %d connections were broken off after %v", n, patience)
	}
	r.say("stopped: %d requests were answered", r.g.State().Requests)
	return nil
}

// say tells the operator: on stderr, or among the events of the view.
func (r *gatewayRun) say(format string, args ...any) {
	if r.quiet.Load() {
		r.g.Note(fmt.Sprintf(format, args...))
		return
	}
	fmt.Fprintln(r.w.err, safeLines(fmt.Sprintf(format, args...)))
}
