package loadtest

import (
	"strings"
	"testing"
	"time"

	"mltop/internal/wire"
)

func p(v float64) *float64 { return &v }

// calm is a result that nothing can be said about.
func calm() *wire.Bench {
	b := &wire.Bench{
		Model: "open", Time: time.Unix(0, 0), Duration: 9, PerSecond: 1000, Offered: p(1000), Sent: 9000,
		Latency: wire.BenchQuantiles{P50: p(0.002), P99: p(0.009)}, ServiceTime: wire.BenchQuantiles{P50: p(0.002), P99: p(0.009)},
		Connections: wire.BenchConnections{Opened: 10, Most: 10},
		Routes:      []wire.BenchRoute{{Name: "list", Sent: 4500, TailShare: p(0.5)}, {Name: "one", Sent: 4500, TailShare: p(0.5)}},
	}
	for i := range 9 {
		b.Series = append(b.Series, wire.BenchSecond{At: float64(i), Width: 1, Sent: 1000, Answered: 1000, Latency: wire.BenchQuantiles{P50: p(0.002)}})
	}
	return b
}

func TestTheAnalysisSaysWhatIsSo(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*wire.Bench)
		rule   string
		says   string
	}{
		{"nothing happened", func(*wire.Bench) {}, "calm", "nothing stands out"},
		{"mltop was too slow", func(b *wire.Bench) { b.Generator = wire.BenchGenerator{Saturated: true, Reason: "so it was"} }, "generator", "generator saturated: so it was"},
		{"requests were not sent", func(b *wire.Bench) { b.Dropped = 7 }, "dropped", "7 requests were due and never sent"},
		{"the server failed", func(b *wire.Bench) {
			b.ErrorCount = 90
			b.Errors = []wire.BenchError{{Kind: "status", Side: "server", Route: "list", Message: "503 Service Unavailable", Count: 90, First: time.Unix(2, 0)}}
		}, "errors", "1 % of all requests failed, all of them at the server; most often list: 503 Service Unavailable (90, first 2.0 s after the start)"},
		{"both sides failed", func(b *wire.Bench) {
			b.ErrorCount = 4500
			b.Errors = []wire.BenchError{{Side: "client", Count: 3600}, {Side: "server", Count: 900}}
		}, "errors", "80 % of them on this side, 20 % of them at the server"},
		{"the target is slower than the rate", func(b *wire.Bench) { b.PerSecond = 600 }, "throughput", "1000 requests a second were due, and 600 were answered"},
		{"connections were short", func(b *wire.Bench) { b.Wait = wire.BenchQuantiles{Count: 900, Max: p(1.5)} }, "queue", "all 10 connections were busy for 10 % of the requests, which waited up to 1.50 s"},
		{"the target stopped for two seconds", func(b *wire.Bench) { b.Series[3].Answered, b.Series[4].Answered = 0, 0 }, "stall", "nothing at all for 2 s, from 3 s"},
		{"waiting hides in the service time", func(b *wire.Bench) { b.Latency.P99 = p(0.95) }, "omission", "sees a P99 of 9.0 ms; from when it was due, as its sender feels it, it is 950 ms"},
		{"latency grows", func(b *wire.Bench) {
			for i := range b.Series {
				b.Series[i].Latency.P50 = p(0.002 * float64(i+1))
			}
		}, "trend", "P50 4.0 ms in its first third, 16 ms in its last"},
		{"one route is the tail", func(b *wire.Bench) { b.Routes[1].TailShare, b.Routes[1].Latency.P99 = p(0.97), p(0.3) }, "tail", "one is 50 % of the requests, and 97 % of the slowest hundredth: P99 300 ms"},
		{"connecting is dear", func(b *wire.Bench) {
			b.Connections.Opened, b.Connect.P50 = 9000, p(0.001)
		}, "connect", "takes 1.0 ms of its 2.0 ms"},
		{"somebody changed the rate", func(b *wire.Bench) { b.Moves = []wire.BenchMove{{At: 2, Factor: 0}, {At: 3.5, Factor: 1.25}} }, "steered", "keys changed it, the last one to 1.25 of that, 3.5 s after"},
		{"the processors ran out, and then the locks", func(b *wire.Bench) {
			b.Generator.CPURatio = 0.2
			b.Target = &wire.BenchTarget{}
			for i := range 9 {
				at := wire.BenchTargetSecond{At: float64(i), CPU: p(0.3), Waiting: p(0)}
				if i == 1 || i >= 3 {
					at.CPU = p(0.97)
				}
				if i >= 6 {
					at.Waiting = p(4)
				}
				b.Target.Series = append(b.Target.Series, at)
			}
		}, "resource", "what ran out first: from 3 s on the processors were full; from 6 s on sessions of the database waited for each other's locks (mltop itself took 20 % of"},
		{"one statement is most of the database's time", func(b *wire.Bench) {
			b.Target = &wire.BenchTarget{Statements: []wire.BenchTargetStatement{{Text: "select ?", Route: "GET /x", Calls: 100, Seconds: 4, Share: p(0.8)}}}
		}, "statement", "80 % of the database's time in the test is one statement, 4.00 s in 100 calls: select ?, for GET /x"},
	} {
		b := calm()
		c.change(b)
		got := Analyse(b)
		if len(got) != 1 || got[0].Rule != c.rule || !strings.Contains(got[0].Text, c.says) {
			t.Errorf("%s: got %+v; want %s alone, saying %q", c.name, got, c.rule, c.says)
		}
	}
}
