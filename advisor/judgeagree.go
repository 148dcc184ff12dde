package advisor

import (
	"math"
	"slices"

	"mltop/internal/units"
)

// verdict is that on which all sights agree.
func (c *comparison) verdict(v Verdict) Verdict {
	var sights []sight
	if c.parts != nil {
		first := c.through(v, lens{instead: c.parts})
		v = c.apart(v, first)
	}
	for _, l := range c.lenses {
		l.instead = c.parts
		sights = append(sights, c.through(v, l))
	}
	return c.agreed(v, append(sights, c.joint(v)...))
}

// joint is the sight with everything that moved taken off at once.
func (c *comparison) joint(v Verdict) []sight {
	if len(c.lenses) < 2 {
		return nil
	}
	off := func(s stretch) (sum float64, ok bool) {
		for i, one := range c.lenses {
			if i > 0 && one.why == c.lenses[i-1].why {
				continue // the same again, once
			}
			x, known := one.off(s)
			if !known {
				return 0, false
			}
			sum += x
		}
		return sum, true
	}
	return []sight{c.through(v, lens{off: off, instead: c.parts, why: c.lenses[0].why})}
}

const eachWithItsLike = "; the mix changed: each call is compared with its like"

// apart is a verdict by calls that are compared each with its like.
func (c *comparison) apart(v Verdict, s sight) Verdict {
	low, high := s.Interval(sureP)
	v.Outcome, v.P, v.Low, v.High = s.Outcome, s.P, math.Exp(low), math.Exp(high)
	v.BeforeMean = v.AfterMean / math.Exp(s.Effect) // what today's calls took before
	known := longer(s.a, s.b)
	v.Text = verdictText(v, settling(known, v.CallsBefore, len(s.a)), noNumber(known.Freedom, s.a)) + eachWithItsLike
	return v
}

// agreed is the verdict if it holds through every lens. Where another one says
// something else the calls are not comparable; where one cannot tell yet, the
// verdict waits.
func (c *comparison) agreed(v Verdict, sights []sight) Verdict {
	if v.Outcome == OutcomeNotEnough {
		return v
	}
	if why := c.unseenLoad(v); why != "" {
		return notComparable(v, why+c.like())
	}
	most, against := 0, sight{}
	for _, s := range sights {
		if d := disagrees(v, s); d > most {
			most, against = d, s
		}
	}
	switch most {
	case 0:
		return v
	case 1:
		v.Text = "not yet clear: " + change(v.AfterMean/v.BeforeMean) + " on average, but " + against.why + c.like()
		v.Outcome = OutcomeNotEnough
		return v
	}
	return notComparable(v, against.why+c.like())
}

// like says that calls are compared by what they asked for, where they are.
func (c *comparison) like() string {
	if c.parts == nil {
		return ""
	}
	return eachWithItsLike
}

func notComparable(v Verdict, why string) Verdict {
	v.Outcome = OutcomeMixed
	v.Text = "not comparable: " + change(v.AfterMean/v.BeforeMean) + " on average, but " + why
	return v
}

// arrow is a number before and after.
func arrow(before, after float64) string {
	return units.Digits(before) + " → " + units.Digits(after)
}

// disagrees is how much a sight speaks against a verdict: 2 where it says
// something else, 1 where it cannot tell.
func disagrees(v Verdict, s sight) int {
	switch {
	case s.Outcome == v.Outcome:
		return 0
	case s.Outcome == OutcomeNotEnough && v.Outcome == OutcomeBetter && s.Effect <= -math.Log1p(minEffect),
		s.Outcome == OutcomeNotEnough && v.Outcome == OutcomeWorse && s.Effect >= math.Log1p(minEffect),
		v.Outcome == OutcomeNoChange && s.Outcome == OutcomeNotEnough:
		return 1
	}
	return 2
}

// unseenLoad says why a load that moved may be all that a verdict shows, where
// nothing tells what it does to statements that the change does not touch: more
// calls make each slower, and fewer make it faster.
func (c *comparison) unseenLoad(v Verdict) string {
	by := c.load.by()
	slower := v.Outcome == OutcomeWorse && by > 0
	faster := v.Outcome == OutcomeBetter && by < 0 && v.AfterMean*greatGain > v.BeforeMean
	if !slower && !faster {
		return ""
	}
	if alike := c.asLoaded(v, slower); alike == v.Outcome {
		return ""
	}
	return "the load changed: " + arrow(math.Exp(c.load.was), math.Exp(c.load.is)) + " calls a second"
}

// asLoaded judges against those stretches of before alone in which there was as
// much to do as since, or more where more explains a loss, or less where less
// explains a gain.
func (c *comparison) asLoaded(v Verdict, more bool) Outcome {
	only := *c
	only.a = slices.DeleteFunc(slices.Clone(c.a), func(s stretch) bool {
		x, _ := c.loadBy(s)
		return more != (x >= c.load.is)
	})
	return only.through(v, lens{instead: c.parts}).Outcome
}
