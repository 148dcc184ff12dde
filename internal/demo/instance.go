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
	"syscall"
	"time"
)

// InstanceOptions say how one more instance of the shop runs.
type InstanceOptions struct {
	Database string // the file that Serve built
	Address  string // to listen on
	// Late is how long each answer waits before it is looked for: a bad
	// machine. The shop itself never sleeps.
	Late   time.Duration
	Stdin  io.Reader // its end is the instance's end
	Stdout io.Writer // takes an instanceReady
}

// instanceReady is the line of JSON that an instance prints when it serves.
type instanceReady struct {
	Address string `json:"address"`
	PID     int    `json:"pid"`
}

// ServeInstance runs one of several instances of the shop over a database
// that is there.
func ServeInstance(ctx context.Context, o InstanceOptions) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	takeOrders(ctx, cancel, o.Stdin)
	// Several processes write: a transaction that began by reading would be
	// refused when another one was faster.
	db := openOne(fileDSN(o.Database, "?_busy_timeout=10000&_txlock=immediate"), nil)
	s := &shop{db, sqliteDialect(), sizesOf(SQLite).products}
	l, err := net.Listen("tcp", o.Address)
	if err != nil {
		return errors.Join(fmt.Errorf("open a port for an instance: %w", err), db.Close())
	}
	server := &http.Server{Handler: late(s.handler(), o.Late), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := json.NewEncoder(o.Stdout).Encode(instanceReady{l.Addr().String(), os.Getpid()}); err != nil {
		return errors.Join(fmt.Errorf("tell the parent that an instance is ready: %w", err), l.Close(), db.Close())
	}
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return errors.Join(fmt.Errorf("serve an instance: %w", err), db.Close())
	}
	return db.Close()
}

// An Instance is one of several instances of the shop, in its own process.
type Instance struct {
	Address string // "127.0.0.1:41234"
	PID     int
	*child
}

// StartInstance runs argv, which must call ServeInstance on its standard
// streams, and waits until it serves.
func StartInstance(ctx context.Context, argv []string) (*Instance, error) {
	c, err := startChild(ctx, argv)
	if err != nil {
		return nil, fmt.Errorf("start an instance: %w", err)
	}
	var r instanceReady
	if err := c.read(&r); err != nil {
		return nil, fmt.Errorf("start an instance: %w", err)
	}
	return &Instance{r.Address, r.PID, c}, nil
}

// Kill ends the instance as kill -9 does, and waits until it is gone.
func (i *Instance) Kill() error {
	if err := i.cmd.Process.Kill(); err != nil {
		return fmt.Errorf("kill an instance: %w", err)
	}
	err := i.Stop()
	if s, ok := i.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		return nil // by us
	}
	return err
}
