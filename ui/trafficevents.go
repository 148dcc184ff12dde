package ui

import (
	"fmt"
	"strings"
	"time"
)

// An eventLine is a line of what changed: an event that is long has several.
type eventLine struct {
	at    time.Time // zero: the line goes on with the one above
	event int
	text  string
}

// eventIndent is the room of the time before an event.
const eventIndent = len(time.TimeOnly) + 2

// eventText is enough for the reason of a configuration that is refused.
const eventText = 4

// wrapEvents breaks the events into lines of width cells.
func (t *traffic) wrapEvents(width int) (out []eventLine) {
	for i, e := range t.now.Events {
		text := e.Text
		if e.Upstream != "" {
			text = strings.TrimPrefix(e.Upstream, "http://") + " " + text
		}
		for n, l := range wrapText(text, width-eventIndent, eventText) {
			line := eventLine{event: i, text: l}
			if n == 0 {
				line.at = e.Time
			}
			out = append(out, line)
		}
	}
	return out
}

func (t *traffic) drawEvents(a area) {
	x := a.text(1, 0, inkStrong, "what changed")
	_, body := a.top(1)
	lines := t.wrapEvents(a.w)
	t.eventRows, t.eventLines = body.h, len(lines)
	t.events = max(min(t.events, len(lines)-body.h), 0)
	lines = lines[t.events:]
	if len(lines) == 0 {
		body.text(1, 0, inkDim, "nothing so far")
		return
	}
	lines = lines[:min(len(lines), body.h)]
	t.drawBeyond(a.sub(x+2, 0, a.w-x-2, 1), lines)
	for y, l := range lines {
		if !l.at.IsZero() {
			body.text(1, y, inkDim, t.clock(l.at))
		}
		body.text(eventIndent, y, inkText, l.text)
	}
}

// drawBeyond says how many events are above and below those that are shown.
func (t *traffic) drawBeyond(a area, shown []eventLine) {
	newer, older := 0, len(t.now.Events)
	if len(shown) > 0 {
		newer, older = shown[0].event, len(t.now.Events)-1-shown[len(shown)-1].event
	}
	if newer > 0 || older > 0 {
		a.text(0, 0, inkDim, fmt.Sprintf("%d newer, %d older", newer, older))
	}
}
