package cache

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/maypok86/otter/v2"
)

// A node is what is known of a URI: the answers that it has are found with
// its generation and the fields that it names. Without it they are lost.
type node struct {
	id         ID
	generation uint64
	vary       []string // in order
	until      time.Time
	// known are the keys of answers by what makes them: looking one up is
	// cheaper than reckoning it.
	known map[string]Key
	// alone: so long every request asks for itself, as answers turned out to
	// be for one request each.
	alone time.Time
}

func newNode(id ID) *node { return &node{id: id, generation: rand.Uint64()} }

// mostKnown bounds the keys that a node knows: few URIs have more variants, and
// a crowd of them would cost more than it saves.
const mostKnown = 8

// knowing is a node that also knows the key that a request's answer was put
// under. made is what second made it of.
func (n *node) knowing(made []byte, key Key) *node {
	if _, ok := n.known[string(made)]; ok || len(n.known) >= mostKnown {
		return n
	}
	next := *n
	next.known = maps.Clone(n.known)
	if next.known == nil {
		next.known = map[string]Key{}
	}
	next.known[string(made)] = key
	return &next
}

// with is a node that also names these fields, and lasts so long.
func (n *node) with(names []string, until time.Time) *node {
	next := *n
	next.vary, next.alone = union(n.vary, names), time.Time{}
	if len(next.vary) > len(n.vary) {
		next.known = nil
	}
	if until.After(next.until) {
		next.until = until
	}
	return &next
}

// knownOverhead is what a known key takes in a map, beside what it is made of.
const knownOverhead = 80

// nodeOverhead is what a node takes beside its strings.
const nodeOverhead = 400

// A slot of the memory has one of the two.
type slot struct {
	node  *node
	entry *Entry
}

func (s slot) weight() uint32 {
	if s.entry != nil {
		return s.entry.weight()
	}
	size := nodeOverhead + s.node.id.size() + 24*len(s.node.vary)
	for made := range s.node.known {
		size += knownOverhead + len(made)
	}
	return weigh(size)
}

func (s slot) until() time.Time {
	if s.entry != nil {
		return s.entry.until
	}
	return s.node.until
}

func (s slot) id() *ID {
	if s.entry != nil {
		return &s.entry.id
	}
	return &s.node.id
}

type memory = otter.Cache[Key, slot]

// leastKept: an expiry of zero would be none.
const leastKept = time.Millisecond

func newMemory(size int64, c *counts) (*memory, error) {
	m, err := otter.New(&otter.Options[Key, slot]{
		MaximumWeight: uint64(size),
		// What a few reads leave to be done is done by one of them: a goroutine
		// for it wakes a thread, which costs more than the work.
		Executor: func(work func()) { work() },
		Weigher:  func(_ Key, s slot) uint32 { return s.weight() },
		ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[Key, slot]) time.Duration {
			return max(time.Until(e.Value.until()), leastKept)
		}),
		OnAtomicDeletion: func(e otter.DeletionEvent[Key, slot]) {
			if e.Cause == otter.CauseOverflow {
				c.evicted.Add(1)
			}
		},
	})
	if err != nil {
		return nil, fmt.Errorf("make room for the cache: %w", err)
	}
	return m, nil
}

// forget takes out what matches, and answers how many answers that were.
func forget(m *memory, which func(*ID) bool) (n int) {
	var gone []Key
	for k, s := range m.All() {
		if which(s.id()) {
			gone = append(gone, k)
			if s.entry != nil {
				n++
			}
		}
	}
	for _, k := range slices.Clip(gone) {
		m.Invalidate(k)
	}
	return n
}
