package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mltop/internal/units"
	"mltop/internal/wire"
)

// A part is a line of the head: what one part of the gateway does.
type part struct {
	ink  ink
	text string
}

// trafficParts are those that the gateway has.
func trafficParts(before, now wire.Gateway) (out []part) {
	if why := nobodyTakes(now.Upstreams); why != "" {
		out = append(out, part{inkCrit, "■ no upstream takes requests: they are answered 503; " + why})
	}
	if c := now.Cache; c != nil {
		out = append(out, cacheParts(c)...)
	}
	if l := now.Log; l != nil {
		out = append(out, logPart(before.Log, l))
	}
	if w := now.Webhooks; w != nil {
		out = append(out, hooksPart(before.Webhooks, w))
	}
	slices.SortStableFunc(out, func(a, b part) int { return urgency(a.ink) - urgency(b.ink) })
	return out
}

// urgency has what is wrong first: a small screen shows no more.
func urgency(k ink) int {
	switch k {
	case inkCrit:
		return 0
	case inkWarn:
		return 1
	}
	return 2
}

// nobodyTakes says how it stands with the upstreams where none gets requests.
func nobodyTakes(list []wire.GatewayUpstream) string {
	var states []string
	count := map[string]int{}
	for _, u := range list {
		if u.Current > 0 {
			return ""
		}
		if count[u.State]++; count[u.State] == 1 {
			states = append(states, u.State)
		}
	}
	for i, state := range states {
		states[i] = fmt.Sprintf("%d %s", count[state], state)
	}
	return orText(strings.Join(states, ", "), "there is none")
}

// partLines are enough for what a database says of why it takes no rows.
const partLines = 3

// wrapParts breaks the parts into lines of width cells.
func wrapParts(list []part, width int) (out []part) {
	for _, p := range list {
		for i, l := range wrapText(p.text, width-2, partLines) {
			if i > 0 {
				l = "  " + l
			}
			out = append(out, part{p.ink, l})
		}
	}
	return out
}

// logPart says where rows go; away or dropping it says that first.
func logPart(before, l *wire.GatewayLog) part {
	at, mark := inkDim, "●"
	text := units.Whole(int64(l.Written)) + " written to " + l.Target
	switch {
	case l.State != "ok":
		at, mark = inkWarn, "▲"
		text = fmt.Sprintf("AWAY  %s rows wait in a file, %s of %s", units.Whole(l.Spill.Rows), units.Bytes(float64(l.Spill.Bytes)), units.Bytes(float64(l.Spill.Most)))
	case l.Spill.Rows > 0:
		text = units.Whole(l.Spill.Rows) + " rows are still to be replayed into " + l.Target
	}
	more := []string{fmt.Sprintf("queue %d of %s", l.Queue, units.Whole(int64(l.Size)))}
	if l.Lag != nil {
		more = append(more, "lag "+units.Seconds(*l.Lag))
	}
	if l.Spilled > 0 && int64(l.Spilled) != l.Spill.Rows { // not those alone that wait
		more = append(more, fmt.Sprintf("%s spilled, %s replayed", units.Whole(int64(l.Spilled)), units.Whole(int64(l.Replayed))))
	}
	if gone := lostRows(l); gone != "" {
		mark, text = "■", gone+text
		if before == nil || l.Dropped+l.Lost+l.Refused > before.Dropped+before.Lost+before.Refused {
			at = inkCrit
		}
	}
	if l.Deleted > 0 {
		more = append(more, units.Whole(int64(l.Deleted))+" old ones deleted")
	}
	more = append(more, fmt.Sprintf("pool %d/%d", l.Pool.InUse, l.Pool.Open))
	if l.State != "ok" {
		more = append(more, l.Why)
	}
	return part{at, "log " + mark + " " + text + "; " + strings.Join(more, "; ")}
}

// lostRows says of the rows that no database has how each kind was lost.
func lostRows(l *wire.GatewayLog) (text string) {
	if n := l.Dropped + l.Lost; n > 0 {
		text = units.Whole(int64(n)) + " rows dropped; "
	}
	if l.Refused > 0 {
		text += units.Plural(int(l.Refused), "row") + " refused: " + cmp.Or(l.RefusedWhy, "the table did not say why") + "; "
	}
	return text
}

// hooksPart sums the webhooks up, and says why one fails.
func hooksPart(before, w *wire.GatewayWebhooks) part {
	sum := sumHooks(w)
	text := fmt.Sprintf("%s sent, %s given up, %s dropped; queue %d of %s; %d under way", units.Whole(int64(sum.Sent)), units.Whole(int64(sum.Failed)),
		units.Whole(int64(sum.Dropped)), w.Queue, units.Whole(int64(w.Size)), w.Busy)
	at, mark := inkDim, "●"
	for _, h := range w.Hooks {
		if h.Why != "" {
			at, mark = inkWarn, "▲"
			text = h.URL + ": " + h.Why + "; " + text
			break
		}
	}
	if old := sumHooks(before); sum.Dropped > old.Dropped {
		at, mark = inkCrit, "■"
	}
	return part{at, "webhooks " + mark + " " + text}
}

func sumHooks(w *wire.GatewayWebhooks) (sum wire.GatewayWebhook) {
	if w == nil {
		return sum
	}
	for _, h := range w.Hooks {
		sum.Sent += h.Sent
		sum.Failed += h.Failed
		sum.Dropped += h.Dropped
	}
	return sum
}

// memoryText is what the gateway's process takes, and how it collects.
func memoryText(m wire.GatewayMemory) string {
	text := "heap " + units.Bytes(float64(m.Heap))
	if m.Limit != nil {
		text += " below " + units.Bytes(float64(*m.Limit))
	}
	text += fmt.Sprintf(", %d collections, %s in pauses", m.GCs, units.Seconds(m.GCPause))
	if m.GOGC != nil && *m.GOGC != 100 {
		text += fmt.Sprintf(", GOGC %d", *m.GOGC)
	}
	if m.CollectEvery > 0 {
		text += ", one every " + units.Seconds(m.CollectEvery)
	}
	if b := m.Buffers; b.Most > 0 {
		text += fmt.Sprintf("; %d of %s buffers kept", b.Free, units.Whole(int64(b.Most)))
	}
	return text
}

// cacheParts say what is kept, and that Redis is away.
func cacheParts(c *wire.GatewayCache) []part {
	ratio := func(n uint64) string { return units.Or(c.Ratio(n), units.Percent) }
	levels := "memory " + ratio(c.MemoryHits)
	if c.Redis != nil {
		levels += ", Redis " + ratio(c.RedisHits)
	}
	out := []part{{inkText, fmt.Sprintf("cache %s of %s; %s, missed %s; %s stale, %s evicted", units.Bytes(float64(c.Bytes)), units.Bytes(float64(c.Size)),
		levels, ratio(c.Misses), units.Whole(int64(c.Stale)), units.Whole(int64(c.Evicted)))}}
	if r := c.Redis; r != nil && !r.Up {
		out = append(out, part{inkWarn, "▲ Redis at " + r.Address + " is away, answers come from memory and the upstreams: " + r.Why})
	}
	return out
}
