package gateway

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// A phase is how far a request to an upstream got.
type phase int

const (
	phaseConnect phase = iota // nothing was sent
	phaseSend
	phaseHead // no answer came
	phaseBody // a part of the answer came
)

// A fault is a request that an upstream failed.
type fault struct {
	phase phase
	err   error
	// ours is no fault of the upstream's: the client went, or sent nonsense.
	ours bool
	// stale: the connection had been idle, and was closed before an answer.
	stale bool
	// unsent: nobody has got the request, as the connection was of no use.
	unsent bool
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// status is what the client is told.
func (f *fault) status() int {
	var r *refusal
	switch {
	case errors.As(f.err, &r):
		return r.status
	case errors.Is(f.err, errPoolFull):
		return 503
	case isTimeout(f.err):
		return 504
	}
	return 502
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}

// shortly is an error of the network in words without addresses, so that the
// same fault reads the same.
func shortly(err error) error {
	var r *refusal
	var n syscall.Errno
	switch {
	case err == nil, errors.As(err, &r), errors.Is(err, errPoolFull):
		return err
	case isTimeout(err):
		return brief{"timed out", err}
	case errors.As(err, &n):
		return brief{n.Error(), err}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return brief{"closed in the middle of the answer", err}
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
		return brief{"closed without an answer", err}
	}
	return err
}

// brief is an error in other words.
type brief struct {
	text string
	err  error
}

func (b brief) Error() string { return b.text }
func (b brief) Unwrap() error { return b.err }
