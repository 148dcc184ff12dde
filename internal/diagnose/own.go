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
func leftOut(f *facts) []Finding {
	var all []string
	for _, s := range f.snap.Statements {
		for _, key := range slices.Sorted(maps.Keys(s.Missing)) {
			all = append(all, s.Missing[key])
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
// seen.
func nothing(f *facts) Finding {
	var speaks []string
	if w, ok := f.requests(); ok {
		speaks = append(speaks, fmt.Sprintf("%s requests/s", units.Digits(float64(w.Total.Count)/w.Seconds)))
		if w.Total.Latency.Count() > 0 {
			speaks = append(speaks, "P95 "+seconds(w.Total.Latency.Quantile(0.95)))
		}
		if w.Total.StatusCount > 0 {
			speaks = append(speaks, "errors "+percent(float64(w.Total.ClientErrors+w.Total.ServerErrors)/float64(w.Total.StatusCount)))
		}
	}
	if busy := f.lately(collectors.MetricCPU); len(busy) > 0 { // as processorFull sees it: a busy moment speaks against nothing
		speaks = append(speaks, "processor "+percent(mean(busy)))
	}
	x := Finding{Rule: "nothing", Level: OK, Text: "nothing wrong on this side", View: "requests", Against: f.unseen()}
	if len(speaks) > 0 {
		x.Text += ": " + strings.Join(speaks, ", ")
	}
	return x
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
