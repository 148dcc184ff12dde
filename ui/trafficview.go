package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mltop/internal/units"
	"mltop/internal/wire"
)

// View draws the head, the upstreams, what is to say of the chosen one, and
// the events.
func (t *traffic) View() string {
	if t.w <= 0 || t.h <= 0 {
		return ""
	}
	a := newGrid(t.w, t.h)
	t.draw(a)
	return a.g.render(t.paint)
}

// The heights of the parts; upstreams get what the events leave.
const (
	trafficHead = 5
	trafficWhy  = 3
	leastEvents = 5
)

func (t *traffic) draw(a area) {
	parts := trafficParts(t.before, t.now)
	head, body := a.top(trafficHead + len(parts))
	t.drawHead(head, parts)
	foot, body := body.bottom(1)
	t.drawFoot(foot)
	rows := min(len(t.now.Upstreams)+1, max(body.h-trafficWhy-leastEvents, 2))
	list, body := body.top(rows)
	t.drawUpstreams(list)
	why, events := body.top(trafficWhy)
	t.drawWhy(why)
	t.drawEvents(events)
}

func (t *traffic) drawHead(a area, parts []part) {
	g, q := t.now, t.now.Queue
	x := a.text(1, 0, inkStrong, "gateway "+g.Listen)
	x = a.text(x+2, 0, inkText, units.PerSecond(perSecond(t.before, g)))
	x = a.text(x+2, 0, inkDim, units.Whole(int64(g.Requests))+" in all, "+statusText(g.Statuses))
	if t.paused {
		a.text(x+2, 0, inkWarn, fmt.Sprintf("PAUSED  %d samples behind", t.behind))
	}
	if t.failed != "" {
		a.text(1, 1, inkCrit, "■ no answer, what is shown is of "+g.Time.Local().Format("15:04:05")+": "+t.failed)
	} else {
		a.text(1, 1, inkDim, "up "+units.Ago(g.Time.Sub(g.Since))+"; "+lineOfConnections(g))
	}
	ink := inkText
	if q.Depth > 0 || q.Overflowed > t.before.Queue.Overflowed {
		ink = inkWarn
	}
	a.text(1, 2, ink, fmt.Sprintf("queue %d of %d, deepest %d; %d under way%s; %s turned away", q.Depth, q.Size, q.Deepest, q.InFlight,
		mostOf(q.MostInFlight), units.Whole(int64(q.Overflowed+q.Expired))))
	if g.HAProxy != nil {
		drawFollower(a.sub(1, 3, a.w-1, 1), g.HAProxy)
	} else {
		a.text(1, 3, inkDim, memoryText(g.Memory))
	}
	for i, p := range parts {
		a.text(1, 4+i, p.ink, p.text)
	}
}

// drawFollower says how the HAProxy fares that follows.
func drawFollower(a area, h *wire.GatewayHAProxy) {
	if h.Error != "" {
		since := ""
		if h.AwaySince != nil {
			since = " since " + h.AwaySince.Local().Format(time.TimeOnly)
		}
		a.text(0, 0, inkCrit, "■ haproxy does not answer"+since+", it keeps what was set: "+h.Error)
		return
	}
	text, ink := fmt.Sprintf("haproxy %s follows: %s, %s, %s repaired", h.Version, serversText(h.Servers), units.Plural(int(h.Orders), "order"), units.Plural(int(h.Drifts), "drift")), inkDim
	if len(h.Missing) > 0 {
		text, ink = text+"; not there: "+strings.Join(h.Missing, ", "), inkWarn
	}
	if len(h.Strange) > 0 {
		text += "; not steered: " + strings.Join(h.Strange, ", ")
	}
	a.text(0, 0, ink, text)
}

func serversText(servers []wire.GatewayServer) string {
	n, held := len(servers), 0
	for _, s := range servers {
		if s.Held != "" || s.Error != "" {
			held++
		}
	}
	if held == 0 {
		return units.Plural(n, "server")
	}
	return fmt.Sprintf("%d servers, %d of them not as decided", n, held)
}

// perSecond is requests a second between two looks.
func perSecond(before, now wire.Gateway) float64 {
	d := now.Time.Sub(before.Time).Seconds()
	if before.Time.IsZero() || d <= 0 || now.Requests < before.Requests {
		return 0
	}
	return float64(now.Requests-before.Requests) / d
}

func mostOf(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" of at most %d", n)
}

func statusText(by map[string]uint64) string {
	var parts []string
	for _, class := range []string{"2xx", "3xx", "4xx", "5xx"} {
		if by[class] > 0 {
			parts = append(parts, class+" "+units.Whole(int64(by[class])))
		}
	}
	return strings.Join(parts, " ")
}

func lineOfConnections(g wire.Gateway) string {
	refused := uint64(0)
	for _, n := range g.Refused {
		refused += n
	}
	text := fmt.Sprintf("%s connections of clients; %s requests refused for their heads", units.Whole(int64(g.Connections.Open)), units.Whole(int64(refused)))
	if c := g.Compression; c != nil && c.Before > 0 {
		text += fmt.Sprintf("; %s compressed to %s", units.Bytes(float64(c.Before)), units.Bytes(float64(c.After)))
	}
	return text
}

// A trafficColumn is a right-aligned number of each upstream.
type trafficColumn struct {
	title string
	width int
	text  func(u wire.GatewayUpstream, rate float64) string
}

// trafficColumns have the most important first: those that do not fit are
// left out.
var trafficColumns = []trafficColumn{
	{"share", 7, func(u wire.GatewayUpstream, _ float64) string { return units.Or(u.Share, units.Percent) }},
	{"weight", 7, func(u wire.GatewayUpstream, _ float64) string { return fmt.Sprintf("%.2f", u.Current) }},
	{"req/s", 8, func(_ wire.GatewayUpstream, rate float64) string { return units.SI(rate) }},
	{"mean", 8, func(u wire.GatewayUpstream, _ float64) string { return units.Or(u.Latency, units.Seconds) }},
	{"flight", 7, func(u wire.GatewayUpstream, _ float64) string { return units.Whole(u.InFlight) }},
	{"failed", 8, func(u wire.GatewayUpstream, _ float64) string { return units.Whole(int64(u.Failures)) }},
	{"retried", 8, func(u wire.GatewayUpstream, _ float64) string { return units.Whole(int64(u.Retries)) }},
	{"pool", 9, func(u wire.GatewayUpstream, _ float64) string {
		return fmt.Sprintf("%d/%d", u.Pool.Open-u.Pool.Idle, u.Pool.Open)
	}},
}

// The state and the URL take this much of a line, at least.
const (
	stateWidth = 12
	urlWidth   = 24
)

func (t *traffic) drawUpstreams(a area) {
	t.drawUpstream(a.sub(0, 0, a.w, 1), nil)
	at := max(t.index(), 0)
	first := max(0, min(at-(a.h-1)/2, len(t.now.Upstreams)-(a.h-1)))
	for y := 1; y < a.h && first+y-1 < len(t.now.Upstreams); y++ {
		t.drawUpstream(a.sub(0, y, a.w, 1), &t.now.Upstreams[first+y-1])
	}
}

// drawUpstream draws one line; the head without an upstream.
func (t *traffic) drawUpstream(a area, u *wire.GatewayUpstream) {
	ink, dim := inkDim, ink(0)
	state, url, stateInk := "state", "upstream", inkDim
	if u != nil {
		ink, url = inkText, u.URL
		state, stateInk = stateOf(u.State)
		if u.URL == t.chosen {
			dim = selected
			a.text(0, 0, ink|dim, blanks(a.w))
		}
	}
	a.textIn(1, 0, stateWidth, stateInk|dim, state)
	x := a.w
	for _, c := range t.columns(a.w) {
		text := c.title
		if u != nil {
			text = c.text(*u, t.rate(u))
		}
		x -= c.width
		a.sub(x, 0, c.width, 1).right(c.width-1, 0, ink|dim, text)
	}
	a.textIn(1+stateWidth, 0, x-stateWidth-2, ink|dim, url)
}

// columns are those that fit, from the right one on.
func (t *traffic) columns(w int) (out []trafficColumn) {
	left := w - stateWidth - urlWidth - 2
	for _, c := range trafficColumns {
		if left -= c.width; left < 0 {
			break
		}
		out = append(out, c)
	}
	slices.Reverse(out)
	return out
}

// rate is an upstream's requests a second.
func (t *traffic) rate(u *wire.GatewayUpstream) float64 {
	d := t.now.Time.Sub(t.before.Time).Seconds()
	for _, b := range t.before.Upstreams {
		if b.URL == u.URL && d > 0 && u.Requests >= b.Requests {
			return float64(u.Requests-b.Requests) / d
		}
	}
	return 0
}

// stateOf is a state by symbol, word and colour.
func stateOf(state string) (string, ink) {
	switch state {
	case "up":
		return "● UP", inkOK
	case "down", "ejected":
		return "■ " + strings.ToUpper(state), inkCrit
	}
	return "▲ " + strings.ToUpper(state), inkWarn
}

// drawWhy says of the chosen upstream why it stands where it stands.
func (t *traffic) drawWhy(a area) {
	i := t.index()
	if i < 0 {
		return
	}
	u, y := t.now.Upstreams[i], 1
	for _, why := range append([]string{u.Why, u.WeightWhy, u.Unknown}, atHAProxy(t.now.HAProxy, u.URL)...) {
		if why != "" && y < a.h {
			a.text(1, y, inkDim, why)
			y++
		}
	}
	if y == 1 {
		a.text(1, y, inkDim, fmt.Sprintf("nothing is held against it; %s checks, %s failed", units.Whole(int64(u.Checks)), units.Whole(int64(u.Failed))))
	}
}

// atHAProxy says how an upstream stands there.
func atHAProxy(h *wire.GatewayHAProxy, url string) (out []string) {
	if h == nil {
		return nil
	}
	for _, s := range h.Servers {
		if s.Upstream == url {
			out = append(out, fmt.Sprintf("haproxy %s: %s, weight %d, %d sessions, %s failed, answers in %s%s", s.Server, s.Status, s.Weight, s.Sessions,
				units.Whole(int64(s.Failures)), units.Or(s.Response, units.Seconds), besides(s.Held, s.Error)))
		}
	}
	return out
}

// besides is what there is to add.
func besides(texts ...string) (out string) {
	for _, text := range texts {
		if text != "" {
			out += "; " + text
		}
	}
	return out
}

func (t *traffic) drawEvents(a area) {
	a.text(1, 0, inkStrong, "what changed")
	if len(t.now.Events) == 0 {
		a.text(1, 1, inkDim, "nothing so far")
	}
	for i, e := range t.now.Events {
		if i+1 >= a.h {
			return
		}
		x := a.text(1, i+1, inkDim, e.Time.Local().Format(time.TimeOnly))
		x = a.text(x+1, i+1, inkText, strings.TrimPrefix(e.Upstream, "http://"))
		a.text(x+1, i+1, inkText, e.Text)
	}
}

// drawFoot shows the keys valid now, or what is asked.
func (t *traffic) drawFoot(a area) {
	purge := ""
	if t.now.Cache != nil {
		purge = "c purge   "
	}
	switch {
	case t.typing == "purge":
		a.text(1, 0, inkAccent, "purge the URL, or all that begins so with * "+t.adding.String()+"▏  enter purges   esc cancels")
	case t.typing != "":
		a.text(1, 0, inkAccent, "add the upstream "+t.adding.String()+"▏  enter adds   esc cancels")
	case t.removing != "":
		a.text(1, 0, inkWarn, "take out "+t.removing+"? It finishes what it has.  y takes it out, any other key does not")
	case t.said != "":
		a.text(1, 0, inkAccent, t.said+"   a add   d drain   x remove   "+purge+"q quit")
	default:
		a.text(1, 0, inkDim, "↑↓ choose   a add   d drain/undrain   x remove   "+purge+"space pause   q quit")
	}
}
