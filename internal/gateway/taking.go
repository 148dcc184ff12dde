package gateway

import (
	"errors"
	"io"
)

// takeBody takes a body that is here already: it goes along with the head,
// and can be sent again.
func (x *exchange) takeBody() {
	b, in := &x.body, &x.c.in
	switch {
	case b.kind == bodyLength && int64(len(in.pending())) >= b.left && b.left <= roomSize:
		x.small = in.pending()[:b.left]
		in.r += int(b.left)
		b.total, b.left, b.done = b.left, 0, true
		x.c.asked.take(x.small)
	case b.kind == bodyChunked && len(in.pending()) > 0:
		x.takeChunks()
	}
	if !b.done || x.upgrade {
		x.c.keepHead()
	}
	x.repeatable = b.done && isIdempotent(x.method) && !x.upgrade
}

// takeChunks takes a body in chunks, if its end is here. Whether it is, and
// what is wrong with it, is found with a copy: what is not taken is read as if
// nobody had looked.
func (x *exchange) takeChunks() {
	in := &x.c.in
	had := len(in.pending())
	copied := append([]byte(nil), in.pending()...)
	look := inflow{conn: nothingMore{}, buf: copied, w: had}
	b := x.body
	b.in = &look
	out := room{make([]byte, 0, 2*had+leastRoom)}
	p := pump{out: &out, chunked: true, tap: &x.c.asked}
	err := error(nil)
	for err == nil && cap(out.b)-len(out.b) >= leastRoom {
		err = p.part(&b)
	}
	if !errors.Is(err, io.EOF) || !b.done {
		x.c.asked.reset(x.c.asked.most)
		return
	}
	in.r += had - len(look.pending())
	b.in = in
	x.body, x.small = b, out.b
}

// nothingMore is a connection of which only what was read counts.
type nothingMore struct{ nowhere }

var errNotHere = errors.New("the rest is not here yet")

func (nothingMore) Read([]byte) (int, error) { return 0, errNotHere }
