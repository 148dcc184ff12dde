package postgres

import (
	"bytes"
	"fmt"

	"mltop/internal/db/serverlog"
)

// A logJoin makes statements of a log's messages: of most in one message, of
// some in two, one with the text and, behind the run, one with the time.
type logJoin struct {
	visit func(*serverlog.Entry)
	clock logClock
	entry serverlog.Entry
	begun map[string]*begunStatement // by session
	held  int                        // bytes of their texts
	names map[string]string          // of databases and programs, as texts
	lost  logLosses
}

// A begunStatement waits for its time.
type begunStatement struct {
	text, args []byte
	goes       bool
}

const (
	// mostHeld bounds the texts that wait, of sessions that may never come back.
	mostHeld  = 16 << 20
	mostBegun = 10_000
	// mostNames bounds what is known of databases and programs by their bytes.
	mostNames = 1000
)

// logLosses count what is in a log and in no sum.
type logLosses struct {
	strange  int // times, in a language that we do not know
	textless int // times whose statement is not there
	timeless int // statements whose time is not there
	joined   int // statements that found their time
	homeless int // statements of we do not know which database, which count
	loose    bool
}

// take takes a message in.
func (j *logJoin) take(r *logRecord) {
	if r.failed { // what failed has no time
		j.drop(r.session)
		return
	}
	switch m := readMessage(r.message, r.tag); m.phase {
	case phaseRan, phaseFetched:
		j.hand(r, m.seconds, preparedText(m.text, r.detail), argsOf(r.detail), m.phase == phaseFetched)
	case phaseBegun, phaseFetches:
		j.begin(r, m)
	case phaseLasted:
		j.last(r, m.seconds)
	case phaseStrange:
		j.lost.strange++
	}
}

// hand hands a statement over.
func (j *logJoin) hand(r *logRecord, seconds float64, text, args []byte, goes bool) {
	if !r.named {
		j.lost.homeless++
	}
	j.entry = serverlog.Entry{
		Seconds: seconds, SQL: bytes.TrimRight(text, "; \t\r\n"), Args: args, Goes: goes,
		Thread: j.name(r.session), Schema: j.name(r.database), Program: j.name(r.program),
	}
	if r.time != nil {
		j.entry.At = j.clock.read(r.time)
	}
	j.visit(&j.entry)
}

// begin has a statement wait for its time.
func (j *logJoin) begin(r *logRecord, m message) {
	if len(r.session) == 0 { // nobody could tell whose time comes
		j.lost.timeless, j.lost.loose = j.lost.timeless+1, true
		return
	}
	j.drop(r.session)
	if j.held > mostHeld || len(j.begun) >= mostBegun {
		j.lost.timeless += len(j.begun)
		j.begun, j.held = nil, 0
	}
	if j.begun == nil {
		j.begun = map[string]*begunStatement{}
	}
	b := &begunStatement{text: bytes.Clone(preparedText(m.text, r.detail)), args: bytes.Clone(argsOf(r.detail)), goes: m.phase == phaseFetches}
	j.held += len(b.text) + len(b.args)
	j.begun[string(r.session)] = b
}

// drop forgets a statement that waits.
func (j *logJoin) drop(session []byte) {
	if b := j.begun[string(session)]; b != nil {
		j.forget(session, b)
		j.lost.timeless++
	}
}

func (j *logJoin) forget(session []byte, b *begunStatement) {
	j.held -= len(b.text) + len(b.args)
	delete(j.begun, string(session))
}

// last is the time of the statement that the session has begun.
func (j *logJoin) last(r *logRecord, seconds float64) {
	b := j.begun[string(r.session)]
	if b == nil {
		j.lost.textless++
		j.lost.loose = j.lost.loose || len(r.session) == 0
		return
	}
	j.forget(r.session, b)
	j.lost.joined++
	j.hand(r, seconds, b.text, b.args, b.goes)
}

// name is a text of bytes that come again and again.
func (j *logJoin) name(b []byte) string {
	if s, ok := j.names[string(b)]; ok {
		return s
	}
	if j.names == nil || len(j.names) >= mostNames {
		j.names = map[string]string{}
	}
	s := string(b)
	j.names[s] = s
	return s
}

// words say what of a log is in no sum, and why; none where all is.
func (l logLosses) words(lostZone string) (out []string) {
	add := func(n int, format string, args ...any) {
		if n > 0 {
			out = append(out, fmt.Sprintf("%d "+format, append([]any{n}, args...)...))
		}
	}
	add(l.strange, "durations are in a language that is not understood: SET lc_messages = 'C' has the server write English")
	switch {
	case l.loose:
		add(max(l.textless, l.timeless), "statements and their durations stand apart, and no line says of which session it is: add %%p to log_line_prefix")
	case l.joined == 0:
		add(l.textless, "durations stand without their statement, and do not count: log_min_duration_statement, or log_statement = 'all' besides log_duration, writes both")
		add(l.timeless, "statements stand without their duration, and do not count: log_min_duration_statement, or log_duration besides log_statement, writes both")
	case l.textless > 2*l.joined: // each has one for parse and one for bind
		add(l.textless, "durations stand without their statement, and do not count: parse and bind, or what log_statement leaves out")
	}
	add(l.homeless, "statements name no database, and count whichever they are of: add %%d to log_line_prefix")
	if lostZone != "" {
		out = append(out, "the zone "+lostZone+" of the log's times is not known, and so are the times")
	}
	return out
}
