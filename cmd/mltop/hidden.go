package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"mltop/internal/db/sqlite"
	"mltop/internal/demo"
)

// The hidden verbs: what mltop starts itself as. Each ends when the pipe from
// its parent closes.
const (
	// countersVerb reads the raw bytes of a database file: in mltop's own
	// process that would drop SQLite's locks.
	countersVerb = "__counters"
	serverVerb   = "__demo-server"
	clientVerb   = "__demo-client"
	instanceVerb = "__demo-instance"
)

func hidden(w *world, _ *options) []*cobra.Command {
	verb := func(name string, args int, run func(*cobra.Command, []string) error) *cobra.Command {
		return &cobra.Command{Use: name, Hidden: true, DisableFlagParsing: true, Args: cobra.ExactArgs(args), RunE: run}
	}
	return []*cobra.Command{
		verb(countersVerb, 1, func(_ *cobra.Command, args []string) error {
			return sqlite.ServeCounters(w.in, w.out, args[0])
		}),
		verb(serverVerb, 3, func(cmd *cobra.Command, args []string) error { return demoServer(cmd, w, args) }),
		verb(instanceVerb, 3, func(cmd *cobra.Command, args []string) error { return demoInstance(cmd.Context(), w, args) }),
		verb(clientVerb, 5, func(cmd *cobra.Command, args []string) error { return demoClient(cmd, w, args) }),
	}
}

// demoServer takes ENGINE SEED KEEP.
func demoServer(cmd *cobra.Command, w *world, args []string) error {
	engine, err := demo.ParseEngine(args[0])
	if err != nil {
		return err
	}
	seed, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return fmt.Errorf("read the seed: %w", err)
	}
	return demo.Serve(cmd.Context(), demo.ServeOptions{Engine: engine, Seed: seed, Keep: args[2] == "true", Stdin: w.in, Stdout: w.out})
}

// demoClient takes ENGINE ADDRESS SEED VIEWS DURATION.
func demoClient(cmd *cobra.Command, w *world, args []string) error {
	engine, err := demo.ParseEngine(args[0])
	if err != nil {
		return err
	}
	seed, err := strconv.ParseInt(args[2], 10, 64)
	if err != nil {
		return fmt.Errorf("read the seed: %w", err)
	}
	views, err := strconv.ParseFloat(args[3], 64)
	if err != nil {
		return fmt.Errorf("read the load: %w", err)
	}
	life, err := time.ParseDuration(args[4])
	if err != nil {
		return fmt.Errorf("read the duration: %w", err)
	}
	return demo.Client(cmd.Context(), demo.ClientOptions{
		Engine: engine, Address: args[1], Seed: seed, ViewsPerSecond: views, Duration: life, Stdin: w.in, Stdout: w.out,
	})
}
