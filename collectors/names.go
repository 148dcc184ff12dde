package collectors

// names gives small numbers to routes and fingerprints, so that each text is
// kept once, and remembers how heavy each was lately.
type names[K comparable] struct {
	ids    map[K]uint32
	keys   []K // by id - firstName
	weight []float64
	free   []uint32
	size   func(K) int
	bytes  int
	halved int64 // when the weights were last halved, unix seconds
	swept  int   // names left by the last sweep
}

func newNames[K comparable](size func(K) int) *names[K] {
	return &names[K]{ids: map[K]uint32{}, size: size}
}

// nameOverhead is what a name costs beside its text: map slot, key, weight.
const nameOverhead = 96

func (n *names[K]) id(k K) uint32 {
	if id, ok := n.ids[k]; ok {
		return id
	}
	id := uint32(len(n.keys) + firstName)
	if last := len(n.free) - 1; last >= 0 {
		id, n.free = n.free[last], n.free[:last]
		n.keys[id-firstName], n.weight[id-firstName] = k, 0
	} else {
		n.keys, n.weight = append(n.keys, k), append(n.weight, 0)
	}
	n.ids[k] = id
	n.bytes += nameOverhead + n.size(k)
	return id
}

func (n *names[K]) key(id uint32) K { return n.keys[id-firstName] }

// note makes a name heavier; those that were heavy lately stay named.
func (n *names[K]) note(id uint32, weight float64) { n.weight[id-firstName] += weight }

// halfLife is in seconds: a route that was slow ten minutes ago still has
// half its claim to a name.
const halfLife = 600

func (n *names[K]) age(now int64) {
	if now-n.halved < halfLife {
		return
	}
	n.halved = now
	for i := range n.weight {
		n.weight[i] /= 2
	}
}

// full reports that many names came since the last sweep.
func (n *names[K]) full() bool { return len(n.ids) > 2*n.swept+8*namesKept }

// sweep forgets the names that used does not have.
func (n *names[K]) sweep(used map[uint32]bool) {
	for k, id := range n.ids {
		if used[id] {
			continue
		}
		var none K
		delete(n.ids, k)
		n.bytes -= nameOverhead + n.size(k)
		n.keys[id-firstName] = none
		n.free = append(n.free, id)
	}
	n.swept = len(n.ids)
}
