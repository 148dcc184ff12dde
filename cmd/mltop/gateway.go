package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"mltop/internal/gateway"
	"mltop/internal/gateway/rowlog"
)

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
	r.g.PaceCollector()
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

func (r *gatewayRun) serve(ctx context.Context, stop func(), hup <-chan os.Signal) error {
	l, err := r.g.Listen()
	if err != nil {
		return listenError(err, r.g.Config().Listen, "--listen", seeProcesses)
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

// top shows the gateway until the user leaves, or the terminal is closed.
func (r *gatewayRun) top(ctx context.Context, cancel func(), hup <-chan os.Signal, failed <-chan error) error {
	cfg := r.g.Config()
	l := &gatewayLine{admin: "http://" + r.adminAt, token: cfg.Token, client: &http.Client{Timeout: r.o.timeout}}
	r.quiet.Store(true)
	defer r.quiet.Store(false)
	ended := make(chan error, 1)
	go func() {
		ended <- r.wait(ctx, r.whileThere(hup, cancel), failed)
		cancel()
	}()
	err := showTraffic(ctx, r.w, r.o, l)
	cancel()
	return errors.Join(err, <-ended)
}

// whileThere passes on the calls to read the file again. One that says that the
// terminal is closed ends the run: a gateway that was to be seen there would be
// one that nobody knows of.
func (r *gatewayRun) whileThere(hup <-chan os.Signal, end func()) <-chan os.Signal {
	reload := make(chan os.Signal, 1)
	go func() {
		for s := range hup {
			if !r.w.terminal() {
				end()
				return
			}
			reload <- s
		}
	}()
	return reload
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
		return listenError(fmt.Errorf("listen for the admin endpoint: %w", err), address, "--admin", seeProcesses)
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
