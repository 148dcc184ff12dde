package advisor

// Guard adds to a verdict what became of the other statements of the table
// that was changed: a new index may draw one of them off its better plan, and
// each write pays for it. So many are looked at that each has to be surer, as
// Bonferroni divides the doubt.
func Guard(v Verdict, others []Verdict) Verdict {
	v.Guarded, v.Slower = len(others), nil
	for _, o := range others {
		if o.Outcome == OutcomeWorse && o.P < maxP/float64(len(others)) {
			v.Slower = append(v.Slower, o.Subject+" "+o.Text)
		}
	}
	return v
}
