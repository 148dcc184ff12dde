package collectors

import (
	"testing"
	"time"

	"mltop/internal/stat"
)

// partsAt is a second with calls of two kinds.
func partsAt(at time.Time, calls map[string]int) Sample {
	g := StatementGroup{Fingerprint: "f", Text: "SELECT 1", Latency: &stat.Sketch{}, Parts: map[string]*stat.Sketch{}}
	for kind, n := range calls {
		g.Parts[kind] = &stat.Sketch{}
		for range n {
			g.Calls, g.Rows = g.Calls+1, g.Rows+3
			g.Latency.Add(0.01)
			g.Parts[kind].Add(0.01)
		}
	}
	return Sample{Time: at, Sections: []Section{&Statements{At: at, Interval: time.Second, Source: StatementSource{Kind: "query log", Live: true}, Rows: []StatementGroup{g}}}}
}

// The parts of a statement's calls are kept as long as the calls are, also
// where they have aged into wider cells.
func TestPartsAreKeptBesideTheirStatement(t *testing.T) {
	h := NewHistory(0)
	at := noon
	for i := range 2000 {
		at = noon.Add(time.Duration(i) * time.Second)
		kinds := map[string]int{"a": 2}
		if i >= 1000 {
			kinds["b"] = 3
		}
		h.Put(partsAt(at, kinds))
	}
	count := func(list []stat.Bucket) (n uint64) {
		for _, b := range list {
			n += b.Latency.Count()
		}
		return n
	}
	from, to := noon.Add(-time.Minute), at.Add(time.Minute)
	parts := h.Parts("f", from, to)
	if a, b := count(parts["a"]), count(parts["b"]); a != 4000 || b != 3000 {
		t.Errorf("got %d and %d calls, want 4000 and 3000", a, b)
	}
	if all := count(h.Buckets(Route{}, "f", from, to)); all != 7000 {
		t.Errorf("the statement has %d calls, want 7000", all)
	}
	calls, rows := uint64(0), uint64(0)
	for _, m := range h.Mixes(Route{}, "f", from, to) {
		calls, rows = calls+m.Calls, rows+m.Rows
	}
	if calls != 7000 || rows != 21000 {
		t.Errorf("the mix has %d calls of %d rows, want 7000 of 21000", calls, rows)
	}
	if w := h.Window(to, time.Hour); len(w.Statements) != 1 {
		t.Errorf("parts are seen as statements: %d in the window, want 1", len(w.Statements))
	}
	if h.Parts("unknown", from, to) != nil {
		t.Error("a statement that nobody knows has parts")
	}
}

func TestPartsStayWithinTheBudget(t *testing.T) {
	const budget = 1 << 20
	h := NewHistory(budget)
	for i := range 1500 {
		at := noon.Add(time.Duration(i) * time.Second)
		kinds := map[string]int{}
		for k := range 150 {
			kinds[string(rune('a'+k%26))+string(rune('a'+(k+i)%26))] = 1
		}
		h.Put(partsAt(at, kinds))
	}
	if n := h.Bytes(); n > budget {
		t.Errorf("%d bytes are held, want %d at most", n, budget)
	}
}
