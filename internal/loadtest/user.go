package loadtest

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// A user sends one request after the other: a virtual user of a closed model,
// or one that arrivals are handed to in an open one.
type user struct {
	run   *Run
	id    int
	ex    exchanger
	scope scope
	jar   http.CookieJar // nil: cookies are not kept
	alone bool           // its last request found no way to the target

	mu      sync.Mutex // of pending: the clock hands it in from time to time
	pending []record
}

// handIn: so many requests are counted at once, because each counting locks
// the tally.
const handIn = 32

func newUser(r *Run, id int) *user {
	u := &user{run: r, id: id, ex: r.newExchanger(), pending: make([]record, 0, handIn)}
	u.scope = scope{vars: map[string]string{}, rand: random(r.plan.Seed, uint64(id))}
	u.begin()
	return u
}

// begin forgets what a user has learnt.
func (u *user) begin() {
	clear(u.scope.vars)
	for name, v := range u.run.vars {
		u.scope.vars[name] = v
	}
	if u.run.plan.Cookies {
		u.jar, _ = cookiejar.New(nil) // without options it cannot fail
	}
}

// turn goes through one pattern, whose first request is due and may be sent
// as soon as it is ready. It answers when the last one was over, and what to
// think then.
func (u *user) turn(p pattern, due, ready time.Duration) (time.Duration, time.Duration) {
	u.run.plan.Data.fill(u.scope.vars, u.run.turns.Add(1)-1)
	for i := range p {
		end := u.request(&p[i], due, ready)
		think := p[i].Think.draw(u.scope.rand)
		if i == len(p)-1 {
			return end, think
		}
		due = end + think
		ready = due
		if isClosed(u.run.over) || !u.run.alarm.wait(due, u.run.over) {
			break // what is due after the end is not sent
		}
	}
	return due, 0
}

// request sends one and notes what became of it.
func (u *user) request(s *step, due, ready time.Duration) time.Duration {
	u.scope.seq = u.run.sent.Add(1)
	began := time.Now()
	r := record{due: due, ready: ready, start: began.Sub(u.run.clock.began), route: s.route}
	a, err := u.send(s, began.Add(u.run.plan.Timeout))
	r.end = u.run.clock.now()
	r.status, r.bytes, r.connected, r.again = int32(a.status), a.bytes, a.connected, a.again
	if err == nil {
		if f := u.look(s.Step, &a); f != nil {
			r.fault = f
		}
	} else {
		r.fault = faultOf(err, "send")
	}
	u.alone = r.fault != nil && slices.Contains([]string{kindRefused, kindUnreachable, kindPorts, kindFiles}, r.fault.kind)
	u.run.done.Add(1)
	if r.fault != nil && u.run.cut.Load() {
		u.run.unfinished.Add(1) // broken off by us: nobody's fault
		return r.end
	}
	u.note(r)
	return r.end
}

func (u *user) send(s *step, deadline time.Time) (answer, error) {
	o, err := u.outgoing(s)
	if err != nil {
		return answer{}, &fault{kindVariable, err.Error()}
	}
	p := u.run.plan
	return follow(u.run.hard, u.ex, u.run.gate, o, deadline, s.want, p.Redirects)
}

// look judges an answer and keeps of it what later requests need.
func (u *user) look(s *Step, a *answer) *fault {
	if u.jar != nil && len(a.cookies) > 0 {
		u.jar.SetCookies(u.pageURL(s), parseCookies(a.cookies))
	}
	if f := s.judge(a); f != nil {
		return f
	}
	return s.take(a, u.scope.vars)
}

func (u *user) pageURL(s *Step) *url.URL {
	path, _, _ := strings.Cut(s.Path.String(), "?")
	return &url.URL{Scheme: scheme(s.Origin), Host: s.Origin.authority(), Path: path}
}

func scheme(o Origin) string {
	if o.TLS {
		return "https"
	}
	return "http"
}

func parseCookies(lines []string) []*http.Cookie {
	var out []*http.Cookie
	for _, l := range lines {
		if c, err := http.ParseSetCookie(l); err == nil {
			out = append(out, c)
		}
	}
	return out
}

// outgoing fills a step's templates. One without variables was put together
// before the run.
func (u *user) outgoing(s *step) (*outgoing, error) {
	if s.ready != nil {
		return s.ready, nil
	}
	return fillStep(s.Step, &u.scope, u.cookies(s.Step))
}

func (u *user) cookies(s *Step) string {
	if u.jar == nil {
		return ""
	}
	var pairs []string
	for _, c := range u.jar.Cookies(u.pageURL(s)) {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	return strings.Join(pairs, "; ")
}

// fillStep makes a request of a step. In a path, values are escaped so that
// they stay within their segment or parameter.
func fillStep(s *Step, sc *scope, cookies string) (*outgoing, error) {
	o := &outgoing{origin: s.Origin, method: s.Method}
	var err error
	if o.uri, err = s.Path.fill(sc, escapeURL); err != nil {
		return nil, err
	}
	for _, h := range s.Headers {
		v, err := h.Value.fill(sc, asIs)
		if err != nil {
			return nil, err
		}
		o.headers = append(o.headers, field{h.Name, v})
	}
	if cookies != "" {
		o.headers = append(o.headers, field{"Cookie", cookies})
	}
	body, err := s.Body.fill(sc, s.Escape.of)
	o.body = []byte(body)
	return o, err
}

// escapeURL fits a path segment and a parameter alike.
func escapeURL(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func asIs(s string) string { return s }

// note keeps a record until there are enough to hand in.
func (u *user) note(r record) {
	u.mu.Lock()
	u.pending = append(u.pending, r)
	full := len(u.pending) == handIn
	u.mu.Unlock()
	if full {
		u.flush()
	}
}

// flush hands in what is pending.
func (u *user) flush() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.pending) > 0 {
		u.run.tally.add(u.pending)
		u.pending = u.pending[:0]
	}
}

// close ends the user's connections.
func (u *user) close() { u.ex.interrupt() }
