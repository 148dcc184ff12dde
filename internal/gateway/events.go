package gateway

import (
	"sync"
	"time"
)

// An Event is something that changed, in words.
type Event struct {
	Time     time.Time
	Upstream string // "": the gateway itself
	Text     string
}

// keptEvents are what an operator can look back on.
const keptEvents = 200

// events keeps the newest.
type events struct {
	mu    sync.Mutex
	kept  []Event
	total uint64
}

func (e *events) add(u *upstream, text string) {
	if text == "" {
		return
	}
	ev := Event{Time: time.Now(), Text: text}
	if u != nil {
		ev.Upstream = u.rule.Load().URL
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.total++
	if len(e.kept) == keptEvents {
		e.kept = append(e.kept[:0], e.kept[1:]...)
	}
	e.kept = append(e.kept, ev)
}

// newest answers all that are kept, the newest first.
func (e *events) newest() []Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make([]Event, len(e.kept))
	for i, ev := range e.kept {
		out[len(out)-1-i] = ev
	}
	return out
}

// Note adds to the events what its runner has to say.
func (g *Gateway) Note(text string) { g.events.add(nil, text) }
