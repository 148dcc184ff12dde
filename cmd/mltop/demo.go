package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"mltop/collectors"
	"mltop/internal/demo"
)

// demoFlags are those of mltop demo alone.
type demoFlags struct {
	autoplay, tour, keep, gateway bool
	seed                          int64
	engine                        string
}

// server is the command line of the sample deployment: this very program,
// with go run, too.
func (f demoFlags) server(self string) []string {
	return []string{self, serverVerb, f.engine, strconv.FormatInt(f.seed, 10), strconv.FormatBool(f.keep)}
}

// client is that of the outside client; life of 0 is until its pipe closes.
func (f demoFlags) client(self string, r demo.Ready, life time.Duration) []string {
	return []string{self, clientVerb, string(r.Engine), r.Address, strconv.FormatInt(f.seed, 10), strconv.FormatFloat(r.ViewsPerSecond, 'g', -1, 64), life.String()}
}

func newDemo(w *world, o *options) *cobra.Command {
	f := demoFlags{}
	c := &cobra.Command{
		Use: "demo", Short: "A sample deployment, with the dashboard attached", Args: exactly(0, "no target"),
		Long: "Starts an HTTP server over a database and a client that loads it, each in a\n" +
			"process of its own, and attaches to them as to anybody's. Both end with mltop,\n" +
			"and their files go, unless --keep. The database is a SQLite file, or a\n" +
			"throw-away MariaDB or PostgreSQL of its own where these are installed.",
		RunE: func(cmd *cobra.Command, _ []string) error { return runDemo(cmd, w, o, f) },
	}
	c.Flags().StringVar(&f.engine, "engine", string(demo.SQLite), "the database under it: sqlite, mariadb, postgres")
	c.Flags().BoolVar(&f.autoplay, "autoplay", false, "press the keys by itself, until you press one")
	c.Flags().BoolVar(&f.tour, "tour", false, "do the same without a screen, and fail if it did not help")
	c.Flags().BoolVar(&f.gateway, "gateway", false, "three instances behind a gateway, one of them slow; one is killed and comes back")
	c.Flags().BoolVar(&f.keep, "keep", false, "keep the files of the sample deployment")
	c.Flags().Int64Var(&f.seed, "seed", 1, "of the data and the load")
	return c
}

// check refuses what cannot be.
func (f *demoFlags) check() error {
	e, err := demo.ParseEngine(f.engine)
	if err != nil {
		return usagef("--engine: %v", err)
	}
	if f.engine = string(e); f.keep && e.Server() {
		return usagef("--keep keeps the file of a SQLite demo: a throw-away server takes its files with it")
	}
	if f.gateway && (demo.Engine(f.engine).Server() || f.autoplay || f.keep) {
		return usagef("--gateway has a scene and files of its own: it goes with --tour and --seed alone")
	}
	return nil
}

// demoName is what the header calls the sample deployment.
const demoName = "orders-api"

func runDemo(cmd *cobra.Command, w *world, o *options, f demoFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	if f.tour && f.gateway {
		return runFleetTour(cmd.Context(), w, f)
	}
	if f.tour {
		return runTour(cmd.Context(), w, o, f)
	}
	if !w.terminal() && !o.plain {
		return usagef("the demo needs a terminal; without one: mltop demo --tour, or --plain")
	}
	life := time.Duration(0)
	if cmd.Flags().Changed("duration") {
		life = o.duration
	}
	if f.gateway {
		return runFleet(cmd.Context(), w, o, f, life)
	}
	thrift(w.getenv, gcPercent)
	leave := func() {}
	if !demo.Engine(f.engine).Server() { // a server takes some seconds, and says what it is at
		leave = demoSketch(w, o)
	}
	d, err := startDemo(cmd.Context(), f, life, func(text string) { fmt.Fprintln(w.err, safeLines(text)+" …") })
	if err != nil {
		leave()
		return err
	}
	if f.keep {
		leave()
		fmt.Fprintln(w.err, "the files stay: "+safeLines(d.server.Ready.Database))
	}
	ctx, cancel := lasting(cmd.Context(), life)
	defer cancel()
	err = d.show(ctx, w, o, f.autoplay, leave)
	if cmd.Context().Err() == nil && ctx.Err() != nil {
		err = nil // its time was over, as was asked
	}
	return errors.Join(err, d.stop())
}

// demoSketch draws the first frame while the sample deployment is built.
func demoSketch(w *world, o *options) (leave func()) {
	a := &app{w: w, o: o, label: engineLabel("sqlite"), purpose: purpose{changes: true}}
	if o.name == "" {
		a.target.path = demoName
	}
	return a.draw()
}

// lasting ends a context after a while; 0 is never.
func lasting(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if d <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, d)
}

// A sample is a running sample deployment and its load.
type sample struct {
	server *demo.Server
	load   *demo.Load
}

func startDemo(ctx context.Context, f demoFlags, life time.Duration, say func(string)) (*sample, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find mltop's own program: %w", err)
	}
	server, err := demo.StartServer(ctx, f.server(self), say)
	if err != nil {
		return nil, err
	}
	load, err := demo.StartClient(ctx, f.client(self, server.Ready, life))
	if err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return &sample{server, load}, nil
}

func (d *sample) stop() error { return errors.Join(d.load.Stop(), d.server.Stop()) }

// demoSettings are what a user would have said of this deployment.
func demoSettings(o *options, r demo.Ready) {
	o.queryLog = r.QueryLog
	o.allowScratch = r.Engine.Server() // it is thrown away with all that is on it
	if o.name == "" {
		o.name = demoName
	}
}

// show attaches to the sample; leave takes the first frame away when that
// fails.
func (d *sample) show(ctx context.Context, w *world, o *options, autoplay bool, leave func()) error {
	demoSettings(o, d.server.Ready)
	a, err := openApp(ctx, w, o, d.server.Ready.Database, purpose{changes: true})
	if err != nil {
		leave()
		return err
	}
	b := newBackend(a)
	b.events = append(b.events, d.cliff())
	ctx, end := context.WithCancel(ctx)
	defer end()
	d.secondScene(ctx, b)
	if autoplay {
		return a.show(ctx, b, autoplayScript(d.server.Ready.Engine.Server()))
	}
	return a.show(ctx, b, nil)
}

func (d *sample) cliff() collectors.Event {
	return collectors.Event{At: d.server.Ready.Cliff, Kind: "log", Text: d.server.Ready.Event}
}
