package chart

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// niceSteps are the leading digits at which a scale may end: each can be
// halved into a number that prints short.
var niceSteps = []float64{1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10}

// NiceMax is the smallest round number that is not below v.
func NiceMax(v float64) float64 {
	if !(v > 0) || math.IsInf(v, 0) {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, s := range niceSteps {
		// The margin forgives the rounding of Pow.
		if v <= s*unit*(1+1e-9) {
			return s * unit
		}
	}
	return 10 * unit
}

// maxOf is the largest finite value of all series; 0 if there is none.
func maxOf(series []Series) float64 {
	top := 0.0
	for _, s := range series {
		for _, v := range s.Values {
			if v > top && !math.IsInf(v, 0) {
				top = v
			}
		}
	}
	return top
}

// timeSteps are the distances at which a time axis may carry labels.
var timeSteps = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour,
}

// labelCells is the room that one label of the time axis takes: eight for
// 15:04:05 and air around it, so that the axis stays quiet.
const labelCells = 14

// A tick is a labelled instant, at a place from 0 to 1.
type tick struct {
	at   float64
	text string
}

func timeTicks(f Frame, w int) []tick {
	start, end := f.Start, f.End
	span := end.Sub(start)
	if span <= 0 || w <= 0 {
		return nil
	}
	step := timeStep(span, max(w/labelCells, 1))
	format := "15:04"
	if step < time.Minute {
		format = "15:04:05"
	} else if step >= 24*time.Hour {
		format = "01-02"
	}
	var ticks []tick
	for t := ceilTime(start, step); !t.After(end); t = t.Add(step) {
		text := t.Format(format)
		if !f.Zero.IsZero() {
			text = elapsed(t.Sub(f.Zero))
		}
		ticks = append(ticks, tick{t.Sub(start).Seconds() / span.Seconds(), text})
	}
	return ticks
}

// elapsed is a time since the beginning, in the largest unit that has it
// whole.
func elapsed(d time.Duration) string {
	switch {
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d >= time.Minute:
		return fmt.Sprintf("%d:%02d", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%d s", d/time.Second)
}

func timeStep(span time.Duration, labels int) time.Duration {
	for _, s := range timeSteps {
		if span/s <= time.Duration(labels) {
			return s
		}
	}
	return span
}

// ceilTime rounds up to a multiple of step on the clock of t's own zone.
func ceilTime(t time.Time, step time.Duration) time.Time {
	_, offset := t.Zone()
	shift := time.Duration(offset) * time.Second
	r := t.Add(shift).Truncate(step).Add(-shift)
	if r.Before(t) {
		r = r.Add(step)
	}
	return r
}

// place turns 0…1 into one of n positions.
func place(f float64, n int) int {
	if n <= 1 || math.IsNaN(f) {
		return 0
	}
	return int(math.Round(math.Min(math.Max(f, 0), 1) * float64(n-1)))
}

func padLeft(s string, w int) string {
	n := len([]rune(s))
	if n > w {
		return string([]rune(s)[:w])
	}
	return strings.Repeat(" ", w-n) + s
}
