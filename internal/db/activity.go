package db

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"mltop/internal/sqltext"
)

// An Activity adds up what a server is seen running by looking at its sessions
// again and again, in a goroutine of its own: where nothing counts statements,
// each look stands for the time since the one before. What it adds up, divided
// by the time, is how many sessions run a statement in the mean.
type Activity struct {
	source string
	look   func(context.Context) (Look, error)

	mu      sync.Mutex
	stop    context.CancelFunc // nil while nobody looks
	done    chan struct{}
	asked   time.Time // when totals were last asked for
	sums    activitySums
	err     error         // of the newest look
	pause   time.Duration // between two looks, as it is now
	took    time.Duration // the mean of what looks cost
	hidden  bool          // a text was not shown to us
	cutFrom int
}

// A Look is what one look at the sessions saw.
type Look struct {
	Running []string // the texts of what runs, ours left out; "" is one that is not shown to us
	Took    time.Duration
	// CutFrom is the length in bytes from which the server cuts texts short;
	// 0: never.
	CutFrom int
}

const (
	// Ten looks a second, where nothing else tells: of a statement that runs half
	// the time the mean of ten seconds is then known to 0.05.
	lookPause = 100 * time.Millisecond
	// A look that costs a server three milliseconds is followed by three tenths
	// of a second without: 1 % of one core, at most.
	lookShare = 100
	// What is looked at less often than this is no sample.
	longestPause = 5 * time.Second
	// maxLook bounds what one look stands for: behind a pause nobody knows what
	// ran.
	maxLook = 2*longestPause + time.Second
	// maxSampled bounds how many statements are kept apart.
	maxSampled = 2000
	// unasked is when looking ends because nobody wants to know.
	unasked = 5 * time.Minute
)

// Sampling is who asks, in the log of our own statements, when sessions are
// looked at: so often that one line stands for a second.
const Sampling = "sampling"

// NewActivity makes one that looks by look, once somebody asks for totals.
// source names where it looks: "pg_stat_activity".
func NewActivity(source string, look func(context.Context) (Look, error)) *Activity {
	return &Activity{source: source, look: look}
}

// Read says what a "x" is in the texts. It is called before totals are asked
// for.
func (a *Activity) Read(q sqltext.Quotes) { a.sums.quotes = q }

// Totals answers the sums so far, and goes on looking. why says what is
// missing to count calls.
func (a *Activity) Totals(ctx context.Context, why string) (StatementTotals, error) {
	if a.begin(ctx) {
		a.once(ctx)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = time.Now()
	if a.err != nil {
		return StatementTotals{}, fmt.Errorf("look at the running statements: %w", a.err)
	}
	return a.totals(why), nil
}

// Running answers when each statement was last seen running, by the
// fingerprint of its text, and goes on looking: beside a source that counts
// only some of the calls. What cannot be looked at is in no answer.
func (a *Activity) Running(ctx context.Context) map[string]time.Time {
	if a.begin(ctx) {
		a.once(ctx)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = time.Now()
	out := make(map[string]time.Time, len(a.sums.list))
	for _, t := range a.sums.list {
		if !t.cut {
			out[t.total.Key] = t.seen
		}
	}
	return out
}

// begin starts the goroutine where there is none.
func (a *Activity) begin(ctx context.Context) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stop != nil {
		return false
	}
	ctx, a.stop = context.WithCancel(context.WithoutCancel(ctx))
	a.done, a.asked, a.pause, a.sums.last = make(chan struct{}), time.Now(), lookPause, time.Time{}
	go a.run(ctx, a.done)
	return true
}

// End ends looking without waiting for the look that is under way; it goes on
// when totals are asked for again.
func (a *Activity) End() (done <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stop == nil {
		closed := make(chan struct{})
		close(closed)
		return closed
	}
	a.stop()
	a.stop = nil
	return a.done
}

func (a *Activity) run(ctx context.Context, done chan struct{}) {
	defer close(done)
	for {
		t := time.NewTimer(a.next())
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
		if a.forgotten() {
			a.End()
			return
		}
		a.once(ctx)
	}
}

// next is a pause of random length: what an application does every tenth of a
// second must not be met always, or never.
func (a *Activity) next() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.pause/2 + rand.N(a.pause)
}

func (a *Activity) forgotten() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Since(a.asked) > unasked
}

// once looks and adds up.
func (a *Activity) once(ctx context.Context) {
	l, err := a.look(ctx)
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	if ctx.Err() != nil && err != nil {
		return // told to end
	}
	if a.err = err; err != nil {
		a.pause = min(2*a.pause, longestPause)
		return
	}
	a.cutFrom = l.CutFrom
	for _, text := range l.Running {
		a.hidden = a.hidden || text == ""
	}
	a.sums.add(now, l)
	if a.took == 0 {
		a.took = l.Took
	}
	a.took += (l.Took - a.took) / 8
	a.pause = pauseAfter(a.took)
}

// pauseAfter bounds the share of time that looks take.
func pauseAfter(took time.Duration) time.Duration {
	return min(max(lookPause, lookShare*took), longestPause)
}

// totals are the sums in the words of every source of statements.
func (a *Activity) totals(why string) StatementTotals {
	evicted := a.sums.evicted
	out := StatementTotals{At: time.Now(), Source: a.source + ", sampled", Since: a.sums.began, Sampled: true, Evicted: &evicted, Missing: map[string]string{}}
	out.Missing["calls"] = fmt.Sprintf("the sessions are looked at %s a second, which costs the server %.1f %% of a core: it shows time, not calls. To count calls: %s",
		timesText(1/a.pause.Seconds()), 100*min(a.took.Seconds()/a.pause.Seconds(), 1), why)
	if a.hidden {
		out.Missing["texts"] = "statements of other users are not shown to this one: their time is in no row"
	}
	if n := a.sums.cut(); n > 0 {
		out.Missing["cut"] = fmt.Sprintf("only the first %d bytes of a statement are shown: %d are known by their beginning", a.cutFrom, n)
	}
	for _, t := range a.sums.list {
		out.List = append(out.List, *t.total)
	}
	return out
}

func timesText(perSecond float64) string {
	if perSecond < 1 {
		return fmt.Sprintf("%.1f times", perSecond)
	}
	return fmt.Sprintf("%.0f times", perSecond)
}

// activitySums are the sums of looks.
type activitySums struct {
	quotes      sqltext.Quotes
	began, last time.Time
	list        []*activeStatement
	byText      map[string]*activeStatement // by the text as it was seen
	byPrint     map[string]*activeStatement
	evicted     float64
}

// An activeStatement was seen running.
type activeStatement struct {
	total *StatementTotal
	cut   bool // only the beginning of its text is known
	seen  time.Time
}

// maxTexts bounds how many texts are known as they were written.
const maxTexts = 4 * maxSampled

// add takes in a look; the first one stands for no time.
func (s *activitySums) add(now time.Time, l Look) {
	if s.began.IsZero() {
		s.began = now
	}
	weight := 0.0
	if !s.last.IsZero() {
		weight = min(now.Sub(s.last), maxLook).Seconds()
	}
	s.last = now
	for _, text := range l.Running {
		if text == "" {
			continue
		}
		if t := s.of(text, l.CutFrom > 0 && len(text) >= l.CutFrom); t != nil {
			t.total.Seconds += weight
			t.seen = now
		} else {
			s.evicted++
		}
	}
}

// of finds the statement that a text is one of, or makes it; nil where there
// is no room.
func (s *activitySums) of(text string, cut bool) *activeStatement {
	if t := s.byText[text]; t != nil {
		return t
	}
	t := s.find(text, cut)
	if s.byText == nil || len(s.byText) >= maxTexts {
		s.byText = map[string]*activeStatement{}
	}
	if t != nil {
		s.byText[text] = t
	}
	return t
}

func (s *activitySums) find(text string, cut bool) *activeStatement {
	normal := s.quotes.Normalize(text)
	if cut {
		normal = beginning(normal)
	}
	key := s.quotes.Fingerprint(normal)
	if t := s.byPrint[key]; t != nil {
		return t
	}
	if t := s.sameBeginning(normal, cut); t != nil {
		return t
	}
	if len(s.list) >= maxSampled {
		return nil
	}
	return s.put(key, normal, text, cut)
}

func (s *activitySums) put(key, normal, text string, cut bool) *activeStatement {
	t := &activeStatement{total: &StatementTotal{Key: key, Text: normal, Example: s.quotes.HideSecrets(text)}, cut: cut}
	if cut {
		t.total.Text, t.total.Example = normal+cutMark, ""
	}
	if s.byPrint == nil {
		s.byPrint = map[string]*activeStatement{}
	}
	s.byPrint[key] = t
	s.list = append(s.list, t)
	return t
}

// cutMark ends a text of which more is not known.
const cutMark = " …"

// beginning leaves out the last word of a text that was cut short: nobody
// knows how it goes on.
func beginning(normal string) string {
	if i := strings.LastIndexByte(normal, ' '); i > 0 {
		return normal[:i]
	}
	return normal
}

// sameBeginning finds what a text was cut off from: where that is depends on
// how long its literals are, so that of two beginnings of one statement the
// one is the other's.
func (s *activitySums) sameBeginning(normal string, cut bool) *activeStatement {
	for _, t := range s.list {
		known := strings.TrimSuffix(t.total.Text, cutMark)
		if t.cut && strings.HasPrefix(normal, known) || cut && strings.HasPrefix(known, normal) {
			return t
		}
	}
	return nil
}

// cut counts those of which only the beginning is known.
func (s *activitySums) cut() (n int) {
	for _, t := range s.list {
		if t.cut {
			n++
		}
	}
	return n
}
