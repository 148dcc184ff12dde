package gateway

import (
	"math"
	"strings"
	"testing"
)

func candidates(weights ...float64) []Candidate {
	var out []Candidate
	for i, w := range weights {
		out = append(out, Candidate{ID: hashOf(string(rune('a' + i))), Weight: w, Ready: w > 0})
	}
	return out
}

func picks(b Balancer, cs []Candidate, n int) string {
	var out []string
	for range n {
		i := b.Pick(cs, 0)
		if i < 0 {
			out = append(out, "-")
			continue
		}
		out = append(out, string(rune('a'+i)))
	}
	return strings.Join(out, " ")
}

func TestPicksInTurn(t *testing.T) {
	gone := candidates(1, 1, 1)
	gone[1].Ready = false
	busy := candidates(1, 1, 1)
	busy[0].InFlight, busy[1].InFlight = 3, 1
	heavy := candidates(1, 4)
	heavy[0].InFlight, heavy[1].InFlight = 1, 4
	for _, row := range []struct {
		name string
		b    Balancer
		cs   []Candidate
		want string
	}{
		{"round robin goes around", newBalancer(RoundRobin), candidates(1, 1, 1), "a b c a b c a"},
		{"one that is not ready is passed over", newBalancer(RoundRobin), gone, "a c a c a c a"},
		{"weights 5, 1, 1 are spread", newBalancer(Weighted), candidates(5, 1, 1), "a a b a c a a"},
		{"none is ready", newBalancer(Weighted), candidates(0, 0), "- - - - - - -"},
		{"no candidates", newBalancer(LeastConnections), nil, "- - - - - - -"},
		{"equals take turns", newBalancer(LeastConnections), candidates(1, 1), "b a b a b a b"},
		{"the one with the fewest", newBalancer(LeastConnections), busy, "c c c c c c c"},
		{"the fewest for its weight", newBalancer(LeastConnections), heavy, "a a a a a a a"},
	} {
		if row.name == "the fewest for its weight" {
			row.want = "b b b b b b b" // 5/4 against 2/1
		}
		if got := picks(row.b, row.cs, 7); got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
}

func TestSharesFollowWeights(t *testing.T) {
	cs := candidates(3, 2, 1)
	for _, name := range []string{Weighted, IPHash} {
		b, got := newBalancer(name), make([]float64, 3)
		const n = 60_000
		for key := range uint64(n) {
			got[b.Pick(cs, mix(key))]++
		}
		for i, c := range cs {
			if share := got[i] / n; math.Abs(share-c.Weight/6) > 0.01 {
				t.Errorf("%s: %c has a share of %.3f, want %.3f", name, 'a'+i, share, c.Weight/6)
			}
		}
	}
}

func TestOneThatLeavesMovesOnlyItsOwnClients(t *testing.T) {
	b, cs := newBalancer(IPHash), candidates(1, 1, 1, 1)
	less := append([]Candidate(nil), cs...)
	less[2].Ready = false
	moved, to := 0, map[int]int{}
	for key := range uint64(10_000) {
		was, is := b.Pick(cs, mix(key)), b.Pick(less, mix(key))
		if was != 2 && was != is {
			t.Fatalf("client %d went from %d to %d, though 2 left", key, was, is)
		}
		if was == 2 {
			moved++
			to[is]++
		}
	}
	if moved < 2200 || moved > 2800 || len(to) != 3 {
		t.Errorf("%d of 10000 moved, to %v: want a quarter, to all others", moved, to)
	}
}

func TestTurnsSurviveAChangeOfTheCandidates(t *testing.T) {
	b, cs := newBalancer(RoundRobin), candidates(1, 1, 1)
	if got := picks(b, cs, 2); got != "a b" {
		t.Fatalf("got %s", got)
	}
	more := append(cs, Candidate{ID: hashOf("d"), Weight: 1, Ready: true})
	got := picks(b, more, 8)
	for _, c := range "abcd" {
		if n := strings.Count(got, string(c)); n != 2 {
			t.Errorf("%c was picked %d times in %s, want 2", c, n, got)
		}
	}
}

func BenchmarkPick(b *testing.B) {
	for _, name := range []string{RoundRobin, LeastConnections, IPHash} {
		b.Run(name, func(b *testing.B) {
			p, cs := newBalancer(name), candidates(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
			for b.Loop() {
				p.Pick(cs, 7)
			}
		})
	}
}
