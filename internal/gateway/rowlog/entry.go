package rowlog

import (
	"net/netip"
	"sync/atomic"
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
// logged. Those lent hold so many bytes together.
type entryPool struct {
	free  chan *Entry
	made  atomic.Int64
	most  int64
	bytes atomic.Int64
	full  int64
}

func newEntryPool(most int) *entryPool {
	return &entryPool{free: make(chan *Entry, most), most: int64(most), full: int64(most) * keptRoom}
}

// get answers nil when all are lent.
func (p *entryPool) get() *Entry {
	select {
	case e := <-p.free:
		return e
	default:
	}
	if p.made.Add(1) > p.most {
		p.made.Add(-1)
		return nil
	}
	return &Entry{}
}

// hold counts what an entry holds; false: that is too much.
func (p *entryPool) hold(e *Entry) bool {
	if n := int64(e.size()); p.bytes.Add(n) > p.full {
		p.bytes.Add(-n)
		return false
	}
	return true
}

func (p *entryPool) put(e *Entry) {
	if cap(e.head)+cap(e.request)+cap(e.response) > keptRoom {
		*e = Entry{}
	}
	p.free <- e // there is room for all that were made
}

// giveBack ends what hold counted.
func (p *entryPool) giveBack(e *Entry) {
	p.bytes.Add(-int64(e.size()))
	p.put(e)
}
