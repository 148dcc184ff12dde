package diagnose

import (
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
