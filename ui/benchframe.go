package ui

import (
	"fmt"
	"math"
	"time"

	"mltop/internal/units"
	"mltop/internal/wire"
)

// draw lays out the whole frame.
func (b *bench) draw(a area) {
	if tiny(a) {
		drawTiny(a)
		return
	}
	head, rest := a.top(1)
	foot, body := rest.bottom(1)
	b.drawHeader(head)
	b.drawFooter(foot)
	if b.help != nil {
		b.help.draw(nil, body)
		return
	}
	if !b.seen {
		return
	}
	line, body := body.top(1)
	b.drawProgress(line)
	body = b.drawVerdict(body)
	if small(a) || b.max {
		b.drawPart(body)
		return
	}
	b.drawAll(body)
}

// drawHeader says what is tested, and how it goes.
func (b *bench) drawHeader(a area) {
	pulse := b.pulse()
	x := a.w - 1 - spanWidth(pulse)
	a.spans(x, 0, pulse...)
	left := a.sub(0, 0, x-2, 1)
	at := left.spans(1, 0, span{inkAccent, "mltop bench"}, span{inkText, "  "})
	if b.paused {
		at = left.spans(at, 0, span{inkWarn, "PAUSED"}, span{inkText, "  "})
	} else if b.factor != 1 {
		at = left.spans(at, 0, span{inkAccent, factorText(b.factor)}, span{inkText, "  "})
	}
	left.spans(at, 0, span{inkStrong, b.live.Name})
}

func (b *bench) pulse() []span {
	phase := b.live.Phase
	switch {
	case !b.seen || phase == wire.BenchSetup:
		return []span{{inkDim, "○ setup"}}
	case phase == wire.BenchTeardown:
		return []span{{inkWarn, "▲ teardown"}}
	case b.over():
		return []span{{inkWarn, "▲ waiting for the last answers"}}
	case b.paused:
		return []span{{inkWarn, "‖ paused"}}
	case phase == wire.BenchWarming:
		return []span{{inkAccent, "◌"}, {inkText, " warming up, not counted"}}
	}
	return []span{{inkOK, "●"}, {inkText, " " + b.live.Model + " model"}}
}

// drawProgress says how much of the test is over.
func (b *bench) drawProgress(a area) {
	l := &b.live
	x := a.text(1, 0, inkDim, clockText(l.At)+" of "+clockText(l.Length)) + 2
	left := clockText(max(0, l.Length-l.At)) + " left"
	end := a.right(a.w-1, 0, inkDim, left) - 2
	ratio := 0.0
	if l.Length > 0 {
		ratio = l.At / l.Length
	}
	done := int(math.Round(min(max(ratio, 0), 1) * float64(max(end-x, 0))))
	for i := x; i < end; i++ {
		if i < x+done {
			a.put(i, 0, '━', inkBar)
		} else {
			a.put(i, 0, '─', inkFaint)
		}
	}
}

// factorText is what keys have made of the rate.
func factorText(f float64) string { return fmt.Sprintf("%.3g×", f) }

// clockText is minutes and seconds, of a width that does not jump.
func clockText(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second)).Truncate(time.Second)
	if d >= time.Hour {
		return fmt.Sprintf("%d:%02d:%02d", d/time.Hour, d%time.Hour/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%02d:%02d", d/time.Minute, d%time.Minute/time.Second)
}

// verdict is the worst that can be said so far.
func (b *bench) verdict() (ink, string) {
	l := &b.live
	if l.Phase == wire.BenchSetup {
		return inkDim, "○ the setup is under way: nothing is sent yet"
	}
	broken := 0
	var first *wire.BenchThreshold
	for i := range l.Thresholds {
		if t := &l.Thresholds[i]; t.Broken && t.Value != nil {
			if broken++; first == nil {
				first = t
			}
		}
	}
	switch {
	case broken > 0:
		return inkCrit, fmt.Sprintf("■ %d of %s broken so far: %s is %s", broken, units.Plural(len(l.Thresholds), "threshold"), first.Text, thresholdValue(first))
	case len(l.Analysis) == 0:
		return inkDim, ""
	}
	k, mark := levelInk(l.Analysis[0].Level)
	return k, mark + " " + l.Analysis[0].Text
}

func levelInk(level string) (ink, string) {
	switch level {
	case "crit":
		return inkCrit, "■"
	case "warn":
		return inkWarn, "▲"
	}
	return inkOK, "●"
}

// findingLines: some findings are two lines long on a narrow screen.
const findingLines = 2

// drawVerdict writes it, and answers the room below: as much as if it had
// always the same number of lines, so that nothing jumps.
func (b *bench) drawVerdict(a area) area {
	k, text := b.verdict()
	lines := 1
	if a.w < 120 && a.h > smallH {
		lines = findingLines
	}
	top, rest := a.top(lines)
	for y, line := range wrapText(text, a.w-2, lines) {
		top.text(1, y, k, line)
	}
	if a.h >= 36 {
		_, rest = rest.top(1)
	}
	return rest
}

// drawFooter shows a question, or the keys that are valid now.
func (b *bench) drawFooter(a area) {
	if b.help != nil {
		b.keys.drawOffers(a, 1, inHelp, []Offer{{Action: Back, Does: "close"}, {Action: Down, Does: "more"}})
		return
	}
	x := 1
	if b.asking {
		x = a.text(1, 0, inkWarn, "▲ stop the test?") + 3
		b.keys.drawOffers(a, x, inQuestion, []Offer{{Action: Confirm}, {Action: Back, Does: "go on"}})
		return
	}
	b.keys.drawOffers(a, x, onBench, b.offers())
}

func (b *bench) offers() []Offer {
	look := []Offer{{Action: NextFocus, Does: "next part"}, {Action: Maximise}, {Action: ZoomIn, Pair: ZoomOut, Does: "last minute, all"}, {Action: Sort, Does: "sort"}}
	if b.over() {
		return look
	}
	what := "rate"
	if b.live.Model == "closed" {
		what = "users"
	}
	pause := "pause"
	if b.paused {
		pause = "go on"
	}
	return append([]Offer{{Action: RateUp, Pair: RateDown, Does: what}, {Action: Pause, Does: pause}, {Action: Stop, Does: "stop, keep"}}, look...)
}
