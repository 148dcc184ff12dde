package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// A load runs transactions on the server for a time (0: until its context
// ends), at most so many a second (0: as many as it can), and answers how many
// a second it did.
type load func(ctx context.Context, rate float64, span time.Duration) (float64, error)

const (
	steadyRate = 100 // transactions a second beside which tools are compared
	clients    = 2
	accounts   = 100_000
)

// bank is pgbench's own transaction, which TPC-B describes, for servers that
// have no pgbench: three updates, a look and an insert.
func bank(d *sql.DB) load {
	return func(ctx context.Context, rate float64, span time.Duration) (float64, error) {
		if span > 0 {
			var cancel func()
			ctx, cancel = context.WithTimeout(ctx, span)
			defer cancel()
		}
		var done atomic.Int64
		var failed error
		var once sync.Once
		var work sync.WaitGroup
		began := time.Now()
		for range clients {
			work.Go(func() {
				if err := client(ctx, d, rate/clients, &done); err != nil {
					once.Do(func() { failed = err })
				}
			})
		}
		work.Wait()
		return float64(done.Load()) / time.Since(began).Seconds(), failed
	}
}

func client(ctx context.Context, d *sql.DB, rate float64, done *atomic.Int64) error {
	c, err := d.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect the load: %w", err)
	}
	defer c.Close()
	for ctx.Err() == nil {
		began := time.Now()
		if err := transfer(context.WithoutCancel(ctx), c); err != nil {
			return fmt.Errorf("run the load: %w", err)
		}
		done.Add(1)
		if rate > 0 {
			time.Sleep(time.Until(began.Add(time.Duration(float64(time.Second) / rate))))
		}
	}
	return nil
}

func transfer(ctx context.Context, c *sql.Conn) error {
	tx, err := c.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	id, delta := 1+rand.IntN(accounts), rand.IntN(10_000)-5_000
	var balance int
	for _, step := range []func() error{
		func() error {
			return execute(ctx, tx, "UPDATE accounts SET balance = balance + ? WHERE id = ?", delta, id)
		},
		func() error {
			return tx.QueryRowContext(ctx, "SELECT balance FROM accounts WHERE id = ?", id).Scan(&balance)
		},
		func() error {
			return execute(ctx, tx, "UPDATE tellers SET balance = balance + ? WHERE id = ?", delta, 1+rand.IntN(10))
		},
		func() error { return execute(ctx, tx, "UPDATE branches SET balance = balance + ? WHERE id = 1", delta) },
		func() error {
			return execute(ctx, tx, "INSERT INTO history (account, delta, at) VALUES (?, ?, NOW())", id, delta)
		},
	} {
		if err := step(); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

func execute(ctx context.Context, tx *sql.Tx, query string, args ...any) error {
	_, err := tx.ExecContext(ctx, query, args...)
	return err
}
