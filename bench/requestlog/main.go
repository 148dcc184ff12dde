// Command requestlog compares how mltop reads a request table with how one
// would read it without: an sqlx StructScan loop for the whole table, the
// sqlite3 shell with an index on the time for the last minute. It also prints
// what following 1,000 new rows a second costs.
//
//	go run ./bench/requestlog -rows 5000000 -rounds 5
//
// Everything runs in turn, round by round; medians with minimum and maximum,
// and ratios round by round. It judges nothing.
package main

import (
	"context"
	"flag"
	"fmt"
	"mltop/bench/measure"
	"os"
	"path/filepath"
)

func main() {
	rows := flag.Int("rows", 5_000_000, "rows of the table")
	rounds := flag.Int("rounds", 5, "rounds")
	dir := flag.String("dir", "", "where the table is made; empty: a temporary folder")
	only := flag.String("make", "", "only make the table, in this file")
	table := flag.String("table", "", "a table made before; empty: one is made")
	contest := flag.String("contest", "", "only this one: table, minute or tail")
	writer := flag.String("write-to", "", "the writer's process: adds rows to this file until its input ends")
	flag.Parse()
	var err error
	switch {
	case *writer != "":
		err = write(*writer)
	case *only != "":
		err = makeLog(*only, *rows)
	default:
		err = run(*dir, *table, *contest, *rows, *rounds)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench requestlog:", err)
		os.Exit(1)
	}
}

func run(dir, path, only string, rows, rounds int) error {
	tmp, err := os.MkdirTemp(dir, "mltop-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if path == "" {
		path = filepath.Join(tmp, "request_logs.db")
		if err := makeLog(path, rows); err != nil {
			return err
		}
	}
	ctx := context.Background()
	for _, c := range []struct {
		name string
		run  func(context.Context, string, int) error
	}{{"table", wholeTable}, {"minute", lastMinute}, {"tail", tail}} {
		if only != "" && only != c.name {
			continue
		}
		if err := c.run(ctx, path, rounds); err != nil {
			return err
		}
	}
	return nil
}

// compareIn runs the contestants in turn and prints their figures and the
// ratio of the first to each other one.
func compareIn(rounds int, unit string, names []string, contestants ...func() (float64, error)) error {
	figures := make([][]float64, len(contestants))
	for range rounds {
		for i, run := range contestants {
			v, err := run()
			if err != nil {
				return fmt.Errorf("%s: %w", names[i], err)
			}
			figures[i] = append(figures[i], v)
		}
	}
	report(unit, names, figures)
	return nil
}

func report(unit string, names []string, figures [][]float64) {
	for i, name := range names {
		fmt.Printf("  %-44s %s\n", name, measure.Spread(figures[i], unit))
	}
	for i := 1; i < len(names); i++ {
		fmt.Printf("  %-44s %s\n", names[0]+" / "+names[i], measure.Spread(measure.Ratios(figures[0], figures[i]), "×"))
	}
}
