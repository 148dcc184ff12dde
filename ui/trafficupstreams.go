package ui

import (
	"fmt"
	"slices"
	"strings"

	"mltop/internal/units"
	"mltop/internal/wire"
)

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
