package diagnose

import (
	"time"

	"mltop/advisor"
	"mltop/collectors"
)

// ownCases are of mltop itself, and of what it found.
func ownCases() []verdictCase {
	return []verdictCase{
		{"a collector fails", func(w *world) {
			w.h.Put(collectors.Sample{Time: now, Errors: map[string]string{"requests": "no such table (since 11:58:00)"}})
		}, "collector", Warn, "requests cannot be read: no such table (since 11:58:00)", "goes on"},
		{"no finding, because a source that does not exist cannot fail", func(w *world) {
			w.h.Put(collectors.Sample{Time: now, Errors: map[string]string{"requests": "not measured: no table looks like a request log"}})
		}, "nothing", OK, "", ""},
		{"no finding, because a sampled source that counts no calls is as it should be", func(w *world) { w.sampled("calls", "it shows time, not calls") },
			"nothing", OK, "nothing wrong on this side", ""},
		{"statements that a sampled source is not shown are still told", func(w *world) { w.sampled("texts", "statements of other users are not shown") },
			"left out", Warn, "statements of other users are not shown", "the rest is used"},
		{"advice that would save much is waiting", func(w *world) { w.in.Advice = waitingAdvice(0.69) },
			"advice", Warn, "1 change would save 690 ms of every second: create index", "warm cache"},
		{"no finding, because the advice was taken", func(w *world) {
			w.in.Advice = waitingAdvice(0.69)
			w.in.Entries = []advisor.Entry{{Recommendation: "r1", State: advisor.EntryApplied}}
		}, "nothing", OK, "", ""},
		{"an empty history has nothing to say, and says what it does not see", func(*world) {},
			"nothing", OK, "nothing wrong on this side", "no requests are seen"},
	}
}

// sampled puts a source that looks at the sessions, with what it lacks.
func (w *world) sampled(key, why string) {
	w.put(now, &collectors.Statements{At: now.Add(-5 * time.Second), Interval: 10 * time.Second, Missing: map[string]string{key: why},
		Source: collectors.StatementSource{Kind: "sessions", Live: true, Sampled: true}})
}
