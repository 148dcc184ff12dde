package collectors

import (
	"context"
	"time"

	"mltop/internal/stat"
)

func newHistory(budget int) *History                               { panic("stub") }
func (h *historyState) put(s Sample)                               { panic("stub") }
func (h *historyState) at(t time.Time) Snapshot                    { panic("stub") }
func (h *historyState) latest() Snapshot                           { panic("stub") }
func (h *historyState) window(e time.Time, d time.Duration) Window { panic("stub") }
func (h *historyState) series(m Metric, e time.Time, d time.Duration, n int) []float64 {
	panic("stub")
}
func (h *historyState) heat(e time.Time, d time.Duration, n int, b []float64) [][]uint64 {
	panic("stub")
}
func (h *historyState) events(e time.Time, d time.Duration) []Event { panic("stub") }
func (h *historyState) bounds() (a, b time.Time)                    { panic("stub") }
func (h *historyState) bytes() int                                  { panic("stub") }

type samplerState struct{}

func newSampler(cs []Scheduled, self func() Self) *Sampler                            { panic("stub") }
func (s *samplerState) run(ctx context.Context, tick time.Duration, out func(Sample)) { panic("stub") }
func (s *samplerState) setTick(d time.Duration)                                       { panic("stub") }
func (s *samplerState) refresh()                                                      { panic("stub") }
func (s *samplerState) once(ctx context.Context) Sample                               { panic("stub") }

func (h *historyState) buckets(r Route, fp string, from, to time.Time) []stat.Bucket { panic("stub") }
