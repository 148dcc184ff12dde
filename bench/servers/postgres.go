package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"mltop/internal/throwaway"
)

func postgres(ctx context.Context, o options) (*contest, error) {
	pgbench, err := findPgbench()
	if err != nil {
		return nil, err
	}
	s, err := throwaway.Postgres(throwaway.PostgresOptions{Settings: map[string]string{"shared_buffers": "128MB"}})
	if err != nil {
		return nil, err
	}
	c := &contest{name: "PostgreSQL", pid: s.PID(), load: pgbenchLoad(pgbench, s.Socket), stop: s.Stop}
	if out, err := exec.CommandContext(ctx, pgbench, "-h", s.Socket, "-U", "postgres", "-i", "-q", "postgres").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("make pgbench's tables: %w: %s", err, out)
	}
	if o.counted {
		if out, err := exec.CommandContext(ctx, filepath.Join(filepath.Dir(pgbench), "psql"), "-h", s.Socket, "-U", "postgres", "-q", "-c", "CREATE EXTENSION pg_stat_statements", "postgres").CombinedOutput(); err != nil {
			return nil, fmt.Errorf("have statements counted: %w: %s", err, out)
		}
	}
	c.mltop = &tool{name: "mltop", argv: []string{o.mltop, s.PostgresURL("postgres")}, env: []string{"HOME=" + o.dir, "XDG_STATE_HOME=" + o.dir}, keys: []string{"5"}}
	if _, err := exec.LookPath("pg_activity"); err != nil {
		fmt.Println("  pg_activity is not here (apt-get install pg-activity): mltop alone")
		return c, nil //nolint:nilerr // it is printed
	}
	c.peer = &tool{name: "pg_activity", argv: []string{"pg_activity", "-h", s.Socket, "-U", "postgres", "-d", "postgres", "--refresh", "1"}, env: []string{"HOME=" + o.dir}}
	return c, nil
}

// findPgbench: Debian keeps it beside the server.
func findPgbench() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench") // the pattern is well formed
	for _, path := range append(found, "pgbench") {
		if _, err := exec.LookPath(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no pgbench here: apt-get install postgresql-15")
}

var tps = regexp.MustCompile(`tps = ([0-9.]+) \(without`)

// pgbenchLoad runs pgbench; what it reports is its own count.
func pgbenchLoad(pgbench, socket string) load {
	return func(ctx context.Context, rate float64, span time.Duration) (float64, error) {
		seconds := 86400
		if span > 0 {
			seconds = int(span.Seconds())
		}
		argv := []string{"-h", socket, "-U", "postgres", "-n", "-c", strconv.Itoa(clients), "-T", strconv.Itoa(seconds)}
		if rate > 0 {
			argv = append(argv, "-R", strconv.Itoa(int(rate)))
		}
		cmd := exec.CommandContext(ctx, pgbench, append(argv, "postgres")...)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Run()
		if ctx.Err() != nil {
			return 0, nil //nolint:nilerr // it was to end
		}
		m := tps.FindSubmatch(out.Bytes())
		if err != nil || m == nil {
			return 0, fmt.Errorf("pgbench: %w: %s", cmp.Or(err, errors.New("no rate in its output")), out.Bytes())
		}
		return strconv.ParseFloat(string(m[1]), 64)
	}
}
