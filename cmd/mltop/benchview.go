package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mltop/internal/export"
	"mltop/internal/loadtest"
	"mltop/internal/units"
	"mltop/internal/wire"
)

// deliver writes a result in the form that was asked for.
func (b *bench) deliver(res *loadtest.Result) error {
	switch b.o.output {
	case "hdr":
		return b.o.deliver(b.w, []byte(res.HDR()))
	case "html":
		return b.deliverPage(benchCurves(&res.Bench), benchView(&res.Bench).tables)
	}
	return b.o.emit(b.w, benchView(&res.Bench))
}

func benchView(b *wire.Bench) view {
	tables := []export.Table{benchHead(b), benchTimes(b)}
	if len(b.Routes) > 1 {
		tables = append(tables, benchRoutes(b))
	}
	if len(b.Errors) > 0 {
		tables = append(tables, benchErrors(b))
	}
	if len(b.Thresholds) > 0 {
		tables = append(tables, benchThresholds(b))
	}
	tables = append(tables, benchTargetTables(b)...)
	if len(b.Analysis) > 0 {
		tables = append(tables, benchAnalysis(b))
	}
	return view{doc: b, tables: tables, csv: benchCSV(b)}
}

func benchHead(b *wire.Bench) export.Table {
	t := export.Table{Title: b.Name, Columns: export.Cols("", "~")}
	put := func(name, text string) { t.Rows = append(t.Rows, []string{name, text}) }
	rate := units.PerSecond(b.PerSecond)
	if b.Offered != nil {
		rate += " answered of " + units.PerSecond(*b.Offered) + " due"
	}
	put("requests", rate+" over "+units.Seconds(b.Duration))
	put("sent", benchSent(b))
	put("errors", units.Or(b.ErrorRatio, units.Percent)+fmt.Sprintf(": %s of %s", units.Whole(int64(b.ErrorCount)), units.Whole(int64(b.Sent))))
	put("statuses", countsText(b.Statuses))
	put("connections", fmt.Sprintf("%s opened, at most %d at a time", units.Whole(int64(b.Connections.Opened)), b.Connections.Most))
	if b.ID != "" {
		put("kept as", b.ID)
	}
	if b.Stopped != "" {
		put("stopped", b.Stopped)
	}
	return t
}

func benchSent(b *wire.Bench) string {
	parts := []string{units.Whole(int64(b.Sent))}
	for _, p := range []struct {
		n    uint64
		what string
	}{{b.Dropped, "due and not sent"}, {b.Unfinished, "broken off by the end"}, {b.WarmupSent, "more in the warm-up, not counted"}, {b.Connections.Again, "sent once more because their connection had been closed"}} {
		if p.n > 0 {
			parts = append(parts, units.Whole(int64(p.n))+" "+p.what)
		}
	}
	return strings.Join(parts, ", ")
}

func countsText(counts map[string]uint64) string {
	var keys, parts []string
	for k := range counts {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		parts = append(parts, k+" × "+units.Whole(int64(counts[k])))
	}
	if len(parts) == 0 {
		return units.Unknown
	}
	return strings.Join(parts, ", ")
}

func benchTimes(b *wire.Bench) export.Table {
	t := export.Table{Title: "Times", Columns: export.Cols("", ">mean", ">p50", ">p90", ">p95", ">p99", ">p99.9", ">max")}
	row := func(name string, q wire.BenchQuantiles) {
		t.Rows = append(t.Rows, append([]string{name}, quantileCells(q)...))
	}
	row("latency, from when due", b.Latency)
	row("service time, from when sent", b.ServiceTime)
	row("send lag of mltop", b.SendLag)
	if b.Wait.Count > 0 {
		row("wait for a connection, of "+units.Whole(int64(b.Wait.Count)), b.Wait)
	}
	return t
}

func quantileCells(q wire.BenchQuantiles) []string {
	var out []string
	for _, p := range []*float64{q.Mean, q.P50, q.P90, q.P95, q.P99, q.P999, q.Max} {
		out = append(out, units.Or(p, units.Seconds))
	}
	return out
}

func benchRoutes(b *wire.Bench) export.Table {
	t := export.Table{Title: "Routes", Columns: export.Cols("~name", ">requests", ">per second", ">errors", ">p50", ">p95", ">p99", ">max")}
	for _, r := range b.Routes {
		t.Rows = append(t.Rows, []string{
			r.Name, units.Whole(int64(r.Sent)), units.SI(r.PerSecond), units.Or(r.ErrorRatio, units.Percent),
			units.Or(r.Latency.P50, units.Seconds), units.Or(r.Latency.P95, units.Seconds), units.Or(r.Latency.P99, units.Seconds), units.Or(r.Latency.Max, units.Seconds),
		})
	}
	return t
}

func benchErrors(b *wire.Bench) export.Table {
	t := export.Table{Title: "Errors", Columns: export.Cols(">count", "kind", "route", "~message", "first")}
	for _, e := range b.Errors {
		t.Rows = append(t.Rows, []string{units.Whole(int64(e.Count)), e.Kind, e.Route, e.Message, e.First.Format("15:04:05.000")})
	}
	return t
}

func benchThresholds(b *wire.Bench) export.Table {
	t := export.Table{Title: "Thresholds", Columns: export.Cols("", "bound", "~measured")}
	for _, h := range b.Thresholds {
		mark := "● OK"
		if h.Broken {
			mark = "■ BROKEN"
		}
		t.Rows = append(t.Rows, []string{mark, h.Text, thresholdText(h)})
	}
	return t
}

func thresholdText(h wire.BenchThreshold) string {
	if h.Value == nil {
		return units.Unknown + " " + h.Reason
	}
	return units.As(h.Unit, *h.Value)
}

func benchAnalysis(b *wire.Bench) export.Table {
	t := export.Table{Title: "Analysis", Columns: export.Cols("", "~")}
	for _, f := range b.Analysis {
		t.Rows = append(t.Rows, []string{levelMark(f.Level), f.Text})
	}
	return t
}

// benchCSV has a row for each stretch of the run.
func benchCSV(b *wire.Bench) export.Table {
	t := export.Table{Columns: export.Cols("at_seconds", "width_seconds", "sent", "answered", "error_count", "in_flight",
		"p50_seconds", "p95_seconds", "p99_seconds", "max_seconds", "send_lag_p50_seconds", "send_lag_p99_seconds")}
	number := func(v float64) string { return fmt.Sprintf("%.9g", v) }
	maybe := func(p *float64) string {
		if p == nil {
			return ""
		}
		return number(*p)
	}
	for _, s := range b.Series {
		inFlight := ""
		if s.InFlight != nil {
			inFlight = fmt.Sprint(*s.InFlight)
		}
		t.Rows = append(t.Rows, []string{
			number(s.At), number(s.Width), fmt.Sprint(s.Sent), fmt.Sprint(s.Answered), fmt.Sprint(s.Errors), inFlight,
			maybe(s.Latency.P50), maybe(s.Latency.P95), maybe(s.Latency.P99), maybe(s.Latency.Max), maybe(s.SendLag.P50), maybe(s.SendLag.P99),
		})
	}
	return t
}

// progressEvery: a terminal's line is renewed each second; a log gets one now
// and then.
const (
	progressEvery    = time.Second
	progressInLogsBy = 10
)

// progress tells how a run stands until it is over.
func (b *bench) progress(r *loadtest.Run, over <-chan struct{}) {
	t := time.NewTicker(progressEvery)
	defer t.Stop()
	onTerminal := b.w.terminal()
	for n := 1; ; n++ {
		select {
		case <-over:
			if onTerminal {
				fmt.Fprint(b.w.err, "\r\x1b[K")
			}
			return
		case <-t.C:
		}
		line := progressLine(r.Status())
		switch {
		case onTerminal:
			fmt.Fprint(b.w.err, "\r\x1b[K"+cutTo(line, b.w.width()-1))
		case n%progressInLogsBy == 0:
			fmt.Fprintln(b.w.err, line)
		}
	}
}

func cutTo(s string, width int) string {
	if r := []rune(s); width > 0 && len(r) > width {
		return string(r[:width])
	}
	return s
}

func progressLine(s loadtest.Status) string {
	left := max(0, s.Length-s.At).Round(time.Second)
	word := ""
	switch {
	case s.Stopping:
		word = "waiting for the last answers · "
	case s.Factor == 0:
		word = "PAUSED · "
	case s.Factor != 1:
		word = units.Times(s.Factor) + " the rate · "
	case s.Warming:
		word = "warming up · "
	}
	return fmt.Sprintf("%s%v left · %s · %d in flight · P50 %s P95 %s P99 %s · errors %s · send lag %s",
		word, left, units.PerSecond(s.PerSecond), s.InFlight, units.Seconds(s.P50), units.Seconds(s.P95), units.Seconds(s.P99),
		units.Percent(s.ErrorRatio), units.Seconds(s.Lag))
}
