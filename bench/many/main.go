// Command many holds mltop to servers that have much of something: thousands
// of sessions of which some wait for one, or a hundred thousand tables.
//
//	go run ./bench/many -mltop bin/mltop
//
// It starts throw-away servers, prints what each look of mltop's costs, in time
// and in bytes, and fails on an answer that is wrong. The tests run the same at
// a size that any machine has room for. 5,000 sessions of PostgreSQL take 7 GB.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// options say how much there is.
type options struct {
	mltop   string // the program under test
	dir     string // for what it writes
	engines []string
	crowd   crowdSize
	tables  int // that nobody uses, beside three
	say     func(format string, args ...any)
}

func main() {
	o := options{say: func(format string, args ...any) { fmt.Printf("  "+format+"\n", args...) }}
	engines := flag.String("engines", "mariadb,postgres", "which servers")
	flag.StringVar(&o.mltop, "mltop", "bin/mltop", "the program under test")
	flag.IntVar(&o.crowd.sessions, "sessions", 5000, "connections; 0: none")
	flag.IntVar(&o.crowd.waiting, "waiting", 1000, "of these wait for one")
	flag.IntVar(&o.tables, "tables", 100_000, "tables of a database; 0: none")
	flag.Parse()
	o.engines = strings.Split(*engines, ",")
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "bench many:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	if o.mltop, err = filepath.Abs(o.mltop); err != nil {
		return err
	}
	if o.dir, err = os.MkdirTemp("", "mltop-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(o.dir)
	for _, name := range o.engines {
		k, ok := kinds()[name]
		if !ok {
			return fmt.Errorf("no engine %q: mariadb or postgres", name)
		}
		if err := hold(ctx, k, o); err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
	}
	return nil
}

func hold(ctx context.Context, k kind, o options) error {
	if o.crowd.sessions > 0 {
		if err := crowded(ctx, k, o); err != nil {
			return err
		}
	}
	if o.tables > 0 {
		return tabled(ctx, k, o)
	}
	return nil
}
