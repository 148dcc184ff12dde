package advisor

import (
	"cmp"
	"context"
	"slices"
)

// mostCompanions is how many indexes that do not fit are tried beside one
// that does: each is one more build on the copy.
const mostCompanions = 4

// spendRest spends what is left of a budget on indexes that would be worth
// their place beside others for which there is no room, and save about as much
// without them.
func (s *search) spendRest(ctx context.Context) {
	if s.budget <= 0 {
		return
	}
	for _, p := range s.prospects() {
		c := p.candidate
		if ctx.Err() != nil {
			return
		}
		if c.refused != "" || s.has(c) || !s.fits(c) || p.most < spentShare*cost(s.all, s.now) {
			continue
		}
		alone, ok := s.gain(ctx, c)
		if ok && alone.net > 0 && s.payWrites(ctx, alone) && alone.net > 0 && s.worthBesideMore(ctx, c, alone.net) && s.acceptInTime(ctx, alone.team) {
			s.take(alone)
		}
	}
}

// worthBesideMore reports whether an index would be chosen if there were room
// for one more beside it, and does not owe most of what it saves to that one.
func (s *search) worthBesideMore(ctx context.Context, c *candidate, alone float64) bool {
	for _, more := range s.companions(c) {
		beside, ok := s.gainBeside(ctx, []*candidate{c}, append(slices.Clone(s.chosen), more), s.bar(c)*minGain)
		if ok && alone >= companyPart*beside.net && s.isWorth(beside.net, beside.now, beside.first, beside.calls, s.bar(c)) {
			return true
		}
	}
	return false
}

// companions are the smallest indexes that the budget keeps out, of those that
// a statement of c could use beside it.
func (s *search) companions(c *candidate) []*candidate {
	list := related(s.pool, c)
	list = slices.DeleteFunc(list, func(o *candidate) bool { return o == c || o.refused != "" || s.fits(c, o) })
	slices.SortStableFunc(list, func(a, b *candidate) int { return cmp.Compare(a.bytes, b.bytes) })
	return list[:min(len(list), mostCompanions)]
}
