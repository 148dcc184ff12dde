// Package advisor turns a workload into advice, and advice into changes that
// are previewed, journaled, verified and undone.
//
//	workload → candidates → lab (what-if) → search → recommendations
//	→ apply → verify → undo
package advisor

import (
	"time"

	"mltop/internal/db"
)

// A Workload is what the database is asked to do: statements, how often, and
// how long they take.
type Workload struct {
	Statements []Statement
	Window     time.Duration // over which calls were counted; 0 for given weights
}

// A Statement of a workload.
type Statement struct {
	Fingerprint  string
	Name         string   // given by the user; else ""
	Text         string   // normalised
	Examples     []string // with literals; at least one, when any was seen
	CallsPerHour float64
	MeanSeconds  float64 // NaN: not measured
	RowsPerCall  float64 // sent, or written by a write; 0: not known
	Rewrite      string  // a rewritten text that the user gave; "" if none
	Route        string
	// CallsPerRequest is how often one request of its route runs it; 0: not
	// known.
	CallsPerRequest float64
	CallsHow        string // of which route, and how that is known
	Assumed         bool   // our guess, not seen
	Sampled         bool   // only the time is known: CallsPerHour are calls of a second each
	Logged          bool   // the examples are single calls: their literals may be parameters
	Varies          bool   // with Logged: beyond what the examples show
	Seen            int64  // with Logged: the calls that the examples are of; 0: not known
	// Calls are how often each of Examples is called, to each other, where that
	// was given and Examples are all there are; nil: not known.
	Calls []float64
}

// Label is the name a user would know the statement by.
func (s Statement) Label() string {
	if s.Name != "" {
		return s.Name
	}
	return s.Fingerprint
}

// Facts is all that a rule may look at. It is read once and never changed.
type Facts struct {
	Target   db.TargetID
	Schema   *db.Schema
	Stats    db.Stats
	Settings []db.Setting
	Workload Workload
	Shapes   map[string]*db.Shape // by fingerprint and name
	Plans    map[string]*db.Plan  // as planned now, by fingerprint and name
	// RequestsPerSecond of the watched deployment; NaN when not known.
	RequestsPerSecond float64
	CommitsPerRequest float64 // NaN when not known
	Holders           []db.Holder
	Watched           time.Duration
	RowsPerHour       map[string]float64 // written, by table in lower case
	Logs              []LogTable
	Dialect           db.Dialect // writes the SQL of a change
	Machine           Machine
	Before            *db.Stats // of when mltop began to watch; nil when it has just come
	PeakConnections   float64   // most that were seen at once while mltop watched; 0 when not known
	Sessions          []db.Session
	Replicas          []string             // that follow this server; what they read cannot be seen
	HiddenSince       map[string]time.Time // by mltop, by name in lower case
	Code              []db.Code            // that the server runs and that may name indexes
	Unread            []string             // code that may do so and could not be read, in words
	SetAt             map[string]time.Time // when mltop last changed a setting, by name in lower case
	locked            lockedOut            // which Schema does not have
}

// A Rule makes advice of facts. It is pure.
type Rule func(Facts) []Recommendation

// A Kind says what a recommendation does.
type Kind string

// The kinds.
const (
	KindCreateIndex Kind = "create_index"
	KindDropIndex   Kind = "drop_index"
	KindHideIndex   Kind = "hide_index"
	KindSetting     Kind = "setting"
	KindAnalyze     Kind = "analyze"
	KindPartition   Kind = "partition"
	KindRewrite     Kind = "rewrite"
	KindRetention   Kind = "retention"
	KindCancel      Kind = "cancel"    // an act: a session's statement
	KindTerminate   Kind = "terminate" // an act: a session
)

// A Severity orders recommendations of equal saving.
type Severity string

// The severities.
const (
	SeverityCritical Severity = "critical"
	SeverityWarning  Severity = "warning"
	SeverityInfo     Severity = "info"
)

// A Recommendation is one piece of advice as data.
type Recommendation struct {
	ID         string         `json:"id"` // stable over runs for the same advice
	Kind       Kind           `json:"kind"`
	Severity   Severity       `json:"severity"`
	Title      string         `json:"title"`
	Object     string         `json:"object"` // "index mltop_…", "journal_mode"
	Table      string         `json:"table,omitempty"`
	Columns    []string       `json:"columns,omitempty"`
	Statement  string         `json:"statement"` // what to run or paste
	Undo       string         `json:"undo"`
	Change     db.Change      `json:"steps"` // empty: nothing that mltop could apply
	Reason     string         `json:"reason"`
	Evidence   []string       `json:"evidence"`
	Scope      string         `json:"scope"` // whom it reaches
	Risk       string         `json:"risk"`
	MayBeWrong string         `json:"may_be_wrong"`
	Confidence string         `json:"confidence"` // "high", "medium", "low"
	Queries    []string       `json:"queries"`    // names or fingerprints it serves or rewrites
	Warnings   []Warning      `json:"warnings"`
	Estimate   *Effect        `json:"estimate"` // nil: no number can be given
	SizeBytes  *int64         `json:"size_bytes"`
	WriteCost  *float64       `json:"write_cost_seconds"`       // a row written
	WriteWhy   string         `json:"write_cost_why,omitempty"` // why there is none in seconds, and what there is instead
	SavedRatio float64        `json:"saved_seconds_per_second"` // of statements' time
	Build      *BuildEstimate `json:"build,omitempty"`
	Plans      []PlanPair     `json:"-"`
	// Fingerprints and Routes are those of the statements that it serves.
	Fingerprints []string `json:"fingerprints"`
	Routes       []string `json:"routes"`
	// Rule names what made a piece of advice on a setting: "postgres.work_mem".
	Rule   string `json:"rule,omitempty"`
	Expect string `json:"expected_effect,omitempty"`
	Takes  string `json:"takes_effect,omitempty"` // "at once", "after a restart …"
	Source string `json:"source,omitempty"`       // the documentation it is from
	// Requires are the IDs of the advice that this one builds on: without it,
	// it may be a loss.
	Requires []string `json:"requires"`
	// Needs names the indexes that it is no good without: those that Requires
	// make, and one that takes the place of another.
	Needs []string `json:"needs,omitempty"`
	// MeasuredAt is the time of the search that found it, where that was not
	// this one; see keepEarlier.
	MeasuredAt *time.Time `json:"measured_at,omitempty"`
	// Tables are those that it is on, where they are more than Table.
	Tables []string `json:"tables,omitempty"`
	// Rewrite is what a rewrite changes; nil of other kinds.
	Rewrite *Rewritten `json:"rewrite,omitempty"`
	// Values are the settings in force that it goes by, where State does not tell.
	Values map[string]string `json:"values,omitempty"`
	// Parts are the IDs of single indexes, where several pay only together.
	Parts []string `json:"parts,omitempty"`
	// free: the new indexes advised were measured without the one it drops.
	free bool
	// detours are its statements that the cards before make slower than today.
	detours []detour
	// relies names the indexes that must stay for the advice to be good.
	relies []string
}

// A Warning names what would get worse, for which queries.
type Warning struct {
	Text    string   `json:"text"`
	Queries []string `json:"queries"`
}

// An Effect is what one call of the statements served takes, weighted by their
// frequency, before and after: time, or what stands for it. The names in JSON
// are those of the first journals.
type Effect struct {
	Before float64   `json:"before_seconds"`
	After  float64   `json:"after_seconds"`
	Low    float64   `json:"low"`  // of After
	High   float64   `json:"high"` // of After
	Unit   db.Unit   `json:"unit"`
	Method db.Method `json:"method"`
	// Time is what a call is to take live; nil: it is not known what it takes
	// today.
	Time *Prediction `json:"predicted,omitempty"`
}

// Foretold is what a call is to take live, where the lab itself measures no
// time; nil: it does, or nobody knows.
func (e Effect) Foretold() *Prediction {
	if e.InTime() {
		return nil
	}
	return e.Time
}

// InTime reports that it can be set against what a verdict measures.
func (e Effect) InTime() bool { return inSeconds(e.Unit) }

// A BuildEstimate says what building an index takes.
type BuildEstimate struct {
	Seconds   *float64 `json:"seconds"` // nil: not known
	Method    string   `json:"method"`
	DiskBytes int64    `json:"disk_bytes"`
	FreeBytes *int64   `json:"free_bytes"`
	WhyFree   string   `json:"-"` // why FreeBytes is not known
}

// A PlanPair is a statement's plan now and with the advice.
type PlanPair struct {
	Query       string // label
	Fingerprint string
	Before      db.Estimate
	After       db.Estimate
	// What a call takes live, predicted; 0: not known.
	SecondsBefore, SecondsAfter float64
}

// Foretold reports that a call's time was predicted, of a plan that the lab
// itself measures in something else.
func (p PlanPair) Foretold() bool { return p.SecondsBefore > 0 && !inSeconds(p.Before.Unit) }

// A Declined is advice that is not given, and why.
type Declined struct {
	What    string   `json:"what"`
	Queries []string `json:"queries"`
	Reason  string   `json:"reason"`
	// Slower is the kind of a change that was tried and made Queries slower; ""
	// where it was declined for something else.
	Slower Kind `json:"slower,omitempty"`

	object string // of a drop
}

// Advice is the answer of one run.
type Advice struct {
	At time.Time `json:"at"`
	// Recommendations come by time saved, falling, each after what it requires.
	// The numbers of an index are what it adds to the indexes before it; but
	// where those make a statement slower, its time before is today's.
	Recommendations []Recommendation `json:"recommendations"`
	Declined        []Declined       `json:"declined"`
	// Partial says what was not finished: "time was up after 60 s; best so far".
	Partial string `json:"partial,omitempty"`
	// Notes says how the numbers were made: the copy, its size, the version.
	Notes []string `json:"notes"`
	// Catalog is the schema's version that the plans are of.
	Catalog string `json:"-"`
	// Texts are the statements it is about, by fingerprint: some of them may not
	// be seen any more by the time somebody reads it.
	Texts map[string]string `json:"-"`
	// Asked is how many questions the what-if room was asked, by the phases of
	// the search.
	Asked map[string]int `json:"-"`
	// Course is how good the search was after so many of them.
	Course Course `json:"-"`
	// Under is what the Budgets of the options would buy, as far as there was
	// time for them.
	Under []UnderBudget `json:"-"`
	// unsearched: there was nothing to try indexes on.
	unsearched bool
	// searched are the statements that a search came to the end with.
	searched map[string]bool
}

// Options bound one run.
type Options struct {
	Budget    int64         // bytes of new indexes; 0: no bound
	Budgets   []int64       // others, of which it is asked what they would buy
	Duration  time.Duration // 0: 60 s
	CopyDir   string
	CopyBytes int64 // 0: 512 MB
	Seed      int64
	// AllowScratch: a server may be asked to keep a sample for the time of the
	// run; see db.LabOptions.
	AllowScratch bool
	// OneStatement: it is asked of one statement alone; what the last run on the
	// whole workload said is kept.
	OneStatement bool
	// Progress is called with the best so far; from one goroutine; may be nil.
	Progress func(Advice, db.Progress)
}
