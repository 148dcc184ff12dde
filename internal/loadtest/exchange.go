package loadtest

import (
	"context"
	"time"
)

// An outgoing is one request, ready to be sent.
type outgoing struct {
	origin  Origin
	method  string
	uri     string // path and query
	headers []field
	body    []byte
	raw     []byte // all of it as HTTP/1.1, where it is always the same
}

type field struct{ name, value string }

// An answer is what came back. Its parts are valid until the next exchange.
type answer struct {
	status    int
	bytes     int64  // of the body
	body      []byte // as much of it as was asked for
	cut       bool   // the body is longer than that
	cookies   []string
	header    func(name string) string
	connected time.Duration // what it took to open a connection; 0: one was open
	again     bool          // it was sent anew, because the connection had been closed before
}

// An exchanger sends requests and reads answers, one at a time.
type exchanger interface {
	// exchange is over by the deadline.
	exchange(ctx context.Context, o *outgoing, deadline time.Time, w want) (answer, error)
	// interrupt breaks off what is under way, from another goroutine, and
	// closes everything.
	interrupt()
}

// A want is what of an answer is looked at: the rest is counted and dropped.
type want struct {
	body    int // bytes of it
	cookies bool
}
