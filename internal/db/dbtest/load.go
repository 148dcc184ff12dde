package dbtest

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"testing"
	"time"
)

// Busy runs sql again and again on one connection, with as long a pause behind
// each run as the run took, until the answer is called: that is how much of
// the time it ran, by the client's own clock.
func Busy(t testing.TB, d *sql.DB, text string) (share func() float64) {
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	var ran time.Duration
	var failed error
	begin := time.Now()
	done.Go(func() {
		for ctx.Err() == nil {
			start := time.Now()
			if _, err := d.ExecContext(ctx, text); err != nil && ctx.Err() == nil {
				failed = err
				return
			}
			took := time.Since(start)
			ran += took
			select {
			case <-ctx.Done():
			case <-time.After(took):
			}
		}
	})
	var once sync.Once
	end := func() { once.Do(func() { stop(); done.Wait() }) }
	t.Cleanup(end)
	return func() float64 {
		t.Helper()
		end()
		if failed != nil && !errors.Is(failed, context.Canceled) {
			t.Fatalf("%s: %v", text, failed)
		}
		return ran.Seconds() / time.Since(begin).Seconds()
	}
}

// Longer measures for a time, and again for twice and four times as long while
// the answer is an error: what other work of the machine disturbs evens out in
// a longer look, what is wrong stays wrong.
func Longer(t testing.TB, d time.Duration, measure func(time.Duration) error) {
	t.Helper()
	for last := 4 * d; ; d *= 2 {
		err := measure(d)
		if err == nil {
			return
		}
		if d >= last {
			t.Error(err)
			return
		}
		t.Logf("in %v: %v", d, err)
	}
}
