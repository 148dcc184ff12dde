package gateway

import (
	"sync"

	"mltop/internal/wire"
)

// rooms keeps so many rooms that nobody uses, and no more: what a peak took
// goes back to the garbage collector. The newest is on top.
type rooms struct {
	mu           sync.Mutex
	free         []*room
	most         int
	least        int // of free since the last look
	made, reused uint64
}

func (p *rooms) get() *room {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.free)
	if n == 0 {
		p.made++
		return &room{make([]byte, 0, roomSize)}
	}
	r := p.free[n-1]
	p.free[n-1], p.free = nil, p.free[:n-1]
	p.least = min(p.least, n-1)
	p.reused++
	return r
}

func (p *rooms) put(r *room) {
	if cap(r.b) > roomMost {
		return
	}
	r.b = r.b[:0]
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) < p.most {
		p.free = append(p.free, r)
	}
}

// follow takes over another size.
func (p *rooms) follow(most int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.most = most
	p.cut(len(p.free) - most)
}

// sweep gives half of what nobody has needed since the last look back.
func (p *rooms) sweep() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut((p.least + 1) / 2)
	p.least = len(p.free)
}

// cut drops n of the free ones.
func (p *rooms) cut(n int) {
	if n > 0 {
		left := max(len(p.free)-n, 0)
		clear(p.free[left:])
		p.free = p.free[:left]
		p.least = min(p.least, left)
	}
}

func (p *rooms) state() wire.GatewayBuffers {
	p.mu.Lock()
	defer p.mu.Unlock()
	return wire.GatewayBuffers{Free: len(p.free), Most: p.most, Made: p.made, Reused: p.reused, Size: roomSize}
}
