package advisor

import (
	"context"
	"maps"
	"slices"
	"strings"

	"mltop/internal/db"
)

// doubt measures a statement in turns without and with a team's indexes before
// a gain that does not even halve it is believed. It answers what it costs
// with them.
func (s *search) doubt(ctx context.Context, b *bound, with measure, c db.Config) measure {
	now, asked := s.now[b], doubtful{b, strings.Join(slices.Sorted(maps.Keys(with.uses)), "\x00")}
	if s.doubted[asked] || now.saves(with) <= 0 || with.value < clearPart*now.value {
		return with
	}
	s.doubted[asked] = true
	c.Most = s.base[b].patience()
	if err := s.what.pair(ctx, b, s.config(), c); err != nil {
		return with
	}
	s.lower(ctx, b)
	if again, err := s.measure(ctx, b, c); err == nil {
		return again
	}
	return with
}

// lower takes a lower figure of what a statement costs now. The plan at first
// may be the same one: its figure is mended with it.
func (s *search) lower(ctx context.Context, b *bound) {
	if now, err := s.what.measure(ctx, b, s.config()); err == nil && now.value < s.now[b].value {
		s.now[b] = now
	}
	s.lowerFirst(ctx, b)
}

func (s *search) lowerFirst(ctx context.Context, b *bound) {
	if first, err := s.what.measure(ctx, b, db.Config{}); err == nil && first.value < s.base[b].value {
		s.base[b] = first
	}
}

// inTurns measures a statement that seems to have got slower once in turns, as at
// first and under a configuration, where it may be the clock. It answers whether
// it did.
func (s *search) inTurns(ctx context.Context, b *bound, m measure, c db.Config) bool {
	asked := doubtful{b, "at first\x00" + strings.Join(slices.Sorted(maps.Keys(m.uses)), "\x00")}
	if m.cut || m.value > slowest*s.base[b].value || s.doubted[asked] {
		return false
	}
	s.doubted[asked] = true
	if err := s.what.pair(ctx, b, db.Config{}, c); err != nil {
		return false
	}
	s.lowerFirst(ctx, b)
	return true
}
