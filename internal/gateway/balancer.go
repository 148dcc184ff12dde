package gateway

import (
	"math"
	"sync"
)

// A Candidate is an upstream as a balancer sees it.
type Candidate struct {
	ID       uint64 // the same as long as the upstream is known
	Weight   float64
	InFlight int64
	Ready    bool
}

// A Balancer picks one of the candidates for a request; -1 if none is ready.
// key stands for the client. It looks at nothing else: no clock, no network.
type Balancer interface {
	Pick(candidates []Candidate, key uint64) int
}

// The names of the balancers in a configuration.
const (
	RoundRobin       = "round_robin"
	LeastConnections = "least_connections"
	Weighted         = "weighted"
	IPHash           = "ip_hash"
)

// newBalancer makes the balancer of a name, which has been checked.
func newBalancer(name string) Balancer {
	switch name {
	case LeastConnections:
		return &leastConnections{}
	case IPHash:
		return ipHash{}
	}
	return &smooth{}
}

// smooth is nginx's smooth weighted round robin: each pick adds every weight
// to its candidate's turn, takes the highest, and takes all weights off it
// again. Weights 5, 1, 1 go a a b a c a a. With equal weights it is round
// robin.
type smooth struct {
	mu    sync.Mutex
	turns []turn
}

type turn struct {
	id    uint64
	value float64
}

// Pick takes the candidate that is furthest behind its share.
func (s *smooth) Pick(cs []Candidate, _ uint64) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.follow(cs)
	best, total := -1, 0.0
	for i := range cs {
		if !cs[i].Ready {
			continue
		}
		s.turns[i].value += cs[i].Weight
		total += cs[i].Weight
		if best < 0 || s.turns[i].value > s.turns[best].value {
			best = i
		}
	}
	if best >= 0 {
		s.turns[best].value -= total
	}
	return best
}

// follow keeps the turns of those that stay when the candidates change.
func (s *smooth) follow(cs []Candidate) {
	same := len(cs) == len(s.turns)
	for i := 0; same && i < len(cs); i++ {
		same = s.turns[i].id == cs[i].ID
	}
	if same {
		return
	}
	next := make([]turn, len(cs))
	for i := range cs {
		next[i].id = cs[i].ID
		for _, t := range s.turns {
			if t.id == cs[i].ID {
				next[i].value = t.value
			}
		}
	}
	s.turns = next
}

// leastConnections takes the candidate with the fewest requests under way for
// its weight, and of equals the next in turn.
type leastConnections struct {
	mu   sync.Mutex
	last int
}

// Pick counts the request itself too, so that an idle candidate of a small
// weight is not always the first.
func (l *leastConnections) Pick(cs []Candidate, _ uint64) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	best, load := -1, 0.0
	for n := range cs {
		i := (l.last + 1 + n) % len(cs)
		if !cs[i].Ready || cs[i].Weight <= 0 {
			continue
		}
		if v := float64(cs[i].InFlight+1) / cs[i].Weight; best < 0 || v < load {
			best, load = i, v
		}
	}
	if best >= 0 {
		l.last = best
	}
	return best
}

// ipHash is weighted rendezvous hashing (Thaler and Ravishankar 1998; weights
// by Schindelhauer and Schomaker 2005): each candidate draws a number from
// the key, the best one wins. Where one leaves, only its keys move.
type ipHash struct{}

// Pick draws for every candidate.
func (ipHash) Pick(cs []Candidate, key uint64) int {
	best, score := -1, 0.0
	for i := range cs {
		if !cs[i].Ready || cs[i].Weight <= 0 {
			continue
		}
		// In (0, 1): 53 bits and a half.
		u := (float64(mix(key^mix(cs[i].ID))>>11) + 0.5) / (1 << 53)
		if v := -cs[i].Weight / math.Log(u); best < 0 || v > score {
			best, score = i, v
		}
	}
	return best
}

// mix is the end of SplitMix64 (Steele, Lea, Flood 2014): every bit of x
// decides half of the others.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// hashOf is FNV-1a, mixed.
func hashOf(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return mix(h)
}
