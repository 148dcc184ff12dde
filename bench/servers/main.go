// Command servers compares mltop on a database server with the tools of that
// server's users, pg_activity and innotop, and measures what the server loses
// while mltop looks at it.
//
//	go run ./bench/servers -mltop bin/mltop -engine postgres
//
// It starts a throw-away server and a load of its own. A tool's cost is the
// time on a processor of its process tree and of the server's backends that
// serve it, while it draws once a second beside a load of 100 transactions a
// second. The loss is the throughput of pairs of runs, with and without, in an
// order that changes with each pair. It judges nothing.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// A contest is a server with its load and the tools that watch it.
type contest struct {
	name string
	pid  int // of the server
	load load
	// mltop and peer are commands that draw once a second; peer is nil when it
	// is not installed.
	mltop, peer *tool
	stop        func() error
}

type options struct {
	mltop   string
	dir     string // for what the tools write
	rounds  int
	pairs   int
	counted bool          // the server counts statements; else mltop looks at its sessions
	seconds time.Duration // of each run of the loss
}

func main() {
	engine := flag.String("engine", "postgres", "postgres or mariadb")
	o := options{}
	flag.StringVar(&o.mltop, "mltop", "bin/mltop", "the program under test")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds of the comparison with the peer; 0: none")
	flag.IntVar(&o.pairs, "pairs", 30, "pairs of runs for the loss; 0: none")
	flag.BoolVar(&o.counted, "counted", true, "PostgreSQL counts statements (pg_stat_statements), as one that is looked after does; else mltop looks at its sessions")
	flag.DurationVar(&o.seconds, "seconds", 10*time.Second, "length of a run of the loss")
	flag.Parse()
	if err := run(context.Background(), *engine, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench servers:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, engine string, o options) (err error) {
	if o.mltop, err = filepath.Abs(o.mltop); err != nil {
		return err
	}
	if o.dir, err = os.MkdirTemp("", "mltop-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(o.dir)
	start, ok := map[string]func(context.Context, options) (*contest, error){"postgres": postgres, "mariadb": mariadb}[engine]
	if !ok {
		return fmt.Errorf("no engine %q: postgres or mariadb", engine)
	}
	c, err := start(ctx, o)
	if err != nil {
		return err
	}
	defer func() { _ = c.stop() }() // the contest is told
	if err := c.compare(ctx, o); err != nil {
		return err
	}
	return c.lose(ctx, o)
}
