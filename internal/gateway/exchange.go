package gateway

import (
	"math/rand/v2"
	"net/netip"
	"strconv"
	"time"

	"mltop/internal/gateway/compress"
)

// An exchange is one request and its answer.
type exchange struct {
	c     *client
	s     *setup
	r     *route
	began time.Time
	id    string
	key   uint64 // of the client, for the balancer
	from  netip.Addr
	out   *room // the request as it goes to the upstream
	body  body
	small []byte // all of a small body
	// upgrade: the client asks for a WebSocket.
	upgrade    bool
	repeatable bool // the same twice does what it does once, and all of it is in out
	alone      bool // nothing else goes over its upstream's connection behind it
	method     []byte
	methodRoom [maxMethod]byte
	again      bool // the client's connection stays open
	inside     bool // it holds a place of the admission
	caching
	up         upload
	down       relayed
	candidates [fewUpstreams]Candidate
	likes      compress.Request // of compression
	authorized bool             // it has credentials
	report
}

// A report is what is known of an exchange at its end.
type report struct {
	method, path string
	status       int
	sent         int64
	upstream     *upstream
	took         time.Duration
}

// exchange lends one; none outlives serveOne, which waits for all that it
// began.
func (g *Gateway) exchange(c *client) *exchange {
	x, ok := g.exchanges.Get().(*exchange)
	if !ok {
		x = &exchange{}
	}
	x.c, x.s, x.began = c, g.setup.Load(), time.Now()
	return x
}

// now is the time by the clock of its beginning.
func (x *exchange) now() time.Time { return since(x.began) }

func (g *Gateway) giveBack(x *exchange) {
	*x = exchange{}
	g.exchanges.Put(x)
}

// serveOne serves one request, and says whether another may follow.
func (c *client) serveOne() bool {
	x := c.g.exchange(c)
	defer c.g.giveBack(x)
	if err := c.readHead(x.s); err != nil {
		x.turnAway(err)
		return false
	}
	if c.isOurs(x) {
		return x.again
	}
	c.normal = normalPath(c.normal, c.head.path)
	x.prepare()
	x.out = c.g.rooms.get()
	defer c.g.rooms.put(x.out)
	x.pass()
	x.leave()
	end := time.Now()
	x.took = end.Sub(x.began)
	c.g.tally.count(&x.report, end)
	if x.r != nil {
		x.r.took.add(x.took)
	}
	x.log()
	x.tell()
	return x.again
}

// isOurs answers what the gateway itself is asked.
func (c *client) isOurs(x *exchange) bool {
	at := c.g.adminAt.Load()
	if string(c.head.target) != discovery || at == nil || !c.peer.IsLoopback() {
		return false
	}
	c.say(200, "admin http://"+*at, "", false, manner{minor: c.head.minor})
	return true
}

// discovery is where a gateway tells this machine its admin endpoint.
const discovery = "/.well-known/mltop-gateway"

func (x *exchange) prepare() {
	h := &x.c.head
	x.method = append(x.methodRoom[:0], h.method...)
	x.report.method, x.report.path = methodName(h.method), x.c.pathName(h.path)
	x.body = requestBody(&x.c.in, h.framing, x.s.cfg.Limits.Body)
	x.c.beginLog()
	x.again = !h.close && (h.minor == 1 || h.keepAlive) && !x.c.g.stopping.Load()
	x.upgrade = h.websocket() && h.minor == 1 && !h.hasBody() && string(h.method) == "GET"
	x.from = clientOf(h.fields, x.c.peer, x.s.trusts)
	a := x.from.As16()
	x.key = hashOf(string(a[:]))
	if x.s.trusts(x.c.peer) {
		x.id = givenID(h.fields)
	}
	if x.id == "" {
		x.id = newID()
	}
	x.noteLikes()
}

// methodName is a method without room of its own for those that are common.
func methodName(method []byte) string {
	switch string(method) {
	case "GET":
		return "GET"
	case "POST":
		return "POST"
	case "HEAD":
		return "HEAD"
	}
	return string(method)
}

// pathName is a path; clients ask for the same one again and again.
func (c *client) pathName(path []byte) string {
	if c.lastPath != string(path) {
		c.lastPath = string(path)
	}
	return c.lastPath
}

// newID is a request's id: 64 bits of chance.
func newID() string {
	const digits = "0123456789abcdef"
	var b [16]byte
	v := rand.Uint64()
	for i := range b {
		b[i] = digits[v>>(4*i)&15]
	}
	return string(b[:])
}

// pass lets the request in, and passes it on.
func (x *exchange) pass() {
	h := &x.c.head
	if most := x.s.cfg.Limits.Body; most > 0 && h.length > most {
		x.refuse(errBodyTooLong, "")
		return
	}
	if x.r = x.s.route(h.host, x.c.normal); x.r == nil {
		x.answer(404, "no route leads there", "")
		return
	}
	if x.comesBack() {
		x.answer(508, "the request came back to the gateway: an upstream leads to it", "")
		return
	}
	if !x.fromCache() {
		x.ask()
	}
}

// ask asks the upstreams, in its turn.
func (x *exchange) ask() {
	defer x.letGo()
	if err := x.c.g.admission.enter(); err != nil {
		if x.saved(0) {
			return
		}
		x.refuse(err, "Retry-After: "+strconv.Itoa(retryAfter(x.s.cfg.Queue))+"\r\n")
		return
	}
	x.inside = true
	x.r.earn()
	x.alone = x.c.head.hasBody() && mayBeLeft(x.method) && !x.r.rule.ReadsBodies
	x.takeBody()
	x.forward()
}

// retryAfter is how long a full queue takes to pass, in whole seconds.
func retryAfter(q QueueRule) int { return max(1, int(q.Wait.Seconds()+0.5)) }

func (x *exchange) leave() {
	if x.inside {
		x.inside = false
		x.c.g.admission.leave()
	}
}

// comesBack finds the gateway's own name in Via.
func (x *exchange) comesBack() bool {
	for _, f := range x.c.head.fields {
		if sameFold(f.name, "via") && contains(f.value, x.c.g.instance) {
			return true
		}
	}
	return false
}

func contains(v []byte, s string) bool {
	for i := 0; i+len(s) <= len(v); i++ {
		if string(v[i:i+len(s)]) == s {
			return true
		}
	}
	return false
}

// write puts together what the upstream gets.
func (x *exchange) write(u *upstream) {
	p := passage{peer: x.c.from, secure: x.c.secure, trusted: x.s.trusts(x.c.peer), id: x.id, via: x.c.g.instance, last: x.alone, upgrade: x.upgrade}
	if x.s.cfg.OwnHost || len(x.c.head.host) == 0 {
		p.host = u.rule.Load().Address
	}
	x.validate(&p)
	x.out.b = append(appendRequest(x.out.b[:0], &x.c.head, &p), x.small...)
}

// mayBeLeft: a body that these bring means nothing (RFC 9110, 9.3.1), so that
// many servers leave it unread, and take it for the next request.
func mayBeLeft(method []byte) bool {
	switch string(method) {
	case "POST", "PUT", "PATCH":
		return false
	}
	return true
}

// isIdempotent: RFC 9110, 9.2.2.
func isIdempotent(method []byte) bool {
	switch string(method) {
	case "GET", "HEAD", "OPTIONS", "PUT", "DELETE":
		return true
	}
	return false
}

// answer is one of the gateway's own, to a request that was read.
func (x *exchange) answer(status int, text, extra string) {
	if !x.body.done {
		x.again = false // its body is not read any more
	}
	x.status = status
	x.c.answered.take([]byte(text))
	ok := x.c.say(status, text+" (request "+x.id+")", extra, string(x.method) == "HEAD", manner{minor: x.c.head.minor, again: x.again, id: x.id})
	x.again = x.again && ok
	if ok && !x.body.done {
		x.c.linger()
	}
}
