package ui

import (
	"fmt"
	"strings"
	"time"

	"mltop/internal/units"
	"mltop/internal/wire"
)

// View draws the head, the upstreams, what is to say of the chosen one, charts
// and the events.
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
	trafficWhy  = 4
	leastEvents = 4
)

func (t *traffic) draw(a area) {
	if tiny(a) {
		drawTiny(a)
		return
	}
	foot, body := a.bottom(1)
	t.drawFoot(foot)
	switch {
	case t.help != nil:
		t.help.draw(nil, body)
	case t.now.Time.IsZero():
		t.drawNothing(body)
	default:
		t.drawAll(body)
	}
}

func (t *traffic) drawAll(a area) {
	parts := wrapParts(trafficParts(t.before, t.now), a.w-2)
	head, body := a.top(min(trafficHead+len(parts), a.h/2))
	t.drawHead(head, parts)
	rows := min(len(t.now.Upstreams)+1, max(body.h-trafficWhy-leastEvents, 2))
	list, body := body.top(rows)
	t.drawUpstreams(list)
	why, body := body.top(trafficWhy)
	t.drawWhy(why)
	t.drawEvents(t.drawPast(body))
}

// drawNothing is what stands there before the first answer.
func (t *traffic) drawNothing(a area) {
	if t.failed == "" {
		a.text(1, 0, inkDim, "○ asking the gateway …")
		return
	}
	lines := wrapText("■ no answer: "+t.failed, a.w-2, partLines)
	for y, l := range lines {
		a.text(1, y, inkCrit, l)
	}
	a.text(3, len(lines), inkDim, "it is asked again every "+everyText(t.every))
}

func (t *traffic) drawHead(a area, parts []part) {
	g, q := t.now, t.now.Queue
	line, _ := a.top(1)
	t.drawTitle(line)
	if t.failed != "" {
		a.text(1, 1, inkCrit, "■ no answer, what is shown is of "+t.clock(g.Time)+": "+t.failed)
	} else {
		a.spans(1, 1, append(statusSpans(t.before, g), span{inkDim, "up " + units.Ago(g.Time.Sub(g.Since)) + "; " + lineOfConnections(g)})...)
	}
	ink := inkText
	if q.Depth > 0 || q.Overflowed > t.before.Queue.Overflowed {
		ink = inkWarn
	}
	a.text(1, 2, ink, fmt.Sprintf("queue %d of %s, deepest %d; %d under way%s; %s turned away", q.Depth, units.Whole(int64(q.Size)), q.Deepest, q.InFlight,
		mostOf(q.MostInFlight), units.Whole(int64(q.Overflowed+q.Expired))))
	if g.HAProxy != nil {
		t.drawFollower(a.sub(1, 3, a.w-1, 1), g.HAProxy)
	} else {
		a.text(1, 3, inkDim, memoryText(g.Memory))
	}
	for i, p := range parts {
		a.text(1, 4+i, p.ink, p.text)
	}
}

// drawTitle says which gateway it is, how much passes, and how fresh that is.
func (t *traffic) drawTitle(a area) {
	g, pulse := t.now, t.pulse()
	end := a.w - 1 - spanWidth(pulse)
	a.spans(end, 0, pulse...)
	a = a.sub(0, 0, end-1, 1)
	x := a.spans(1, 0, span{inkAccent, "mltop"}, span{inkText, "  "}, span{inkStrong, "gateway " + g.Listen})
	if t.paused {
		x = a.text(x+2, 0, inkWarn, "PAUSED "+units.Plural(t.behind, "sample")+" behind")
	}
	x = a.text(x+2, 0, inkStrong, units.PerSecond(perSecond(t.before, g)))
	a.text(x+2, 0, inkDim, units.Whole(int64(g.Requests))+" in all")
}

func (t *traffic) pulse() []span {
	switch {
	case t.failed != "":
		return []span{{inkCrit, "■ lost"}}
	case t.paused:
		return []span{{inkWarn, "‖ paused"}}
	}
	return []span{{inkOK, "●"}, {inkText, " live " + everyText(t.every)}}
}

func (t *traffic) clock(at time.Time) string { return at.In(t.opts.Zone).Format(time.TimeOnly) }

// drawFollower says how the HAProxy fares that follows.
func (t *traffic) drawFollower(a area, h *wire.GatewayHAProxy) {
	if h.Error != "" {
		since := ""
		if h.AwaySince != nil {
			since = " since " + t.clock(*h.AwaySince)
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

// perSecond is requests a second between two looks; NaN before the second one.
func perSecond(before, now wire.Gateway) float64 {
	d := now.Time.Sub(before.Time).Seconds()
	if before.Time.IsZero() || d <= 0 || now.Requests < before.Requests {
		return nan()
	}
	return float64(now.Requests-before.Requests) / d
}

func mostOf(n int) string {
	if n == 0 {
		return ""
	}
	return " of at most " + units.Whole(int64(n))
}

// statusSpans counts answers by class; failures that came since the look before
// are lit.
func statusSpans(before, now wire.Gateway) (out []span) {
	for _, class := range []string{"2xx", "3xx", "4xx", "5xx"} {
		n, k := now.Statuses[class], inkDim
		if class == "5xx" && n > before.Statuses[class] {
			k = inkCrit
		}
		if n > 0 {
			out = append(out, span{k, class + " " + units.Whole(int64(n))}, span{inkDim, "; "})
		}
	}
	return out
}

func lineOfConnections(g wire.Gateway) string {
	refused := uint64(0)
	for _, n := range g.Refused {
		refused += n
	}
	text := fmt.Sprintf("%s; %s refused", units.Plural(g.Connections.Open, "connection"), units.Plural(int(refused), "request"))
	if c := g.Compression; c != nil && c.Before > 0 {
		text += fmt.Sprintf("; %s compressed to %s", units.Bytes(float64(c.Before)), units.Bytes(float64(c.After)))
	}
	return text
}
