package loadtest

import (
	"net/http"
	"testing"
	"time"

	"mltop/internal/wire"
)

func TestTheKneeIsFound(t *testing.T) {
	for _, c := range []struct {
		name              string
		start, most, true float64
		chance            int // each so-manieth try fails by chance
		tries             int // at most
	}{
		{"far above the start", 10, 50_000, 7300, 0, 30},
		{"below the start", 10_000, 50_000, 60, 0, 30},
		{"beyond what may be sent", 10, 1000, 7300, 0, 10},
		{"with failures by chance", 10, 50_000, 7300, 5, 35},
		{"a target that sustains nothing", 100, 1000, 0, 0, 20},
	} {
		k := NewKnee(c.start, c.most)
		n := 0
		for rate, ok := k.Next(); ok; rate, ok = k.Next() {
			if n++; n > c.tries {
				t.Fatalf("%s: no end after %d tries", c.name, n)
			}
			k.Put(rate <= c.true && (c.chance == 0 || n%c.chance != 0))
		}
		good, bad := k.Found()
		want := min(c.true, c.most)
		if good > want || good < want/kneeClose-1e-9 || bad != 0 && bad <= c.true {
			t.Errorf("%s: found %.0f (%.0f is too much), want %.0f", c.name, good, bad, want)
		}
	}
}

func TestWhatIsSustained(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*wire.Bench)
		want   string
	}{
		{"a calm run", func(*wire.Bench) {}, ""},
		{"a broken threshold", func(b *wire.Bench) { b.Thresholds = []wire.BenchThreshold{{Text: "p95 < 1s", Broken: true}} }, "the threshold p95 < 1s is broken"},
		{"errors", func(b *wire.Bench) { b.ErrorRatio = p(0.02) }, "2 % of the requests failed"},
		{"errors that a threshold allows", func(b *wire.Bench) {
			b.ErrorRatio, b.Thresholds = p(0.02), []wire.BenchThreshold{{Text: "error_ratio < 5%"}}
		}, ""},
		{"a queue at the target", func(b *wire.Bench) { b.PerSecond = 900 }, "900 a second were answered"},
		{"requests that were not sent", func(b *wire.Bench) { b.Dropped = 1 }, "1 requests were never sent"},
		{"a queue for connections", func(b *wire.Bench) { b.Wait.Count = 900 }, "10 % of the requests waited for one of 10 connections"},
	} {
		b := calm()
		c.change(b)
		if got := Sustained(b); got != c.want {
			t.Errorf("%s: got %q want %q", c.name, got, c.want)
		}
	}
}

// A target with two places of 10 ms each serves at most 200 a second.
func TestARateIsSustainedOrNot(t *testing.T) {
	places := make(chan struct{}, 2)
	url := serve(t, func(http.ResponseWriter, *http.Request) {
		places <- struct{}{}
		time.Sleep(10 * time.Millisecond)
		<-places
	})
	p := rate(t, url, 1, time.Second)
	if why := Sustained(&do(t, p.AtRate(600, 100*time.Millisecond, time.Second)).Bench); why == "" {
		t.Error("three times what the target can do counts as sustained")
	}
}
