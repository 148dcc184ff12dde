package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// A whereabouts finds the addresses of an upstream's name, anew for each
// connection. While no name server answers the name leads where it led before:
// the upstream may be well. One that says that there is no such name is believed.
type whereabouts struct {
	names *net.Resolver // nil: the system's

	mu    sync.Mutex
	known []netip.Addr
	away  error     // why no name server answered; nil: it did
	next  time.Time // when to ask again
	told  bool      // what was told last: that none answers
}

// askAgain is how long a name server that does not answer is not asked: each
// question costs half the time that there is for a connection.
const askAgain = 5 * time.Second

// connect opens a connection to one of the addresses.
func (w *whereabouts) connect(ctx context.Context, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return (&net.Dialer{}).DialContext(ctx, "tcp", address)
	}
	addrs, err := w.find(ctx, host)
	if err != nil {
		return nil, err
	}
	var c net.Conn
	for i, a := range addrs {
		if c, err = connectTo(ctx, net.JoinHostPort(a.String(), port), len(addrs)-i); err == nil {
			return c, nil
		}
	}
	return nil, err
}

// connectTo has its share of the time that is left for so many.
func connectTo(ctx context.Context, address string, of int) (net.Conn, error) {
	if end, ok := ctx.Deadline(); ok {
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, time.Until(end)/time.Duration(of))
		defer cancel()
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", address)
}

func (w *whereabouts) find(ctx context.Context, host string) ([]netip.Addr, error) {
	known, ask := w.before(time.Now())
	if !ask {
		return known, nil
	}
	if end, ok := ctx.Deadline(); ok && known != nil {
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, time.Until(end)/2)
		defer cancel()
	}
	names := w.names
	if names == nil {
		names = net.DefaultResolver
	}
	addrs, err := names.LookupNetIP(ctx, "ip", host)
	return w.note(addrs, err, time.Now())
}

// before is what is known, and whether to ask nevertheless.
func (w *whereabouts) before(now time.Time) (known []netip.Addr, ask bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.known, w.known == nil || w.away == nil || !now.Before(w.next)
}

// note takes in an answer, and says what follows of it.
func (w *whereabouts) note(addrs []netip.Addr, err error, now time.Time) ([]netip.Addr, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var dns *net.DNSError
	switch {
	case err == nil:
		w.known, w.away = addrs, nil
	case errors.As(err, &dns) && dns.IsNotFound, w.known == nil:
		w.known, w.away = nil, nil
		return nil, err
	default:
		w.away, w.next = err, now.Add(askAgain)
	}
	return w.known, nil
}

// tell says what changed since it was last asked; "": nothing.
func (w *whereabouts) tell() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	was := w.told
	w.told = w.away != nil
	switch {
	case w.told && !was:
		return fmt.Sprintf("no name server answers for its name (%v): it is looked for where it was", shortly(w.away))
	case was && !w.told:
		return "a name server answers for its name again"
	}
	return ""
}
