package advisor

import (
	"context"
	"math"

	"mltop/internal/db"
)

// byTime counts a loss by what a call takes, where the unit counts something
// else: a row found by an index and read behind it takes longer than one that a
// scan passes.
func (base measure) byTime(m measure) measure {
	f := m.timed / base.timed
	if base.cut || !(f > 1+nearlyEqual) || math.IsInf(f, 0) || f*base.value <= m.value {
		return m
	}
	f *= base.value / m.value
	m.value, m.low, m.high = m.value*f, m.low*f, m.high*f
	return m
}

// withLosses measures a gain again where runs of statements that it makes slower
// were ended, until what they lose is known or all that it gains; and what it gains
// where that was all that was known. ok is false where it is no gain then: the team
// is left out beside what is chosen now.
func (s *search) withLosses(ctx context.Context, g *gain) (whole *gain, ok bool) {
	open := false
	for b, m := range g.after {
		open = open || s.losesOpen(b, m)
	}
	if !open {
		return g, true
	}
	whole, ok = s.gainWhole(ctx, g)
	if ok = ok && s.beats(whole, nil); !ok {
		s.lossy[configKey(s.config(g.team...))] = true
	}
	return whole, ok
}

// gainWhole is a gain with what it costs others.
func (s *search) gainWhole(ctx context.Context, g *gain) (whole *gain, ok bool) {
	whole, ok = s.gainWaiting(ctx, s.untilLost(ctx, g), g.team...)
	if ok && !s.beats(whole, nil) && s.knowGains(ctx, whole) {
		whole, ok = s.gainWaiting(ctx, s.untilLost(ctx, whole), g.team...)
	}
	return whole, ok
}

// knowGains runs statements longer as they were at first whose runs were ended, and
// that a gain speeds up: they gain more than is known. It answers whether more is
// known of one.
func (s *search) knowGains(ctx context.Context, g *gain) (more bool) {
	for b, m := range g.after {
		base := s.base[b]
		most := settleRun * secondsLeft(ctx)
		if !base.cut || m.value >= base.value || deeper*base.ran > most {
			continue
		}
		config := s.config()
		first, err := s.what.measure(ctx, b, db.Config{Most: most})
		if err != nil {
			continue
		}
		s.base[b], config.Most = first, most
		if now, err := s.measure(ctx, b, config); err == nil {
			s.now[b], more = now, more || s.now[b].value > base.value
		}
	}
	return more
}

// free reports whether a candidate may be chosen beside those that are.
func (s *search) free(list ...*candidate) bool {
	for _, c := range list {
		if c.refused != "" || s.has(c) {
			return false
		}
	}
	return s.fits(list...) && !s.lossy[configKey(s.config(list...))]
}

// losesOpen reports whether a statement gets slower, and its run was ended before
// it was known how much.
func (s *search) losesOpen(b *bound, m measure) bool {
	return m.cut && !s.base[b].cut && m.value > s.now[b].value
}

// knowLosses waits longer for the runs that were ended of statements that an
// exchange makes slower. It answers whether that can be known.
func (s *search) knowLosses(ctx context.Context, before standing, affected []*bound) bool {
	for _, b := range affected {
		if !s.now[b].cut {
			continue
		}
		if s.base[b].cut {
			if !before.now[b].cut && !s.knowFirst(ctx, b, before) {
				return false
			}
			continue
		}
		config := s.config()
		config.Most = s.untilClear(ctx, b)
		m, err := s.measure(ctx, b, config)
		if err != nil {
			return false
		}
		s.now[b] = m
	}
	return true
}

// knowFirst runs a statement as it was at first until the exchange that takes it
// back there wins nothing any more: at least so long it took, as far as was known.
func (s *search) knowFirst(ctx context.Context, b *bound, before standing) bool {
	won := s.weighed(before.total, before.now) - s.weighed(s.total(), s.now)
	most := s.base[b].ran + per(won, b.load())
	if most > secondsLeft(ctx)/2 {
		return false
	}
	first, err := s.what.measure(ctx, b, db.Config{Most: most})
	if err != nil {
		return false
	}
	config := s.config()
	s.base[b], config.Most = first, most
	now, err := s.measure(ctx, b, config)
	s.now[b] = now
	return err == nil
}

// untilClear is how long a run is waited for that tells how much slower a
// statement gets.
func (s *search) untilClear(ctx context.Context, b *bound) float64 {
	base := s.base[b]
	return max(base.patience(), base.ran+settleRun*secondsLeft(ctx))
}
