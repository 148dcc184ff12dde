// Command mltop watches a running HTTP deployment and its SQL database, and
// tunes it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	w := newWorld()
	args, hidden, err := uncover(os.Args[1:])
	if err != nil {
		os.Exit(w.exit(err))
	}
	w.secrets, w.getenv = hidden, hidden.getenv
	// SIGHUP is the closing of the terminal: all three end a run in order, so
	// that the terminal is given back and a running change is swept.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := run(ctx, w, args)
	stop()
	os.Exit(code)
}

// run carries out one command line and answers the exit code.
func run(ctx context.Context, w *world, args []string) int {
	root := newRoot(w)
	root.SetArgs(args)
	root.SetIn(w.in)
	root.SetOut(w.out)
	root.SetErr(w.err)
	return w.exit(root.ExecuteContext(ctx))
}
