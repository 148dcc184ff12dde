package ui

import (
	"fmt"
	"strings"
	"time"

	"mltop/internal/units"
	"mltop/internal/wire"
)

// A trafficColumn is a right-aligned number of each upstream.
type trafficColumn struct {
	title string
	width int
	text  func(t *traffic, u *wire.GatewayUpstream) string
}

// trafficColumns have the most important first: those that do not fit are
// left out.
var trafficColumns = []trafficColumn{
	{"share", 7, func(_ *traffic, u *wire.GatewayUpstream) string { return units.Or(u.Share, units.Percent) }},
	{"weight", 7, func(_ *traffic, u *wire.GatewayUpstream) string { return fmt.Sprintf("%.2f", u.Current) }},
	{"req/s", 8, func(t *traffic, u *wire.GatewayUpstream) string { return units.SI(t.rate(u)) }},
	{"mean 10 s", 11, func(t *traffic, u *wire.GatewayUpstream) string { return units.Seconds(t.mean(u)) }},
	{"flight", 7, func(_ *traffic, u *wire.GatewayUpstream) string { return units.Whole(u.InFlight) }},
	{"failed", 8, func(_ *traffic, u *wire.GatewayUpstream) string { return units.Whole(int64(u.Failures)) }},
	{"retried", 8, func(_ *traffic, u *wire.GatewayUpstream) string { return units.Whole(int64(u.Retries)) }},
	{"pool", 9, func(_ *traffic, u *wire.GatewayUpstream) string {
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

// urlRoom is what the longest URL needs; numbers stand behind it, not at the
// far end of a wide screen.
func (t *traffic) urlRoom() int {
	w := urlWidth
	for _, u := range t.now.Upstreams {
		w = max(w, textWidth(u.URL)+2)
	}
	return w
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
	columns, numbers := t.columns(a.w), 0
	for _, c := range columns {
		numbers += c.width
	}
	room := min(t.urlRoom(), a.w-stateWidth-1-numbers)
	a.textIn(1+stateWidth, 0, room-1, ink|dim, url)
	x := 1 + stateWidth + room
	for _, c := range columns {
		text := c.title
		if u != nil {
			text = c.text(t, u)
		}
		a.sub(x, 0, c.width, 1).right(c.width-1, 0, ink|dim, text)
		x += c.width
	}
}

// columns are those that fit.
func (t *traffic) columns(w int) (out []trafficColumn) {
	left := w - stateWidth - urlWidth - 2
	for _, c := range trafficColumns {
		if left -= c.width; left < 0 {
			break
		}
		out = append(out, c)
	}
	return out
}

// rate is an upstream's requests a second; NaN where it was not there at the
// look before.
func (t *traffic) rate(u *wire.GatewayUpstream) float64 {
	d := t.now.Time.Sub(t.before.Time).Seconds()
	for _, b := range t.before.Upstreams {
		if b.URL == u.URL && d > 0 && u.Requests >= b.Requests {
			return float64(u.Requests-b.Requests) / d
		}
	}
	return nan()
}

// meanOver is the window of an upstream's mean time, as the column says.
const meanOver = 10 * time.Second

// mean is how long an upstream's answers took, to their heads; NaN without one.
func (t *traffic) mean(u *wire.GatewayUpstream) float64 {
	return t.history.UpstreamMean(u.URL, t.now.Time, meanOver)
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
		if why == "" || y >= a.h-1 {
			continue
		}
		for _, l := range wrapText(why, a.w-2, a.h-1-y) {
			a.text(1, y, inkDim, l)
			y++
		}
	}
	if y == 1 {
		a.text(1, y, inkDim, fmt.Sprintf("%s; %s checks, %s failed", heldText(u), units.Whole(int64(u.Checks)), units.Whole(int64(u.Failed))))
		y++
	}
	if y < a.h {
		a.text(1, y, inkDim, poolText(u.Pool))
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

// heldText is for an upstream of which no reason is told.
func heldText(u wire.GatewayUpstream) string {
	if u.State == "draining" {
		return "draining: it gets no new requests"
	}
	return "nothing is held against it"
}

// poolText are the connections to an upstream.
func poolText(p wire.GatewayPool) string {
	text := fmt.Sprintf("pool: %d of %s in use, at most %s; %s made, %s times reused", p.Open-p.Idle, units.Plural(p.Open, "connection"),
		units.Whole(int64(p.Most)), units.Whole(int64(p.Dialled)), units.Whole(int64(p.Reused)))
	if p.Waiting > 0 {
		text += fmt.Sprintf("; %d wait for one", p.Waiting)
	}
	return text
}
