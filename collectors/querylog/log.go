package querylog

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"mltop/collectors"
	"mltop/internal/sqltext"
	"mltop/internal/stat"
)

// LogOptions of a Log.
type LogOptions struct {
	// All reads the log from its start; else only what is new is read.
	All bool
	Now func() time.Time // nil is time.Now
	// Quotes says what a "x" is in the statements.
	Quotes sqltext.Quotes
}

// A Log is the collector of a query log: one JSON object a line with sql and
// seconds, and, where they are known, time, rows, route ("GET /orders/{id}"),
// request (any id of the request) and error.
type Log struct {
	tail   tail
	opts   LogOptions
	began  bool
	last   time.Time
	first  time.Time                             // that an entry carries, of a log that is read whole
	groups map[string]*collectors.StatementGroup // of this interval
	shown  map[string]*collectors.Examples       // of this interval, by fingerprint
	texts  map[string]*known
	kinds  map[string]*kinds // by fingerprint
	links  links
	bad    int // lines that are no statement
}

// known is what is known of a raw text.
type known struct {
	fingerprint, text string
	constants         []string
}

// textsKept bounds the texts whose fingerprints are remembered: an
// application with placeholders has some hundreds.
const textsKept = 4000

// NewLog makes a collector of the query log at path.
func NewLog(path string, o LogOptions) *Log {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Log{tail: tail{path: path}, opts: o, texts: map[string]*known{}, kinds: map[string]*kinds{}, links: newLinks()}
}

// Name is "query log".
func (l *Log) Name() string { return "query log" }

// Close closes the file.
func (l *Log) Close() error {
	l.tail.close()
	return nil
}

// Collect answers the statements that were logged since the last call, and
// what ties them to routes.
func (l *Log) Collect(context.Context) ([]collectors.Section, error) {
	now := l.opts.Now()
	l.groups, l.shown = map[string]*collectors.StatementGroup{}, map[string]*collectors.Examples{}
	if !l.began {
		l.began, l.last = true, now
		if err := l.tail.open(l.opts.All); err != nil {
			_ = l.tail.gone(err) // it is opened, or its error told, when lines are read
		}
	}
	err := l.tail.lines(l.line)
	if !l.first.IsZero() && l.first.Before(l.last) {
		l.last = l.first // what was logged before mltop came took longer than one interval
	}
	out := []collectors.Section{l.section(now)}
	if list := l.links.list(); list != nil {
		out = append(out, &collectors.Links{At: now, List: list})
	}
	l.last = now
	return out, err
}

// An entry is one line.
type entry struct {
	Time    json.RawMessage `json:"time"`
	SQL     string          `json:"sql"`
	Seconds *float64        `json:"seconds"`
	Rows    *float64        `json:"rows"`
	Route   string          `json:"route"`
	Request json.RawMessage `json:"request"`
	Error   json.RawMessage `json:"error"`
}

func (l *Log) line(b []byte) {
	var e entry
	if json.Unmarshal(b, &e) != nil || strings.TrimSpace(e.SQL) == "" {
		l.bad++
		return
	}
	e.SQL = l.opts.Quotes.HideSecrets(e.SQL)
	k := l.know(e.SQL)
	if k.text == "" {
		l.bad++
		return
	}
	g := l.groups[k.fingerprint]
	if g == nil {
		g = &collectors.StatementGroup{Fingerprint: k.fingerprint, Text: k.text, Example: e.SQL, Route: e.Route, Latency: &stat.Sketch{}}
		l.groups[k.fingerprint], l.shown[k.fingerprint] = g, &collectors.Examples{}
	}
	e.count(g)
	l.part(g, k, &e)
	l.shown[k.fingerprint].AddWith(e.SQL, k.constants)
	if l.opts.All && l.first.IsZero() {
		l.first = e.time()
	}
	l.links.add(e.Route, string(e.Request), k.fingerprint, e.Seconds)
}

// time is when the statement ran: RFC 3339, or seconds since 1970; zero when
// the entry does not say.
func (e *entry) time() time.Time {
	var text string
	if json.Unmarshal(e.Time, &text) == nil {
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			return t
		}
		return time.Time{}
	}
	var unix float64
	if json.Unmarshal(e.Time, &unix) != nil || !(unix > 0 && unix < 1e11) {
		return time.Time{}
	}
	return time.Unix(int64(unix), 0)
}

func (e *entry) count(g *collectors.StatementGroup) {
	g.Calls++
	if g.Route == "" {
		g.Route = e.Route
	}
	if s := string(e.Error); s != "" && s != "null" && s != `""` && s != "false" {
		g.Errors++
	}
	if e.Rows != nil && *e.Rows > 0 && *e.Rows < 1e15 {
		g.Rows += uint64(*e.Rows)
	}
	if e.Seconds != nil && *e.Seconds >= 0 {
		g.Latency.Add(*e.Seconds)
	}
}

// part counts a call by what it asks for.
func (l *Log) part(g *collectors.StatementGroup, k *known, e *entry) {
	if e.Seconds == nil || *e.Seconds < 0 {
		return
	}
	of := l.kinds[g.Fingerprint]
	if of == nil {
		if len(l.kinds) >= textsKept {
			clear(l.kinds)
		}
		of = &kinds{}
		l.kinds[g.Fingerprint] = of
	}
	kind := of.of(k.constants, e.Route)
	if kind == "" {
		return
	}
	if g.Parts == nil {
		g.Parts = map[string]*stat.Sketch{}
	}
	if g.Parts[kind] == nil {
		g.Parts[kind] = &stat.Sketch{}
	}
	g.Parts[kind].Add(*e.Seconds)
}

func (l *Log) know(sql string) *known {
	if k := l.texts[sql]; k != nil {
		return k
	}
	if len(l.texts) >= textsKept {
		clear(l.texts)
	}
	k := &known{l.opts.Quotes.Fingerprint(sql), l.opts.Quotes.Normalize(sql), l.opts.Quotes.Constants(sql)}
	l.texts[sql] = k
	return k
}

func (l *Log) section(now time.Time) *collectors.Statements {
	s := &collectors.Statements{
		At: now, Interval: now.Sub(l.last), Missing: map[string]string{},
		Source: collectors.StatementSource{Kind: "query log", Name: filepath.Base(l.tail.path), Live: true},
	}
	for _, g := range l.groups {
		g.Examples = l.shown[g.Fingerprint].Texts()
		s.Rows = append(s.Rows, *g)
	}
	if n := l.bad + l.tail.tooLong; n > 0 {
		s.Missing["lines"] = fmt.Sprintf("%d lines are no JSON with sql in it: left out", n)
	}
	if l.tail.state == "gone" && l.tail.file == nil {
		s.Missing["state"] = l.tail.path + ": there is no such file; it is read once an application writes it"
	} else if l.tail.state != "ok" {
		s.Missing["state"] = "the query log is " + l.tail.state
	}
	return s
}
