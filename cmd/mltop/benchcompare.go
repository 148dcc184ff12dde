package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"mltop/internal/export"
	"mltop/internal/loadtest"
	"mltop/internal/units"
	"mltop/internal/wire"
)

const compareLong = `Compares several runs with several others: each run counts as one value, by
Mann and Whitney's test, held so that all comparisons together see a
difference that is none in 5 of 100 cases. Five runs a side are the least
that can show anything, ten find a change of 5 % on a calm machine. Take them
in turns: A B A B.

A run is a file (-o json -w FILE), the beginning of a kept run's name, or
last, last~1, …; mltop bench runs lists them.`

func newBenchCompare(w *world, o *options) *cobra.Command {
	return &cobra.Command{
		Use: "compare A… -- B…", Short: "What differs between two sets of runs, by statistics", Long: compareLong,
		RunE: func(cmd *cobra.Command, args []string) error {
			n := cmd.ArgsLenAtDash()
			if n < 1 || n >= len(args) {
				return usagef("mltop bench compare takes runs before and after --: compare A B -- C D")
			}
			before, err := readRuns(o, args[:n])
			if err != nil {
				return err
			}
			after, err := readRuns(o, args[n:])
			if err != nil {
				return err
			}
			c := loadtest.Compare(before, after)
			if err := o.emit(w, compareView(&c)); err != nil {
				return err
			}
			return o.failAt([]string{c.Verdict.Level})
		},
	}
}

func readRuns(o *options, names []string) ([]wire.Bench, error) {
	var out []wire.Bench
	for _, name := range names {
		b, err := newBenchStore(o.paths).find(name)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

func compareView(c *wire.BenchComparison) view {
	head := export.Table{Columns: export.Cols("", "~"), Rows: [][]string{{levelMark(c.Verdict.Level), c.Verdict.Text}}}
	for _, d := range c.Doubts {
		head.Rows = append(head.Rows, []string{levelMark("warn"), d})
	}
	t := export.Table{
		Title:   fmt.Sprintf("%s before, %s after", units.Plural(len(c.Before.Runs), "run"), units.Plural(len(c.After.Runs), "run")),
		Columns: export.Cols("~route", "figure", ">before", ">after", ">change", "95 %", ">p", ""),
	}
	csv := export.Table{Columns: export.Cols("route", "metric", "before", "after", "ratio", "ratio_low", "ratio_high", "cliffs_delta", "p", "adjusted_p", "difference_shown")}
	number := func(p *float64) string {
		if p == nil {
			return ""
		}
		return fmt.Sprintf("%.9g", *p)
	}
	for _, r := range c.Rows {
		t.Rows = append(t.Rows, compareCells(r))
		csv.Rows = append(csv.Rows, []string{r.Route, r.Metric, number(r.Before), number(r.After), number(r.Ratio), number(r.Low), number(r.High),
			number(r.Delta), fmt.Sprintf("%.6g", r.P), fmt.Sprintf("%.6g", r.Held), fmt.Sprint(r.Shown)})
	}
	return view{doc: c, tables: []export.Table{head, t}, csv: csv}
}

func compareCells(r wire.BenchRow) []string {
	write, route := units.Seconds, r.Route
	switch r.Metric {
	case "requests_per_second":
		write = units.PerSecond
	case "error_ratio":
		write = units.Percent
	}
	if route == "" {
		route = "all"
	}
	word := "no difference shown"
	if r.Shown {
		word = map[bool]string{true: "better", false: "worse"}[r.Better]
	}
	change, interval := units.Unknown, ""
	if r.Ratio != nil && r.Low != nil && r.High != nil {
		change, interval = units.Change(*r.Ratio), units.Change(*r.Low)+" to "+units.Change(*r.High)
	}
	return []string{route, r.Metric, units.Or(r.Before, write), units.Or(r.After, write), change, interval, fmt.Sprintf("%.2g", r.Held), word}
}

func newBenchRuns(w *world, o *options) *cobra.Command {
	return &cobra.Command{
		Use: "runs", Short: "The kept runs, the newest last", Args: exactly(0, "no target"),
		RunE: func(*cobra.Command, []string) error {
			store := newBenchStore(o.paths)
			ids, err := store.ids()
			if err != nil {
				return err
			}
			t := export.Table{Columns: export.Cols("run", "~name", ">per second", ">p50", ">p99", ">errors", ""), Empty: "no run is kept yet"}
			docs := []wire.Bench{}
			for _, id := range ids {
				b, err := store.find(store.path(id))
				if err != nil {
					return err
				}
				b.Series = nil
				docs = append(docs, b)
				t.Rows = append(t.Rows, []string{b.ID, b.Name, units.SI(b.PerSecond), units.Or(b.Latency.P50, units.Seconds), units.Or(b.Latency.P99, units.Seconds), units.Or(b.ErrorRatio, units.Percent), b.Stopped})
			}
			return o.emit(w, view{doc: docs, tables: []export.Table{t}, csv: t})
		},
	}
}
