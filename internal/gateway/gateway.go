package gateway

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"mltop/internal/gateway/rowlog"
	"mltop/internal/gateway/webhook"
)

// A Gateway serves requests from New to Stop.
type Gateway struct {
	setup     atomic.Pointer[setup]
	admission admission
	rooms     rooms
	buffers   sync.Pool // of *[inflowRoom]byte, for clients that are not idle
	exchanges sync.Pool // of *exchange
	collector collector
	events    events
	tally     tally
	shares    shares
	log       *rowlog.Log // nil: none
	hooks     atomic.Pointer[webhook.Sender]
	steering  steering
	squeezed  squeezed
	began     time.Time
	instance  string // in Via: a request that comes back is ours

	ordering sync.Mutex // one order or reload at a time changes the configuration
	mu       sync.Mutex // of what follows
	checkers map[*upstream]context.CancelFunc
	leaving  []*upstream // taken out, with requests under way
	clients  map[*client]struct{}
	stopping atomic.Bool
	refused  atomic.Uint64               // connections beyond the limit
	cert     atomic.Pointer[certificate] // nil: no TLS
	adminAt  atomic.Pointer[string]
	listenAt atomic.Pointer[string] // where Listen opened it: a configured port of 0 is any

	background context.Context
	end        context.CancelFunc
	loops      sync.WaitGroup // checks, weights
	serving    sync.WaitGroup // connections
}

// New makes a gateway of a configuration. It checks its upstreams until Stop.
func New(cfg Config) (*Gateway, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	g := &Gateway{
		began: time.Now(), instance: "mltop-" + strconv.FormatUint(rand.Uint64()|1<<63, 36),
		checkers: map[*upstream]context.CancelFunc{}, clients: map[*client]struct{}{},
	}
	g.background, g.end = context.WithCancel(context.Background())
	if err := g.Reload(cfg); err != nil {
		g.end()
		return nil, err
	}
	g.loops.Go(g.weigh)
	g.loops.Go(g.sweep)
	g.loops.Go(g.steer)
	return g, nil
}

// Reload puts another configuration into force. Connections stay open, and
// requests under way finish by the old one. With an error nothing changed.
func (g *Gateway) Reload(cfg Config) error {
	g.ordering.Lock() // an order that is carried out began with what was in force
	defer g.ordering.Unlock()
	return g.reload(cfg, "")
}

// reload tells by whom behind what changes for an upstream.
func (g *Gateway) reload(cfg Config, by string) error {
	if err := cfg.Check(); err != nil {
		return err
	}
	cert, err := g.certificateOf(cfg)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	old := g.setup.Load()
	if old != nil && old.cfg.Listen != cfg.Listen {
		return fmt.Errorf("the address %s cannot change to %s while the gateway runs", old.cfg.Listen, cfg.Listen)
	}
	if err := g.mayLog(cfg.Log); err != nil {
		return err
	}
	keeps, err := g.cacheFor(cfg, old)
	if err != nil {
		return err
	}
	next := newSetup(cfg, old)
	next.cache = keeps
	next.adopt()
	g.admission.follow(cfg.Queue)
	g.setup.Store(next)
	g.useCertificate(cert)
	if g.log != nil {
		g.log.Follow(cfg.Log)
	}
	g.followHooks(cfg.Webhooks)
	g.rooms.follow(cfg.Memory.Buffers)
	g.collector.follow(cfg.Memory)
	g.follow(next, old, by)
	return nil
}

// follow begins to check new upstreams, and lets those go that are out.
func (g *Gateway) follow(next, old *setup, by string) {
	for _, u := range next.all {
		if g.checkers[u] == nil {
			ctx, cancel := context.WithCancel(g.background)
			g.checkers[u] = cancel
			g.loops.Go(func() { g.check(ctx, u) })
			if old != nil {
				g.events.add(u, "added"+by)
			}
		}
	}
	if old == nil {
		return
	}
	g.tellDrains(next, old, by)
	for _, u := range old.all {
		if find(next.all, u.rule.Load().URL) == nil {
			u.gone.Store(true)
			g.checkers[u]()
			delete(g.checkers, u)
			g.leaving = append(g.leaving, u)
			g.events.add(u, "removed"+by+finishes)
		}
	}
}

// finishes is what becomes of an upstream's requests under way.
const finishes = ": it finishes the requests that it has"

// tellDrains says which upstreams get nothing new from now on, and which do
// again.
func (g *Gateway) tellDrains(next, old *setup, by string) {
	was, is := old.cfg.drains(), next.cfg.drains()
	for _, u := range next.all {
		switch url := u.rule.Load().URL; {
		case is[url] && !was[url]:
			g.events.add(u, "drained"+by+finishes)
		case was[url] && !is[url] && find(old.all, url) != nil:
			g.events.add(u, "undrained"+by)
		}
	}
}

// drains are the URLs of the upstreams that get nothing new.
func (c *Config) drains() map[string]bool {
	out := map[string]bool{}
	for _, r := range c.Routes {
		for _, u := range r.Upstreams {
			out[u.URL] = out[u.URL] || u.Drain
		}
	}
	return out
}

// AdminAt says where the admin endpoint was opened.
func (g *Gateway) AdminAt(address string) { g.adminAt.Store(&address) }

// Config is the configuration in force.
func (g *Gateway) Config() Config { return g.setup.Load().cfg }

// Listen opens the address of the configuration.
func (g *Gateway) Listen() (net.Listener, error) {
	l, err := net.Listen("tcp", g.Config().Listen)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	at := l.Addr().String()
	g.listenAt.Store(&at)
	return l, nil
}

// Serve takes connections until Stop closes the listener.
func (g *Gateway) Serve(l net.Listener) error {
	stop := context.AfterFunc(g.background, func() { l.Close() })
	defer stop()
	var said time.Time
	for {
		c, err := l.Accept()
		if err == nil {
			g.accept(c)
			continue
		}
		if g.stopping.Load() || errors.Is(err, net.ErrClosed) {
			return nil
		}
		var n net.Error
		if !errors.As(err, &n) {
			return fmt.Errorf("take a connection: %w", err)
		}
		// No more files, or a client that went at once: neither is the end.
		if noFiles(err) && time.Since(said) > sayAgain {
			said = time.Now()
			g.Note("no connection can be taken: " + shortly(err).Error() + "; it is tried again and again")
		}
		select {
		case <-time.After(acceptPause):
		case <-g.background.Done():
		}
	}
}

// acceptPause lets others close files before the next attempt.
const acceptPause = 10 * time.Millisecond

// sayAgain keeps what lasts from filling the events.
const sayAgain = time.Minute

func noFiles(err error) bool { return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) }

func (g *Gateway) accept(raw net.Conn) {
	c := g.newClient(raw)
	g.mu.Lock()
	full := len(g.clients) >= g.setup.Load().cfg.Limits.Connections
	if !full && !g.stopping.Load() {
		g.clients[c] = struct{}{}
		g.serving.Add(1)
	}
	g.mu.Unlock()
	if full || g.stopping.Load() && !g.knows(c) {
		g.refused.Add(1)
		raw.Close()
		return
	}
	go g.serve(c)
}

func (g *Gateway) knows(c *client) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, ok := g.clients[c]
	return ok
}

func (g *Gateway) serve(c *client) {
	defer g.serving.Done()
	defer func() {
		g.mu.Lock()
		delete(g.clients, c)
		g.mu.Unlock()
		c.conn.Close()
	}()
	c.serve()
}

// Stop takes no more connections, lets requests finish until ctx ends, and
// breaks off the rest. It answers how many those were.
func (g *Gateway) Stop(ctx context.Context) (broken int) {
	g.mu.Lock()
	g.stopping.Store(true)
	for c := range g.clients {
		c.farewell()
	}
	g.mu.Unlock()
	g.end()
	done := make(chan struct{})
	go func() { g.serving.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		broken = g.breakOff()
		<-done
	}
	g.loops.Wait()
	if s := g.hooks.Load(); s != nil {
		s.Close(ctx)
	}
	for _, u := range append(g.setup.Load().all, g.leaving...) {
		u.pool.close()
	}
	if keeps := g.setup.Load().cache; keeps != nil {
		keeps.Close()
	}
	return broken
}

// breakOff closes what is left, and answers how many had a request under way.
func (g *Gateway) breakOff() (busy int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for c := range g.clients {
		if c.state.Load() == clientBusy {
			busy++
		}
		c.breakOff()
	}
	return busy
}

// sweep closes what has been idle too long, once a second.
func (g *Gateway) sweep() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-g.background.Done():
			return
		case now := <-tick.C:
			for _, u := range g.setup.Load().all {
				u.pool.prune(now)
			}
			g.rooms.sweep()
			g.collector.sweep(g.Config().Memory.Collect, now)
			g.collector.pace(living())
			g.sweepLeaving()
			g.sweepCertificate()
		}
	}
}

func (g *Gateway) sweepLeaving() {
	g.mu.Lock()
	defer g.mu.Unlock()
	kept := g.leaving[:0]
	for _, u := range g.leaving {
		if u.inFlight.Load() > 0 {
			kept = append(kept, u)
			continue
		}
		u.pool.close()
		g.events.add(u, "gone: its last request is done")
	}
	clear(g.leaving[len(kept):])
	g.leaving = kept
}
