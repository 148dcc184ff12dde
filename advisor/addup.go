package advisor

import (
	"slices"
	"strings"
)

// notAddingUp says on statistics and rewrites, and on the indexes beside them,
// that both save the same time of a statement: each is measured as if the other
// were not followed. Indexes are measured one after the other and do add up.
func notAddingUp(list []Recommendation) {
	for i := range list {
		r := &list[i]
		if r.Kind != KindAnalyze && r.Kind != KindRewrite || r.Estimate == nil {
			continue
		}
		for j := range list {
			ix := &list[j]
			shared := slices.ContainsFunc(ix.Fingerprints, func(q string) bool { return slices.Contains(r.Fingerprints, q) })
			if ix.Kind == KindCreateIndex && shared && !slices.Contains(r.Requires, ix.ID) {
				r.doubtSaving(ix.ID)
				ix.doubtSaving(r.ID)
			}
		}
	}
}

func (r *Recommendation) doubtSaving(other string) {
	said := "what it saves does not add to what #" + other + " saves: both are on the same statement as it is today"
	switch {
	case r.MayBeWrong == "":
		r.MayBeWrong = said
	case !strings.Contains(r.MayBeWrong, said): // advice of an earlier search says it already
		r.MayBeWrong += "; " + said
	}
}
