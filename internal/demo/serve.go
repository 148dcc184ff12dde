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
	"time"
)

// ServeOptions say how the sample deployment runs.
type ServeOptions struct {
	Seed   int64
	Keep   bool      // leave the folder with its files
	Dir    string    // where the folder is made; "" is the system's temporary one
	Stdin  io.Reader // its end is the server's end
	Stdout io.Writer // takes one line of JSON, a Ready
}

// A deployment is the shop with its files and its listener.
type deployment struct {
	dir     *workdir
	queries *queryLog
	shop    *shop
	ready   Ready
}

// Serve runs the sample deployment until ctx or Stdin ends, whichever comes
// first, and then removes its files.
func Serve(ctx context.Context, o ServeOptions) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, o.Stdin)
	}()
	d, err := deploy(ctx, o, time.Now())
	if err != nil {
		return err
	}
	return errors.Join(d.listen(ctx, o.Stdout), d.close())
}

// deploy builds the files and opens the shop on them.
func deploy(ctx context.Context, o ServeOptions, started time.Time) (*deployment, error) {
	dir, err := openWorkdir(o.Dir, o.Keep)
	if err != nil {
		return nil, err
	}
	d := &deployment{dir: dir}
	if err := d.build(ctx, o.Seed, started); err != nil {
		return nil, errors.Join(fmt.Errorf("build the sample deployment: %w", err), d.close())
	}
	return d, nil
}

func (d *deployment) build(ctx context.Context, seed int64, started time.Time) error {
	model, err := os.MkdirTemp(d.dir.path, "model-")
	if err != nil {
		return err
	}
	costs, err := calibrate(ctx, model, seed)
	if err != nil {
		return errors.Join(err, os.RemoveAll(model))
	}
	end := roundedEnd(time.Now())
	p := past{seed: seed, end: end, cliff: cliffBefore(end), costs: costs, sizes: fullSizes()}
	if err := build(ctx, d.dir.file("shop.db"), p); err != nil {
		return err
	}
	if err := d.open(); err != nil {
		return err
	}
	d.ready = readyLine(p, d.dir, time.Since(started))
	return os.RemoveAll(model)
}

func readyLine(p past, dir *workdir, took time.Duration) Ready {
	return Ready{
		Database:       dir.file("shop.db"),
		QueryLog:       dir.file("queries.jsonl"),
		PID:            os.Getpid(),
		Cliff:          p.cliff,
		Event:          cliffEvent,
		ViewsPerSecond: p.costs.views(),
		SlowSeconds:    p.costs.now[routeOrder].Seconds(),
		FastSeconds:    p.costs.before[routeOrder].Seconds(),
		BuildSeconds:   took.Seconds(),
	}
}

// open opens the shop on its file, as an application would that never read
// about PRAGMAs: a rollback journal, and every commit synced several times.
func (d *deployment) open() (err error) {
	if d.queries, err = openQueryLog(d.dir.file("queries.jsonl")); err != nil {
		return err
	}
	d.shop = &shop{openOne(fileDSN(d.dir.file("shop.db"), "?_busy_timeout=5000"), d.queries)}
	return nil
}

// listen serves until ctx ends.
func (d *deployment) listen(ctx context.Context, stdout io.Writer) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("open a port for the sample deployment: %w", err)
	}
	d.ready.Address = l.Addr().String()
	server := &http.Server{Handler: d.shop.handler(), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := json.NewEncoder(stdout).Encode(d.ready); err != nil {
		return errors.Join(fmt.Errorf("tell the parent that the sample deployment is ready: %w", err), l.Close())
	}
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the sample deployment: %w", err)
	}
	return nil
}

// close lets go of the files and removes them.
func (d *deployment) close() error {
	var err error
	if d.shop != nil {
		err = d.shop.db.Close()
	}
	if d.queries != nil {
		err = errors.Join(err, d.queries.close())
	}
	return errors.Join(err, d.dir.close())
}
