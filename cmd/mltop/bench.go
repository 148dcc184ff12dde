package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"mltop/internal/loadtest"
	"mltop/internal/units"
)

const benchLong = `Sends requests to a deployment, and counts every latency from the instant at
which the request was due: a target that stalls cannot hide it.

  mltop bench URL -c 50 -d 30s                fifty connections, each as fast as it is answered
  mltop bench URL --rate 1000 -d 30s          a thousand a second, answered or not
  mltop bench shop.yaml                       a scenario: routes, users, stages, thresholds
  mltop bench URL --attach app.db --tune      test, advise, apply after asking, test again
  mltop bench shop.yaml --find-knee           the highest rate that the target sustains
  mltop bench URL --attach app.db             and what its database and machine did meanwhile
  mltop bench init --from access.log          a scenario out of real traffic
  mltop bench compare A… -- B…                what differs between kept runs

A test lasts -d, or 10 s, and a scenario as long as it says. -o hdr writes the
distribution of latencies, csv a row for each second, html a page of curves.

Requests go to this machine and to private networks only, unless --allow-host
names the host. On a terminal the test is shown while it runs: + and - change
the rate or the users, space pauses, x stops with the results kept, q asks. With
-o, --no-view or without a terminal there is a line of progress. Ctrl+C ends the
test with the results so far, a second one at once. Exit code 4: a threshold was
broken.`

// A benchFlags is what the command line says of a test.
type benchFlags struct {
	quick       loadtest.QuickOptions
	gate        loadtest.Gate
	thresholds  []string
	abortAfter  time.Duration
	insecure    bool
	ca          string
	maxRate     float64
	maxDuration time.Duration
	forget      bool
	noView      bool
	attach      string
	tune        bool
	knee        bool
	kneeStep    time.Duration
}

// The bounds of a test of which nobody said anything. The length is long
// enough for a P99; more than 50,000 requests a second, or a test of more than
// an hour, is rarely meant.
const (
	benchConnections    = 10
	benchMaxConnections = 1000
	benchDuration       = 10 * time.Second
	benchMaxRate        = 50_000
	benchMaxDuration    = time.Hour
	benchRedirects      = 5
)

func newBench(w *world, o *options) *cobra.Command {
	f := &benchFlags{}
	c := &cobra.Command{
		Use: "bench URL|SCENARIO", Short: "A load test that counts from when each request was due", Long: benchLong,
		Args: verbOr(exactly(1, "one URL or scenario")), Annotations: map[string]string{outputsKey: "hdr"},
		RunE: func(cmd *cobra.Command, args []string) error {
			b := &bench{w: w, o: o, f: f}
			return b.run(cmd.Context(), args[0])
		},
	}
	f.register(c, o)
	c.AddCommand(newBenchInit(w, o), newBenchCompare(w, o), newBenchRuns(w, o))
	return c
}

func (f *benchFlags) register(c *cobra.Command, o *options) {
	p := c.Flags()
	p.IntVarP(&f.quick.Connections, "connections", "c", benchConnections, "connections; with --rate those at the start")
	p.IntVar(&f.quick.MaxConnections, "max-connections", benchMaxConnections, "with --rate: the most connections")
	p.Float64Var(&f.quick.Rate, "rate", 0, "`NUMBER` of requests a second, whether or not others have been answered")
	// -d is that of all verbs, in words of this one.
	p.DurationVarP(&o.duration, "duration", "d", defaultDuration, "how long the test lasts; a scenario: as long as it says")
	p.Lookup("duration").DefValue = benchDuration.String()
	p.DurationVar(&f.quick.Warmup, "warmup", 0, "send this long before counting")
	p.StringVarP(&f.quick.Method, "method", "X", "GET", "of the request")
	p.StringArrayVarP(&f.quick.Headers, "header", "H", nil, "`NAME: VALUE` of the request")
	p.StringVar(&f.quick.Body, "body", "", "`TEXT` of the request")
	p.IntVar(&f.quick.Redirects, "redirects", benchRedirects, "how many are followed within one request")
	p.BoolVar(&f.quick.NewConnections, "new-connections", false, "open a connection for each request")
	p.BoolVar(&f.quick.HTTP2, "http2", false, "speak HTTP/2")
	p.Uint64Var(&f.quick.Seed, "seed", 0, "`NUMBER` that decides chances; 0 takes a new one")
	p.BoolVar(&f.insecure, "insecure", false, "trust every certificate")
	p.StringVar(&f.ca, "ca", "", "`FILE` of certificates to trust")
	p.StringArrayVar(&f.thresholds, "threshold", nil, "`BOUND` that the test must keep: 'p95 < 300ms', 'error_ratio < 1%'")
	p.DurationVar(&f.abortAfter, "abort-after", 0, "end the test when a threshold was broken for so long")
	p.StringArrayVar(&f.gate.AllowHosts, "allow-host", nil, "send to this `HOST` too, which is not on a private network")
	p.BoolVar(&f.gate.AllowUnsafe, "allow-unsafe", false, "send POST, PUT, PATCH and DELETE there too")
	p.BoolVar(&f.knee, "find-knee", false, "try rates until the highest that the target sustains is known")
	p.DurationVar(&f.kneeStep, "knee-step", kneeStep, "with --find-knee: how long each rate is tried")
	p.StringVar(&f.attach, "attach", "", "watch this `TARGET`, a database, beside the test")
	p.BoolVar(&f.tune, "tune", false, "with --attach: test, apply what the advisor finds after asking, test again")
	p.BoolVar(&f.noView, "no-view", false, "on a terminal: a line of progress instead of the screen")
	p.BoolVar(&f.forget, "no-keep", false, "do not keep the result for mltop bench compare")
	p.Float64Var(&f.maxRate, "max-rate", benchMaxRate, "the highest `NUMBER` of requests a second that may be asked for")
	p.DurationVar(&f.maxDuration, "max-duration", benchMaxDuration, "the longest test that may be asked for")
}

// A bench is one load test and what came of it.
type bench struct {
	w        *world
	o        *options
	f        *benchFlags
	commands benchCommands
}

func (b *bench) run(ctx context.Context, what string) error {
	if b.f.knee && b.f.attach != "" {
		return usagef("--attach is of one test, and --find-knee makes many")
	}
	if b.f.tune && (b.f.attach == "" || b.f.knee) {
		return usagef("--tune needs --attach TARGET, whose advice it applies, and goes without --find-knee")
	}
	p, err := b.plan(what)
	if err != nil {
		return err
	}
	r, err := loadtest.New(ctx, p, loadtest.Config{Gate: &b.f.gate, Command: b.commands.run})
	if err != nil {
		return usagef("%v", err)
	}
	if b.f.knee {
		return b.findKnee(ctx, p)
	}
	if b.f.tune {
		return b.tune(ctx, p)
	}
	res, err := b.watched(ctx, r)
	if res == nil {
		return err
	}
	return errors.Join(err, b.keep(res), b.deliver(res), verdict(res))
}

// watched runs a test, and puts beside its result what the attached target
// did meanwhile.
func (b *bench) watched(ctx context.Context, r *loadtest.Run) (*loadtest.Result, error) {
	beside, err := b.attach(ctx)
	if err != nil {
		return nil, err
	}
	res, err := b.do(ctx, r, beside)
	err = errors.Join(err, beside.close())
	if res != nil {
		beside.tell(&res.Bench, r.Began())
	}
	return res, err
}

// keep keeps a result; a state folder that cannot be written to costs only
// that.
func (b *bench) keep(res *loadtest.Result) error {
	if b.f.forget {
		return nil
	}
	if err := b.o.paths.MakeState(); err != nil {
		return err
	}
	return errors.Join(newBenchStore(b.o.paths).keep(&res.Bench), b.o.paths.Settle())
}

// do runs a test and tells of it meanwhile; a second signal ends the program.
func (b *bench) do(ctx context.Context, r *loadtest.Run, beside *benchBeside) (*loadtest.Result, error) {
	tell, err := b.teller(r, beside)
	if err != nil {
		return nil, err
	}
	second := make(chan os.Signal, 2)
	signal.Notify(second, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(second)
	over, told := make(chan struct{}), make(chan error, 1)
	end := sync.OnceFunc(func() { close(over) })
	go b.exitOnSecond(second, over, func() {
		end()
		select { // the screen gives the terminal back
		case <-told: //nolint:errcheck // the program ends here
		case <-time.After(screenRest):
		}
	})
	go func() { told <- tell(over) }()
	res, err := r.Do(ctx)
	end()
	return res, errors.Join(err, <-told) // the screen is gone before the result is written
}

// screenRest is how long who wants to be gone waits for the screen to be.
const screenRest = 2 * time.Second

// exitOnSecond: the first signal ends the test with its results, the next one
// the program and the commands that it has started.
func (b *bench) exitOnSecond(signals <-chan os.Signal, over <-chan struct{}, leave func()) {
	for range 2 {
		select {
		case <-signals:
		case <-over:
			return
		}
	}
	b.commands.kill()
	leave()
	os.Exit(exitError)
}

// verdict is the exit code of a result.
func verdict(res *loadtest.Result) error {
	broken := 0
	for _, t := range res.Thresholds {
		if t.Broken {
			broken++
		}
	}
	switch {
	case broken > 0:
		return findingsf("%d of %d thresholds broken", broken, len(res.Thresholds))
	case res.Stopped != "":
		return errors.New("stopped " + res.Stopped + ": these are the results so far")
	case res.Sent > 0 && len(res.Statuses) == 0: // a test of nothing is no success
		return fmt.Errorf("not one of %s requests was answered", units.Whole(int64(res.Sent)))
	}
	return nil
}
