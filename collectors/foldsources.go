package collectors

// foldSources leaves one row of each statement that several live sources see:
// an application's log and its server's totals are of the same calls.
func foldSources(ws []StatementWindow) []StatementWindow {
	at := map[string]int{}
	out := make([]StatementWindow, 0, len(ws))
	for _, w := range ws {
		i, known := at[w.Fingerprint]
		switch {
		case !w.Source.Live || w.Fingerprint == "":
			out = append(out, w)
		case known:
			out[i] = better(out[i], w)
		default:
			at[w.Fingerprint] = len(out)
			out = append(out, w)
		}
	}
	return out
}

// nearlyAll: sources that see the same calls see some of them a second apart.
const nearlyAll = 0.9

// mostOf: a log of long calls that holds less than half of the time that looks
// at the sessions see has the fewer of a statement's calls.
const mostOf = 2

// partly reports that a is of a log of long calls, and b of looks that see
// mostly short ones.
func partly(a, b StatementWindow) bool {
	return a.Source.Least > 0 && b.Source.Sampled && b.Concurrency() > mostOf*a.Concurrency()
}

// better is the row of the source that sees more calls a second; of two that
// see nearly as many, the one that has the time of each. What a user or an
// application says of a statement holds for both.
func better(a, b StatementWindow) StatementWindow {
	x, y := a.callRate(), b.callRate()
	if partly(a, b) || !partly(b, a) && (y > x/nearlyAll || y >= x*nearlyAll && b.timesEach() && !a.timesEach()) {
		a, b = b, a
	}
	a.Name, a.Route, a.Rewrite = firstText(a.Name, b.Name), firstText(a.Route, b.Route), firstText(a.Rewrite, b.Rewrite)
	if a.Example == "" || a.Example == a.Text {
		a.Example = firstText(b.Example, a.Example)
	}
	if a.Ever == nil {
		a.Ever = b.Ever
	}
	if len(a.Examples) == 0 {
		a.Examples = b.Examples
	}
	return a
}

func (w StatementWindow) callRate() float64 {
	if w.Seconds <= 0 {
		return 0
	}
	return float64(w.Calls) / w.Seconds
}

// timesEach reports that the source has the time of every call, not sums.
func (w StatementWindow) timesEach() bool {
	_, sum := w.Latency.Unseen()
	return w.Latency.Count() > 0 && sum == 0
}
