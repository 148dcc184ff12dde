package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// ServeOptions say how the sample deployment runs.
type ServeOptions struct {
	Engine Engine // "" is SQLite
	Seed   int64
	Keep   bool   // leave the folder with its files; a server's are gone in any case
	Dir    string // where the folder is made; "" is the system's temporary one
	// Stdin takes orders, one a line: "hold" makes the back office forget a
	// transaction. Its end is the server's end.
	Stdin  io.Reader
	Stdout io.Writer // takes lines of JSON: what is being done, a Ready, answers
}

// A deployment is the shop with its database and its listener.
type deployment struct {
	dir     *workdir
	store   store
	queries *queryLog
	shop    *shop
	office  *office // nil until it was told to hold
	ready   Ready
}

// Serve runs the sample deployment until ctx or Stdin ends, whichever comes
// first, and then removes its files.
func Serve(ctx context.Context, o ServeOptions) error {
	if o.Engine == "" {
		o.Engine = SQLite
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	orders := takeOrders(ctx, cancel, o.Stdin)
	d, err := deploy(ctx, o, time.Now())
	if err != nil {
		return err
	}
	return errors.Join(d.listen(ctx, orders, o.Stdout), d.close())
}

// takeOrders passes on the lines of stdin, and calls end at its end.
func takeOrders(ctx context.Context, end func(), stdin io.Reader) <-chan string {
	orders := make(chan string, 1) // one may come while nobody listens yet
	go func() {
		defer end()
		for line := range readCommands(ctx, stdin) {
			select {
			case orders <- line:
			case <-ctx.Done():
			}
		}
	}()
	return orders
}

// deploy builds the database and opens the shop on it.
func deploy(ctx context.Context, o ServeOptions, started time.Time) (*deployment, error) {
	dir, err := openWorkdir(o.Dir, o.Keep)
	if err != nil {
		return nil, err
	}
	d := &deployment{dir: dir}
	if err := d.build(ctx, o, started); err != nil {
		return nil, errors.Join(fmt.Errorf("build the sample deployment: %w", err), d.close())
	}
	return d, nil
}

func (d *deployment) build(ctx context.Context, o ServeOptions, started time.Time) error {
	out := json.NewEncoder(o.Stdout)
	say := func(text string) { _ = out.Encode(doing{text}) } // a parent that is gone ends Stdin too
	var err error
	if d.store, err = openStore(o.Engine, d.dir, say); err != nil {
		return err
	}
	costs, err := calibrate(ctx, d.store, sizesOf(o.Engine), o.Seed)
	if err != nil {
		return err
	}
	end := roundedEnd(time.Now())
	p := past{seed: o.Seed, end: end, cliff: cliffBefore(end), costs: costs, sizes: sizesOf(o.Engine), connections: d.store.connections()}
	if err := d.store.build(ctx, p); err != nil {
		return err
	}
	if d.queries, err = openQueryLog(d.dir.file("queries.jsonl")); err != nil {
		return err
	}
	d.shop = &shop{d.store.open(d.queries), d.store.dialect(), p.sizes.products}
	d.ready = readyLine(o.Engine, p, d, time.Since(started))
	return nil
}

func readyLine(e Engine, p past, d *deployment, took time.Duration) Ready {
	target, admin := d.store.addresses()
	return Ready{
		Engine:         e,
		Database:       target,
		Admin:          admin,
		QueryLog:       d.queries.path,
		PID:            os.Getpid(),
		Cliff:          p.cliff,
		Event:          cliffEvent,
		ViewsPerSecond: p.costs.views(),
		SlowSeconds:    p.costs.now[routeOrder].Seconds(),
		FastSeconds:    p.costs.before[routeOrder].Seconds(),
		BuildSeconds:   took.Seconds(),
	}
}

// listen serves, and obeys, until ctx ends.
func (d *deployment) listen(ctx context.Context, orders <-chan string, stdout io.Writer) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("open a port for the sample deployment: %w", err)
	}
	d.ready.Address = l.Addr().String()
	server := &http.Server{Handler: d.shop.handler(), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	out := json.NewEncoder(stdout)
	if err := out.Encode(d.ready); err != nil {
		return errors.Join(fmt.Errorf("tell the parent that the sample deployment is ready: %w", err), l.Close())
	}
	obeying, end := context.WithCancel(ctx)
	var obeyed sync.WaitGroup
	obeyed.Go(func() { d.obey(obeying, orders, out) })
	defer obeyed.Wait()
	defer end()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the sample deployment: %w", err)
	}
	return nil
}

// close lets go of the database and the files, and removes them.
func (d *deployment) close() error {
	var errs []error
	if d.office != nil {
		d.office.close()
	}
	if d.shop != nil {
		errs = append(errs, d.shop.db.Close())
	}
	if d.queries != nil {
		errs = append(errs, d.queries.close())
	}
	if d.store != nil {
		errs = append(errs, d.store.close())
	}
	return errors.Join(append(errs, d.dir.close())...)
}
