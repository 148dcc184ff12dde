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
	autoplay, keep bool
	seed           int64
}

func newDemo(w *world, o *options) *cobra.Command {
	f := demoFlags{}
	c := &cobra.Command{
		Use: "demo", Short: "A sample deployment, with the dashboard attached", Args: exactly(0, "no target"),
		Long: "Starts an HTTP server over a SQLite file and a client that loads it, each in a\n" +
			"process of its own, and attaches to them as to anybody's. Both end with mltop,\n" +
			"and their files go, unless --keep.",
		RunE: func(cmd *cobra.Command, _ []string) error { return runDemo(cmd, w, o, f) },
	}
	c.Flags().BoolVar(&f.autoplay, "autoplay", false, "press the keys by itself, until you press one")
	c.Flags().BoolVar(&f.keep, "keep", false, "keep the files of the sample deployment")
	c.Flags().Int64Var(&f.seed, "seed", 1, "of the data and the load")
	return c
}

// demoName is what the header calls the sample deployment.
const demoName = "orders-api"

func runDemo(cmd *cobra.Command, w *world, o *options, f demoFlags) error {
	if !w.terminal() && !o.plain {
		return usagef("the demo needs a terminal; without one: mltop demo --plain")
	}
	d, err := startDemo(cmd, o, f)
	if err != nil {
		return err
	}
	if f.keep {
		fmt.Fprintln(w.err, "the files stay: "+safeLines(d.server.Ready.Database))
	}
	return errors.Join(d.show(cmd.Context(), w, o, f.autoplay), d.stop())
}

// A sample is a running sample deployment and its load.
type sample struct {
	server *demo.Server
	load   *demo.Load
}

// startDemo runs this very program twice more: with go run, too.
func startDemo(cmd *cobra.Command, o *options, f demoFlags) (*sample, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find mltop's own program: %w", err)
	}
	server, err := demo.StartServer(cmd.Context(), []string{self, serverVerb, strconv.FormatInt(f.seed, 10), strconv.FormatBool(f.keep)})
	if err != nil {
		return nil, err
	}
	life := time.Duration(0)
	if cmd.Flags().Changed("duration") {
		life = o.duration
	}
	load, err := demo.StartClient(cmd.Context(), []string{self, clientVerb, server.Ready.Address, strconv.FormatInt(f.seed, 10),
		strconv.FormatFloat(server.Ready.ViewsPerSecond, 'g', -1, 64), life.String()})
	if err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return &sample{server, load}, nil
}

func (d *sample) stop() error { return errors.Join(d.load.Stop(), d.server.Stop()) }

// settings are what a user would have said of this deployment.
func (d *sample) settings(o *options) {
	o.queryLog = d.server.Ready.QueryLog
	if o.name == "" {
		o.name = demoName
	}
}

func (d *sample) show(ctx context.Context, w *world, o *options, autoplay bool) error {
	d.settings(o)
	a, err := openApp(ctx, w, o, d.server.Ready.Database, purpose{changes: true})
	if err != nil {
		return err
	}
	b := newBackend(a)
	b.events = append(b.events, d.cliff())
	if autoplay {
		return a.show(ctx, b, autoplayScript())
	}
	return a.show(ctx, b, nil)
}

func (d *sample) cliff() collectors.Event {
	return collectors.Event{At: d.server.Ready.Cliff, Kind: "log", Text: d.server.Ready.Event}
}
