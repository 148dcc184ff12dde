// Command gateway measures mltop gateway beside HAProxy, nginx and Caddy, and
// its cache beside Varnish, in front of the same nginx.
//
//	go run ./bench/gateway -mltop bin/mltop
//
// All run at once on this machine, with as many threads; rounds are
// interleaved, each in another order, and figures compared round by round.
// mltop balances, checks health, counts and writes its request log; the peers
// balance and, but for nginx, check health; their access logs are off unless
// -logs is given. It judges nothing.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

type options struct {
	mltop   string
	rounds  int
	seconds int // of each run
	threads int
	rate    int  // requests a second at which latency is compared; 0: not
	idle    int  // connections whose memory is compared; 0: not
	logs    bool // the peers write access logs too
}

func main() {
	var o options
	flag.StringVar(&o.mltop, "mltop", "bin/mltop", "the program")
	flag.IntVar(&o.rounds, "rounds", 5, "of each contest; 0: memory alone")
	flag.IntVar(&o.seconds, "seconds", 5, "of each run")
	flag.IntVar(&o.threads, "threads", 2, "of each proxy, and of wrk")
	flag.IntVar(&o.rate, "rate", 1000, "requests a second at which latency is compared; 0: not at all")
	flag.IntVar(&o.idle, "idle", 10_000, "idle connections whose memory is compared; 0: not at all")
	flag.BoolVar(&o.logs, "logs", false, "the peers write access logs too")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench gateway: "+err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	for _, needed := range []string{"nginx", "wrk"} {
		if _, err := exec.LookPath(needed); err != nil {
			fmt.Printf("left out: %s is not here (Debian: apt-get install nginx-light wrk)\n", needed)
			return nil
		}
	}
	if o.mltop, err = filepath.Abs(o.mltop); err != nil {
		return err
	}
	s, err := openStage(ctx, o)
	if err != nil {
		return err
	}
	defer s.close()
	introduce(o)
	for _, contest := range []func(context.Context) error{s.load, s.latency, s.cached, s.crowd} {
		if err := contest(ctx); err != nil {
			return interrupted(ctx, err)
		}
	}
	fmt.Println("rows a second of the log's writer: go test -run xxx -bench . -benchtime 300000x ./internal/gateway/rowlog")
	return nil
}

// interrupted says so, instead of what failed because of it.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("ended before its end: %w", ctx.Err())
	}
	return err
}

func introduce(o options) {
	load, _ := os.ReadFile("/proc/loadavg")
	fmt.Printf("load of the machine before: %s", load)
	logs := "off"
	if o.logs {
		logs = "on"
	}
	fmt.Printf("%d threads each, wrk -t%d -c%d, rounds of %v; mltop's request log on, access logs of the peers %s\n",
		o.threads, o.threads, connections, time.Duration(o.seconds)*time.Second, logs)
}
