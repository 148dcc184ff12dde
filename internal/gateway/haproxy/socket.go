// Package haproxy steers a running HAProxy by its runtime API: it reads
// servers and their counts, and sets weights and states without a reload.
package haproxy

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// A Socket is where HAProxy takes commands: the path of a unix socket, or
// HOST:PORT.
type Socket string

// patience bounds a command: HAProxy answers within 65 µs where it is well.
const patience = 3 * time.Second

// mostBytes is an answer about tens of thousands of servers.
const mostBytes = 32 << 20

// ask sends one command, and answers what comes back.
func (s Socket) ask(ctx context.Context, command string) (string, error) {
	network := "unix"
	if !strings.Contains(string(s), "/") {
		network = "tcp"
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c, err := new(net.Dialer).DialContext(ctx, network, string(s))
	if err != nil {
		return "", fmt.Errorf("reach haproxy: %w", err)
	}
	defer c.Close()
	if end, ok := ctx.Deadline(); ok {
		if err := c.SetDeadline(end); err != nil {
			return "", fmt.Errorf("reach haproxy: %w", err)
		}
	}
	if _, err := io.WriteString(c, command+"\n"); err != nil {
		return "", fmt.Errorf("tell haproxy %q: %w", command, err)
	}
	out, err := io.ReadAll(io.LimitReader(c, mostBytes))
	if err != nil {
		return "", fmt.Errorf("ask haproxy %q: %w", command, err)
	}
	return string(out), nil
}

// Look reads what there is to know.
func (s Socket) Look(ctx context.Context) (World, error) {
	var texts [3]string
	for i, command := range []string{"show info", "show servers state", "show stat"} {
		var err error
		if texts[i], err = s.ask(ctx, command); err != nil {
			return World{}, err
		}
	}
	return parse(texts[0], texts[1], texts[2])
}

// do has orders carried out, one after the other. What HAProxy says to one is
// why it was not done: to what it does it says nothing.
func (s Socket) do(ctx context.Context, orders []string) error {
	for _, o := range orders {
		said, err := s.ask(ctx, o)
		if err != nil {
			return err
		}
		if said = strings.Join(strings.Fields(said), " "); said != "" {
			return &refused{o, said}
		}
	}
	return nil
}

// A refused order was understood, and is not carried out.
type refused struct{ order, said string }

func (r *refused) Error() string { return r.order + ": " + r.said }

// isStatic: the backend's algorithm takes no weights but 0 and the configured
// one.
func (r *refused) isStatic() bool { return strings.Contains(r.said, "static LB algorithm") }
