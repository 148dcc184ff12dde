package advisor

import (
	"time"

	"mltop/internal/db"
)

// An EntryState is where a journaled change stands.
type EntryState string

// The states. Applying and Undoing are on disk before the first statement
// runs; the next start settles them by looking at the object's state.
const (
	EntryApplying    EntryState = "applying"
	EntryApplied     EntryState = "applied"
	EntryFailed      EntryState = "failed" // nothing was changed
	EntryUndoing     EntryState = "undoing"
	EntryUndone      EntryState = "undone"
	EntryUndoPending EntryState = "undo pending" // refused for now; Note says by whom
	EntryLost        EntryState = "lost"         // somebody else removed or changed the object; applied again once it is back
	EntryActing      EntryState = "acting"       // of an act on a session, which has no undo
	EntryDone        EntryState = "done"         // such an act, carried out
)

// An Entry is one applied change in the journal.
type Entry struct {
	ID             string      `json:"id"`
	Target         db.TargetID `json:"target"`
	Path           string      `json:"path"`
	At             time.Time   `json:"at"`
	SettledAt      time.Time   `json:"settled_at"`
	State          EntryState  `json:"state"`
	Recommendation string      `json:"recommendation"` // its ID
	Title          string      `json:"title"`
	Kind           Kind        `json:"kind"`
	Table          string      `json:"table"`
	Requires       []string    `json:"requires,omitempty"` // IDs of the advice that it builds on
	Queries        []string    `json:"queries"`
	Fingerprints   []string    `json:"fingerprints"`
	Routes         []string    `json:"routes"`
	Steps          []db.Step   `json:"steps"` // with the real Before
	Done           int         `json:"done"`  // steps carried out
	// Was are the steps as they were applied, while an undo is under way whose
	// Steps had to follow what came and went since.
	Was []db.Step `json:"was,omitempty"`
	// Session is the server's that runs, or ran, the last of the statements.
	Session   string `json:"session,omitempty"`
	SizeBytes *int64 `json:"size_bytes"`
	// Predicted is the effect that the advice promised; nil without a number.
	Predicted *Effect  `json:"predicted,omitempty"`
	Note      string   `json:"note,omitempty"`
	Verdict   *Verdict `json:"verdict,omitempty"`
}

// A Verdict compares the same statement or route before and after a change.
type Verdict struct {
	Subject   string  `json:"subject"` // "GET /orders/{id}"
	Outcome   Outcome `json:"outcome"`
	BeforeP95 float64 `json:"before_p95_seconds"`
	AfterP95  float64 `json:"after_p95_seconds"`
	// The means are of a typical stretch of time (geometric over stretches,
	// so that one outage decides nothing): the factor, Low, High and P are of
	// them. Low and High hold the true ratio of after to before.
	BeforeMean  float64 `json:"before_mean_seconds"`
	AfterMean   float64 `json:"after_mean_seconds"`
	Low         float64 `json:"ratio_low"`
	High        float64 `json:"ratio_high"`
	CallsBefore int     `json:"calls_before"`
	CallsAfter  int     `json:"calls_after"`
	P           float64 `json:"p_value"`
	// Enough is how many calls after the change show a gain of that size in
	// nine of ten cases, by how this route's own times scatter; 0: none do.
	Enough int     `json:"calls_enough"`
	Gain   float64 `json:"gain_ratio"`
	// SessionsBefore and SessionsAfter are how many sessions are in the statement
	// at a time, where it is sampled and its calls are not counted: then Low,
	// High and P are of that, and no time of a call is known. nil: not sampled.
	SessionsBefore *float64 `json:"before_sessions,omitempty"`
	SessionsAfter  *float64 `json:"after_sessions,omitempty"`
	// Guarded counts the other statements of the table that were looked at, and
	// Slower names those that got slower with the change.
	Guarded int      `json:"guarded,omitempty"`
	Slower  []string `json:"slower,omitempty"`
	// OfRoute: the subject is a route. Statement is then the verdict on the
	// statement that the prediction is of; nil: none is counted live.
	OfRoute   bool     `json:"of_route,omitempty"`
	Statement *Verdict `json:"statement,omitempty"`
	Text      string   `json:"text"` // "31× faster on average (990 → 32 ms), 480 calls, p < 0.001; 99 % sure: 28× faster to 34× faster"
}

// An Outcome of a verdict.
type Outcome string

// The outcomes.
const (
	OutcomeBetter    Outcome = "better"
	OutcomeWorse     Outcome = "worse"
	OutcomeNoChange  Outcome = "no difference shown"
	OutcomeNotEnough Outcome = "not enough calls yet"
	OutcomeMixed     Outcome = "not comparable"
	OutcomeUnseen    Outcome = "statements cannot be seen live"
)

// A Part of a change is advice of its own, with an entry of its own.
type Part struct {
	Recommendation Recommendation
	Steps          []db.Step
}

// A Preview is everything a user must see before a change is made.
type Preview struct {
	Recommendation Recommendation
	First          []Part    // what it builds on and is not there yet: applied before it
	Steps          []db.Step // of all, in order, with Before as it is now
	Refused        string    // why it cannot be applied now; "" if it can
	Gone           string    // why nobody can apply it any more: what it is about was changed since; Refused is the same
	Holders        []db.Holder
	Replicas       []string // who follows the server, and how far behind; empty where nobody can
	UndoSeconds    float64
	Tried          string   // "on a copy; your file is untouched so far"
	Confirm        string   // what must be typed on a production target; "" for y
	Client         string   // the command that runs a script of it; "": none is known
	Head           []string // what such a script begins with: it bounds waits for locks
}
