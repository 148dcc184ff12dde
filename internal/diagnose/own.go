package diagnose

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/units"
)

// notMeasured begins the text of a db.NotMeasured.
const notMeasured = "not measured:"

// NoSource reports that by its error a collector has no such source: nothing
// fails.
func NoSource(why string) bool { return strings.HasPrefix(why, notMeasured) }

// failing finds collectors that bring nothing.
func failing(f *facts) []Finding {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(f.snap.Errors)), func(n string) bool {
		return NoSource(f.snap.Errors[n])
	})
	if len(names) == 0 {
		return nil
	}
	x := Finding{
		Rule: "collector", Level: Warn, View: "log", Weight: 0.01 * float64(len(names)),
		Text:    fmt.Sprintf("%s cannot be read: %s", names[0], f.snap.Errors[names[0]]),
		Against: []string{"what the others see goes on"},
	}
	for _, n := range names[1:] {
		x.Against = append(x.Against, n+": "+f.snap.Errors[n])
	}
	return []Finding{x}
}

// leftOut finds lines of a queries file or a query log that could not be used.
// That a sampled source counts no calls is its nature, and nothing to mend on
// the server: the queries' view and doctor say it.
func leftOut(f *facts) []Finding {
	var all []string
	for _, s := range f.snap.Statements {
		for _, key := range slices.Sorted(maps.Keys(s.Missing)) {
			if key != "calls" || !s.Source.Sampled {
				all = append(all, s.Missing[key])
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return []Finding{{
		Rule: "left out", Level: Warn, View: "queries", Weight: 0.001, Text: all[0],
		Against: append([]string{"the rest is used"}, all[1:]...),
	}}
}

// worthSaving is the part of a second, each second, from which advice is more
// than a hint.
const worthSaving = 0.05

// adviceWaiting finds advice that was not taken yet.
func adviceWaiting(f *facts) []Finding {
	if f.in.Advice == nil {
		return nil
	}
	var open []advisor.Recommendation
	saved := 0.0
	for _, r := range f.in.Advice.Recommendations {
		if len(r.Change) > 0 && !f.taken(r.ID) {
			open, saved = append(open, r), saved+r.SavedRatio
		}
	}
	if len(open) == 0 {
		return nil
	}
	x := Finding{Rule: "advice", Level: OK, View: "advisor", Weight: saved, Text: "advice is waiting: " + open[0].Title}
	if saved >= worthSaving {
		x.Level = Warn
		x.Text = fmt.Sprintf("%s would save %s of every second: %s", units.Plural(len(open), "change"), seconds(saved), open[0].Title)
	}
	if why := open[0].MayBeWrong; why != "" {
		x.Against = append(x.Against, why)
	}
	return []Finding{x}
}

func (f *facts) taken(id string) bool {
	return slices.ContainsFunc(f.in.Entries, func(e advisor.Entry) bool {
		return e.Recommendation == id && (e.State == advisor.EntryApplied || e.State == advisor.EntryApplying)
	})
}

// hidden says that this user is shown only its own: what others do may be
// wrong, and nobody here would know.
func hidden(f *facts) []Finding {
	others := f.snap.Database.Hidden()
	if others == "" {
		return nil
	}
	return []Finding{{
		Rule: "hidden", Level: Warn, View: "database",
		Text:    "what is wrong cannot be told: " + others,
		Against: []string{"where the application uses this very user, its statements and sessions are seen"},
	}}
}

// nothing says that nothing is wrong, what speaks for it, and what is not
// seen; or that there is too little to say so.
func nothing(f *facts) Finding {
	says := "nothing wrong on this side"
	var speaks []string
	if w, ok := f.requests(); ok {
		if slow, failing := f.passed(w.Total); (slow || failing) && w.Total.Count < enoughRequests {
			says = fmt.Sprintf("too few requests to judge (%d)", w.Total.Count)
		}
		speaks = f.requestsSpeak(w)
	}
	if busy := f.lately(collectors.MetricCPU); len(busy) > 0 && !f.processorOver(busy) { // as processorFull sees it: a busy moment speaks against nothing
		speaks = append(speaks, "processor "+percent(mean(busy)))
	}
	x := Finding{Rule: "nothing", Level: OK, Text: says, View: "requests", Against: f.unseen()}
	if len(speaks) > 0 {
		x.Text += ": " + strings.Join(speaks, ", ")
	}
	return x
}

// requestsSpeak are the figures of all requests; beside one that passes its
// threshold stands why that is no finding.
func (f *facts) requestsSpeak(w collectors.RequestWindow) []string {
	t := w.Total
	slow, failing := f.passed(t)
	out := []string{units.Digits(float64(t.Count)/w.Seconds) + " requests/s"}
	if n := t.Latency.Count(); n > 0 {
		limit := f.limits.P95Seconds
		out = append(out, "P95 "+seconds(t.Latency.Quantile(0.95))+
			tooFew(slow, fmt.Sprintf("%d of %d over %s", above(t.Latency, limit), n, seconds(limit)), n))
	}
	if t.StatusCount > 0 {
		out = append(out, "errors "+percent(float64(failed(t))/float64(t.StatusCount))+
			tooFew(failing, fmt.Sprintf("%d of %d", failed(t), t.StatusCount), t.StatusCount))
	}
	return out
}

// tooFew explains a figure that passed its threshold with too few events
// behind it; where all requests are too few, that is said once, before.
func tooFew(passed bool, events string, requests uint64) string {
	if !passed || requests < enoughRequests {
		return ""
	}
	return " (" + events + ": too few to judge)"
}

// unseen lists what could be wrong and would not show.
func (f *facts) unseen() (out []string) {
	w, ok := f.requests()
	switch {
	case !ok:
		out = append(out, "no requests are seen")
	case w.Total.Count < enoughRequests:
		out = append(out, fmt.Sprintf("only %s in %s: too few to judge", units.Plural(int(w.Total.Count), "request"), seconds(w.Seconds)))
	}
	live := slices.ContainsFunc(f.snap.Statements, func(s *collectors.Statements) bool { return s.Source.Live })
	if !live {
		out = append(out, "statements are not seen live")
	}
	if f.snap.System == nil {
		out = append(out, "the machine is not measured")
	}
	if f.snap.Database == nil {
		out = append(out, "the database is not read")
	}
	return out
}
