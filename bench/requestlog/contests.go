package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"mltop/collectors"
	"mltop/collectors/requestlog"
	"mltop/internal/db"
	"mltop/internal/db/sqlite"

	"github.com/jmoiron/sqlx"
)

// wholeTable reads every row. The peer's loop only scans; mltop's collector
// also learns the routes and fills the sketches. Processor time decides: the
// stopwatch also counts what else the machine does.
func wholeTable(ctx context.Context, path string, rounds int) error {
	fmt.Println("the whole table, seconds of a processor")
	var stopwatch [3][]float64
	both := func(i int, f func() error) func() (float64, error) {
		return func() (float64, error) {
			began := time.Now()
			cpu, err := ownCPU(f)
			stopwatch[i] = append(stopwatch[i], time.Since(began).Seconds())
			return cpu / 1e3, err
		}
	}
	names := []string{"mltop: collector into a History", "mltop: rows alone", "sqlx StructScan loop"}
	err := compareIn(rounds, "s", names,
		both(0, func() error { return collectAll(ctx, path) }),
		both(1, func() error { return readAll(ctx, path) }),
		both(2, func() error { return structScan(path) }))
	if err != nil {
		return err
	}
	fmt.Println("the same by the stopwatch")
	report("s", names, stopwatch[:])
	return nil
}

func collectAll(ctx context.Context, path string) error {
	e, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		return err
	}
	defer e.Close()
	h := collectors.NewHistory(0)
	c := requestlog.New(e, requestlog.Options{All: true})
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	sections, err := c.Collect(ctx)
	h.Put(collectors.Sample{Time: time.Now(), Sections: sections})
	return err
}

func readAll(ctx context.Context, path string) error {
	e, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		return err
	}
	defer e.Close()
	tables, err := e.RequestTables(ctx)
	if err != nil || len(tables) == 0 {
		return errors.Join(err, errors.New("no request table was found"))
	}
	const chunk = 10_000
	for after, more := int64(0), true; more; {
		more = false
		err := e.ReadRequests(ctx, tables[0], after, 0, chunk, false, func(r *db.RequestRow) error {
			after, more = r.ID, true
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

type logRow struct {
	ID        int64  `db:"id"`
	Timestamp string `db:"timestamp"`
	Method    string `db:"method"`
	Path      string `db:"path"`
	Status    int    `db:"status_code"`
	Took      int    `db:"process_time_ms"`
}

func structScan(path string) error {
	d, err := sqlx.Open("sqlite3", "file:"+path+"?mode=ro")
	if err != nil {
		return err
	}
	defer d.Close()
	rows, err := d.Queryx("SELECT id, timestamp, method, path, status_code, process_time_ms FROM request_logs")
	if err != nil {
		return err
	}
	defer rows.Close()
	var r logRow
	for rows.Next() {
		if err := rows.StructScan(&r); err != nil {
			return err
		}
	}
	return rows.Err()
}

const shellSQL = `SELECT method, path, count(*), avg(process_time_ms), max(process_time_ms), sum(status_code >= 400)
	FROM request_logs WHERE timestamp > strftime('%Y-%m-%dT%H:%M:%S', 'now', '-60 seconds') GROUP BY 1, 2;`

// lastMinute draws the panel of the last 60 s anew: mltop by its next tick
// and a question to History, the shell by its index. CPU milliseconds.
func lastMinute(ctx context.Context, path string, rounds int) error {
	fmt.Println("the last minute's panel once more, CPU milliseconds")
	if _, err := exec.LookPath("sqlite3"); err != nil {
		fmt.Println("  the sqlite3 shell is not installed: left out (Debian: apt-get install sqlite3)")
		return nil
	}
	if err := addRows(path, 60_000); err != nil { // the minute is full
		return err
	}
	e, h, c, err := attach(ctx, path)
	if err != nil {
		return err
	}
	defer e.Close()
	stop, err := startWriter(path)
	if err != nil {
		return err
	}
	defer stop()
	return compareIn(rounds, "ms", []string{"mltop: a tick and the window", "sqlite3 shell with an index on the time"},
		func() (float64, error) {
			time.Sleep(time.Second)
			return ownCPU(func() error {
				sections, err := c.Collect(ctx)
				h.Put(collectors.Sample{Time: time.Now(), Sections: sections})
				h.Window(time.Now(), time.Minute)
				return err
			})
		},
		func() (float64, error) {
			cmd := exec.Command("sqlite3", "-readonly", "-cmd", ".timeout 5000", path, shellSQL)
			err := cmd.Run()
			return float64(cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()) / float64(time.Millisecond), err
		})
}

// attach fills a History with the table's last hour, as the dashboard would.
func attach(ctx context.Context, path string) (*sqlite.Engine, *collectors.History, *requestlog.Collector, error) {
	e, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		return nil, nil, nil, err
	}
	h := collectors.NewHistory(0)
	c := requestlog.New(e, requestlog.Options{Past: time.Hour})
	for filled := 0.0; filled < 1; {
		sections, err := c.Collect(ctx)
		if err != nil {
			return nil, nil, nil, errors.Join(err, e.Close())
		}
		h.Put(collectors.Sample{Time: time.Now(), Sections: sections})
		filled = h.Latest().Requests[0].Backfilled
	}
	return e, h, c, nil
}

// tail follows 1,000 new rows a second at one tick a second.
func tail(ctx context.Context, path string, rounds int) error {
	fmt.Println("following 1,000 rows a second, CPU milliseconds a second")
	e, h, c, err := attach(ctx, path)
	if err != nil {
		return err
	}
	defer e.Close()
	stop, err := startWriter(path)
	if err != nil {
		return err
	}
	defer stop()
	time.Sleep(2 * time.Second)
	if _, err := c.Collect(ctx); err != nil {
		return err
	}
	return compareIn(4*rounds, "ms", []string{"mltop: a tick"}, func() (float64, error) {
		time.Sleep(time.Second)
		return ownCPU(func() error {
			sections, err := c.Collect(ctx)
			h.Put(collectors.Sample{Time: time.Now(), Sections: sections})
			return err
		})
	})
}

// ownCPU is the time on a processor that f takes in this process, in
// milliseconds.
func ownCPU(f func() error) (float64, error) {
	before := rusage()
	err := f()
	return float64(rusage()-before) / float64(time.Millisecond), err
}

func rusage() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func startWriter(path string) (stop func(), err error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(exe, "-write-to", path)
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() { _ = pipe.Close(); _ = cmd.Wait() }, nil
}
