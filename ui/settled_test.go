package ui

import (
	"testing"
	"time"

	"mltop/collectors"
	"mltop/internal/diagnose"
)

// beginning is a first sample, after so long, in which the requests are in
// some state, and what is found in it.
type beginning struct {
	after    time.Duration
	requests *collectors.Requests // nil: not heard of yet
	why      string               // there is none
	found    []diagnose.Finding
}

// partRead is a log of which a share was read, and the oldest row of that.
func partRead(share float64, oldest time.Duration) *collectors.Requests {
	return &collectors.Requests{At: noon, Source: collectors.RequestSource{Kind: "table", Name: "request_logs", Resolution: time.Second}, State: "ok", Backfilled: share,
		Buckets: []collectors.RequestBucket{{Start: noon.Add(-oldest).Truncate(time.Minute), Width: time.Minute, Total: collectors.Group{Count: 1}}}}
}

func TestTheFirstVerdictWaitsForThePastThatItNeeds(t *testing.T) {
	warn := []diagnose.Finding{{Rule: "statistics", Level: diagnose.Warn, Text: "the planner has no statistics"}}
	crit := []diagnose.Finding{{Rule: "gone", Level: diagnose.Crit, Text: "the file is gone"}, warn[0]}
	for name, c := range map[string]struct {
		beginning
		want string // of the first finding; "" none yet
	}{
		"no request is known yet: a warning of the database waits": {beginning{found: warn}, ""},
		"what is critical is said at once, alone":                  {beginning{found: crit}, "the file is gone"},
		"there is no request log: nothing is waited for":           {beginning{found: warn, why: "not measured: no table looks like a request log (since 10:42:00)"}, warn[0].Text},
		"the request log is locked at the first look":              {beginning{found: warn, why: "app.db: is locked by another process (since 10:42:00)"}, ""},
		"it stays locked": {beginning{found: warn, after: verdictWaits, why: "app.db: is locked by another process (since 10:42:00)"}, warn[0].Text},
		"the log's newest minutes are read: the hour before is waited for": {beginning{found: warn, requests: partRead(0.01, 10*time.Minute)}, ""},
		"its last hour is read, and not its day":                           {beginning{found: warn, requests: partRead(0.1, 2*time.Hour)}, warn[0].Text},
		"all of a short log is read":                                       {beginning{found: warn, requests: partRead(1, 10*time.Minute)}, warn[0].Text},
		"it takes too long":                                                {beginning{found: warn, after: verdictWaits, requests: partRead(0.01, 10*time.Minute)}, warn[0].Text},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			s := open(t, f, 120, 40)
			s.m.s.diagnose = func(diagnose.Input) []diagnose.Finding { return append([]diagnose.Finding(nil), c.found...) }
			f.now = noon.Add(c.after)
			sample := collectors.Sample{Time: f.now, Sections: []collectors.Section{f.database()}, Errors: map[string]string{}}
			if c.requests != nil {
				sample.Sections = append(sample.Sections, c.requests)
			}
			if c.why != "" {
				sample.Errors["requests"] = c.why
			}
			s.send(sampleMsg{sample: sample})
			got := ""
			if l := s.m.s.Findings; len(l) > 0 {
				got = l[0].Text
			}
			if got != c.want || len(s.m.s.Findings) > 1 {
				t.Errorf("got the verdict %q of %d, want %q", got, len(s.m.s.Findings), c.want)
			}
		})
	}
}
