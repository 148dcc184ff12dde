package loadtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A Gate decides where requests may go, once, before the first of them: to
// this machine and to private networks, and elsewhere only by name. What a
// host's name stands for is asked once too, and every connection goes to
// those addresses.
type Gate struct {
	AllowHosts  []string // beside loopback and private addresses
	AllowUnsafe bool     // methods that change things, there too
	// Resolve and Dial are the system's where they are nil.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	Dial    func(ctx context.Context, address string) (net.Conn, error)

	pinned map[string][]netip.Addr
}

// Admit pins all that a plan sends to, or says of everything at once why it
// may not be sent there. It does not dial.
func (g *Gate) Admit(ctx context.Context, p *Plan) error {
	g.pinned = map[string][]netip.Addr{}
	var errs []error
	for _, o := range p.origins() {
		errs = append(errs, g.admit(ctx, o.Host))
	}
	for _, host := range g.AllowHosts {
		errs = append(errs, g.admit(ctx, host))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return g.checkMethods(p)
}

func (g *Gate) admit(ctx context.Context, host string) error {
	if _, ok := g.pinned[host]; ok {
		return nil
	}
	addrs, err := g.lookUp(ctx, host)
	if err != nil {
		return fmt.Errorf("look up %s: %w", host, err)
	}
	for _, a := range addrs {
		if !near(a) && !g.named(host) {
			return fmt.Errorf("%s is %s, which is neither this machine nor a private network: --allow-host %s lets the test send there", host, a, host)
		}
	}
	g.pinned[host] = addrs
	return nil
}

func (g *Gate) named(host string) bool {
	return slices.ContainsFunc(g.AllowHosts, func(h string) bool { return strings.EqualFold(h, host) })
}

// near reports an address of this machine or of a private network (RFC 1918,
// RFC 4193). Link-local ones are not: 169.254.169.254 hands out credentials.
func near(a netip.Addr) bool { return a.IsLoopback() || a.IsPrivate() || a.IsUnspecified() }

func (g *Gate) lookUp(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a.Unmap()}, nil
	}
	resolve := g.Resolve
	if resolve == nil {
		resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	addrs, err := resolve(ctx, host)
	if err != nil {
		return nil, plainDNS(err)
	}
	if len(addrs) == 0 {
		return nil, errors.New("it has no address")
	}
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	return addrs, nil
}

// plainDNS leaves out of a resolver's error what the caller says anyway.
func plainDNS(err error) error {
	var d *net.DNSError
	if errors.As(err, &d) {
		return errors.New(d.Err)
	}
	return err
}

// checkMethods refuses what may change things on hosts that are far.
func (g *Gate) checkMethods(p *Plan) error {
	if g.AllowUnsafe {
		return nil
	}
	var errs []error
	for _, s := range p.steps() {
		if !safe(s.Method) && g.far(s.Origin.Host) {
			errs = append(errs, fmt.Errorf("%s: %s may change things on %s: --allow-unsafe lets the test do so", s.Route, s.Method, s.Origin.Host))
		}
	}
	return errors.Join(errs...)
}

// safe methods change nothing (RFC 9110, 9.2.1).
func safe(method string) bool {
	return slices.Contains([]string{"GET", "HEAD", "OPTIONS", "TRACE"}, method)
}

func (g *Gate) far(host string) bool {
	return slices.ContainsFunc(g.pinned[host], func(a netip.Addr) bool { return !near(a) })
}

// admits reports whether requests may be redirected to an origin.
func (g *Gate) admits(o Origin, method string) bool {
	if _, ok := g.pinned[o.Host]; !ok {
		a, err := netip.ParseAddr(o.Host)
		return err == nil && near(a.Unmap())
	}
	return safe(method) || g.AllowUnsafe || !g.far(o.Host)
}

// connect opens a connection to the first pinned address that takes it.
func (g *Gate) connect(ctx context.Context, o Origin) (net.Conn, error) {
	addrs := g.pinned[o.Host]
	if addrs == nil { // a redirect to a literal address
		a, err := netip.ParseAddr(o.Host)
		if err != nil || !near(a.Unmap()) {
			return nil, fmt.Errorf("%s was not let through", o.Host)
		}
		addrs = []netip.Addr{a.Unmap()}
	}
	var first error
	for _, a := range addrs {
		conn, err := g.dial(ctx, net.JoinHostPort(a.String(), o.Port))
		if err == nil {
			return conn, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

func (g *Gate) dial(ctx context.Context, address string) (net.Conn, error) {
	if g.Dial != nil {
		return g.Dial(ctx, address)
	}
	// Keep-alive probes would cost a system call for each connection.
	d := net.Dialer{KeepAlive: -1 * time.Second}
	return d.DialContext(ctx, "tcp", address)
}
