package gateway

import (
	"net"
	"time"
)

// slack is the part of a wait by which it may last longer: setting a deadline
// moves a timer of the runtime, which is not worth it for each of a thousand
// requests a second.
const slack = 16

// due is when a wait of this length ends, at the latest. set is false where
// the deadline that is in force does.
func due(until time.Time, wait time.Duration) (t time.Time, set bool) {
	most := wait + wait/slack
	if left := time.Until(until); left >= wait && left <= most {
		return until, false
	}
	return time.Now().Add(most), true
}

// since is the time now, told by how long ago another one was: that reads one
// clock, and time.Now two.
func since(t time.Time) time.Time { return t.Add(time.Since(t)) }

// An outflow writes to a connection.
type outflow struct {
	conn  net.Conn
	until time.Time // the deadline that is in force; the zero time: it is not known
}

// within has writes end so soon.
func (o *outflow) within(wait time.Duration) error {
	t, set := due(o.until, wait)
	if !set {
		return nil
	}
	o.until = t
	return o.conn.SetWriteDeadline(t)
}

// within has reads end so soon.
func (f *inflow) within(wait time.Duration) error {
	t, set := due(f.until, wait)
	if !set {
		return nil
	}
	return f.readBy(t)
}

// readBy has reads end at a time.
func (f *inflow) readBy(t time.Time) error {
	f.until = t
	return f.conn.SetReadDeadline(t)
}
