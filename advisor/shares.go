package advisor

import (
	"cmp"
	"context"
	"slices"
	"time"

	"mltop/internal/db"
)

// How the time of a search is shared. Where the lab runs statements one of them
// may take longer than the user waits for all advice, so that every wave, and in
// it every look and every run, gets a part of what is left; what it does not
// need is left to those behind it.
const (
	// baseShare is the part of a wave's time for running its statements as they
	// are: with less, slow ones are known too badly to weigh, and the rest is for
	// trying indexes.
	baseShare = 0.2
	// gatherShare is that of what is left then for finding out which indexes
	// could be used at all; naming is what they are found by, and the rest tells
	// who else would use them.
	gatherShare, namingShare = 0.5, 0.7
	// deeper is how many times longer a run that was ended is tried at least, where
	// time is left over: a little longer shows little more.
	deeper = 2
)

// leastWave is the part of the whole time that a wave gets at least, when it is
// its turn: of many waves the dearest are done, and not all of them begun.
const leastWave = 0.1

// portion is ctx with a part of the time that is left of it. One without an end
// has all the time there is; and where the lab only plans, all questions are
// small, and their number is what bounds a search.
func (s *search) portion(ctx context.Context, part float64) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok || s.peels() {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Duration(part*float64(time.Until(end))))
}

// secondsLeft is how many seconds there are.
func secondsLeft(ctx context.Context) float64 {
	end, ok := ctx.Deadline()
	if !ok {
		return defaultDuration.Seconds()
	}
	return max(time.Until(end).Seconds(), 0)
}

// run searches, and looks at what came of it; it answers whether the search
// finished.
func (s *search) run(ctx context.Context) bool {
	own, cancel := s.portion(ctx, 1-settleShare)
	finished := s.waveByWave(own)
	cancel()
	s.settle(ctx)
	return finished && ctx.Err() == nil
}

// waveByWave goes through the waves, and again through those that their share was
// too short for, until all are done or ctx ends; it answers whether it finished.
func (s *search) waveByWave(ctx context.Context) bool {
	list := s.waves()
	for len(list) > 0 && ctx.Err() == nil {
		var again []wave
		for i, w := range list {
			s.from, s.to = float64(i)/float64(len(list)), float64(i+1)/float64(len(list))
			if !s.inShare(ctx, w, list[i:]) {
				again = append(again, w)
			}
		}
		if list = again; len(list) == 0 {
			list = s.unsettled(ctx)
		}
	}
	return ctx.Err() == nil
}

// inShare looks at a wave for its share of the time that it and those behind it
// have: by what their statements take, and evenly. It answers whether that was
// enough.
func (s *search) inShare(ctx context.Context, w wave, rest []wave) bool {
	sum := 0.0
	for _, other := range rest {
		sum += other.load
	}
	part := 1 / float64(len(rest))
	if sum > 0 && len(rest) > 1 {
		part = (part + w.load/sum) / 2
	}
	own, cancel := s.portion(ctx, max(part, min(1, per(leastWave*s.most.Seconds(), secondsLeft(ctx)))))
	defer cancel()
	s.wave(own, w)
	done := own.Err() == nil
	for _, b := range w.list {
		s.cut[b] = !done
		done = done && !s.rushed[b]
	}
	return done
}

// unsettled are statements of which is known only that they take long, and of
// which no index has been found that makes it less, where there is time for
// longer runs.
func (s *search) unsettled(ctx context.Context) []wave {
	var list []*bound
	for _, b := range s.all {
		m, ok := s.base[b]
		longer := m.ran > s.deepest[b] // else the lab itself ends its runs as early
		if ok && m.cut && longer && s.now[b].value >= m.value {
			list = append(list, b)
		}
	}
	each := baseShare * secondsLeft(ctx) / float64(len(list))
	list = slices.DeleteFunc(list, func(b *bound) bool { return deeper*s.base[b].ran > each })
	for _, b := range list {
		s.deepest[b] = s.base[b].ran
	}
	if len(list) == 0 {
		return nil
	}
	return []wave{newWave(list)}
}

// baseline measures statements as things are, for at most a share of the time that
// there is when it begins; what the lab takes to copy their rows is not of it. One
// that cannot be measured is left out and named; one that takes longer than its part
// is ended, and known to take at least that. The fastest come first, and leave to
// the others what they do not need.
func (s *search) baseline(ctx context.Context, list []*bound) {
	left := secondsLeft(ctx)
	if !s.peels() {
		left *= baseShare
	}
	list = slices.DeleteFunc(slices.Clone(list), func(b *bound) bool { return !b.reads() || s.known(b, left/float64(len(list))) })
	slices.SortStableFunc(list, func(a, b *bound) int { return cmp.Compare(a.MeanSeconds, b.MeanSeconds) })
	for i, b := range list {
		if ctx.Err() != nil {
			return
		}
		s.stage("measuring "+b.Label(), 0.2*float64(i)/float64(len(list)))
		s.what.most = max(left/float64(len(list)-i)/float64(len(b.queries)), leastRun)
		s.first(ctx, b)
		left -= s.base[b].ran * float64(len(b.queries))
	}
}

// leastRun is what a run may take however many there are, in seconds.
const leastRun = 0.02

// known reports whether what a statement costs at first needs no run: it is
// known, or was ended and its part of the time is not much longer.
func (s *search) known(b *bound, part float64) bool {
	m, ok := s.base[b]
	return ok && (!m.cut || deeper*m.ran > part)
}

// first measures a statement as things are. What was chosen for others may serve
// it, too.
func (s *search) first(ctx context.Context, b *bound) {
	m, err := s.what.measure(ctx, b, db.Config{Most: s.what.most})
	if err == nil {
		s.unit, s.base[b], s.now[b] = m.unit, m, m
		config := s.config()
		config.Most = max(m.patience(), lossShare*secondsLeft(ctx))
		if now, err := s.measure(ctx, b, config); err == nil {
			s.now[b] = now
		}
	} else if ctx.Err() == nil {
		s.failed[b] = err
	}
}
