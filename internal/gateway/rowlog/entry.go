package rowlog

import (
	"net/netip"
	"sync"
	"time"
)

// An Entry is one request on its way into the log. What it points to stays
// its own.
type Entry struct {
	At       time.Time
	Took     time.Duration
	Status   int
	Received int64 // bytes of bodies
	Sent     int64
	Client   netip.Addr
	Upstream string
	ID       string
	// Of the answer, where bodies are kept.
	Kind, Encoding string

	head     []byte // as it was received, up to MostHead
	request  []byte // of the bodies, as far as they are kept
	response []byte
}

// Take in what a request was. The bytes are copied.
func (e *Entry) Take(head, request, response []byte) {
	e.head = append(e.head[:0], head[:min(len(head), MostHead)]...)
	e.request = append(e.request[:0], request...)
	e.response = append(e.response[:0], response...)
}

func (e *Entry) size() int { return len(e.head) + len(e.request) + len(e.response) }

// What is kept of a head, and the room that an entry keeps for the next one:
// heads of browsers have 600 to 1,500 bytes.
const (
	MostHead = 8 << 10
	keptRoom = 2 << 10
)

// An entryPool lends so many entries and no more: who gets none is not
// logged. Those lent hold so many bytes together. The newest is lent first:
// it is still in the processor's cache.
type entryPool struct {
	mu    sync.Mutex
	free  []*Entry
	made  int
	most  int
	bytes int64 // held
	full  int64
}

func newEntryPool(most int) *entryPool {
	return &entryPool{most: most, full: int64(most) * keptRoom}
}

// get answers nil when all are lent.
func (p *entryPool) get() *Entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		e := p.free[n-1]
		p.free[n-1], p.free = nil, p.free[:n-1]
		return e
	}
	if p.made == p.most {
		return nil
	}
	p.made++
	return &Entry{}
}

// hold counts what an entry holds; false: that is too much, and it is back.
func (p *entryPool) hold(e *Entry) bool {
	n := int64(e.size())
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bytes+n > p.full {
		p.put(e)
		return false
	}
	p.bytes += n
	return true
}

// giveBack ends what hold counted.
func (p *entryPool) giveBack(es ...*Entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range es {
		p.bytes -= int64(e.size())
		p.put(e)
	}
}

// giveUp takes one back that was not handed in.
func (p *entryPool) giveUp(e *Entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.put(e)
}

// put is called with the lock held.
func (p *entryPool) put(e *Entry) {
	if cap(e.head)+cap(e.request)+cap(e.response) > keptRoom {
		*e = Entry{}
	}
	p.free = append(p.free, e)
}

// count is how many were made, and how many of them are free.
func (p *entryPool) count() (made, free int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.made, len(p.free)
}
