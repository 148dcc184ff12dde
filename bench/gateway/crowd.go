package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"mltop/bench/measure"
)

// askers open connections at once: a listener's queue has some thousand places.
const askers = 16

// settling is what servers get to give back what answering took.
const settling = 3 * time.Second

// crowd compares the memory of connections that have had an answer and stay.
func (s *stage) crowd(ctx context.Context) error {
	if s.o.idle == 0 {
		return nil
	}
	return s.with(ctx, false, proxies(), func(all []*process) error {
		fmt.Printf("private memory (RssAnon) with %d idle connections, each of which had one answer:\n", s.o.idle)
		for _, p := range all {
			if err := s.crowdAt(ctx, p); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *stage) crowdAt(ctx context.Context, p *process) error {
	before, err := measure.Private(p.pid())
	if err != nil {
		return err
	}
	idle := make([]net.Conn, s.o.idle)
	defer func() {
		for _, c := range idle {
			if c != nil {
				c.Close()
			}
		}
	}()
	if err := eachAsker(ctx, len(idle), func(i int) (err error) {
		idle[i], err = enter(ctx, p.address)
		return err
	}); err != nil {
		return fmt.Errorf("connect to %s: %w", p.name, err)
	}
	select {
	case <-time.After(settling):
	case <-ctx.Done():
		return ctx.Err()
	}
	with, err := measure.Private(p.pid())
	if err != nil {
		return err
	}
	return tellCrowd(ctx, p, idle, before, with)
}

func tellCrowd(ctx context.Context, p *process, idle []net.Conn, before, with int64) error {
	var stayed atomic.Int64
	err := eachAsker(ctx, len(idle), func(i int) error {
		if ask(idle[i]) == nil {
			stayed.Add(1)
		}
		return nil
	})
	bound := ""
	if p.name == "mltop" {
		bound = " (bound: 150 MB)"
	}
	fmt.Printf("  %-14s %.1f MB, %.1f before: %.1f kB each; %d of them answered again%s\n", p.name,
		float64(with)/1e6, float64(before)/1e6, float64(with-before)/1e3/float64(len(idle)), stayed.Load(), bound)
	return err
}

// eachAsker does n things, several at a time, until one fails.
func eachAsker(ctx context.Context, n int, do func(i int) error) error {
	var next atomic.Int64
	var work sync.WaitGroup
	failed := make([]error, askers)
	for a := range askers {
		work.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && failed[a] == nil; i = int(next.Add(1)) - 1 {
				failed[a] = errors.Join(ctx.Err(), do(i))
			}
		})
	}
	work.Wait()
	return errors.Join(failed...)
}

// enter opens a connection and gets one answer.
func enter(ctx context.Context, address string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if err := ask(c); err != nil {
		return c, fmt.Errorf("ask once: %w", err)
	}
	return c, nil
}

func ask(c net.Conn) error {
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: bench\r\n\r\n"); err != nil {
		return err
	}
	r, err := http.ReadResponse(bufio.NewReaderSize(c, 512), nil)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return err
	}
	if r.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %s", r.Status)
	}
	return nil
}
