package postgres

import (
	"bytes"
	"time"

	"mltop/internal/db/serverlog"
)

// The forms of a log, as log_destination calls them.
const (
	formStderr = "stderr"
	formCSV    = "csvlog"
	formJSON   = "jsonlog"
)

// A logParser reads the server's log, in whichever form it finds it.
type logParser struct {
	form   string // "": not known yet
	stderr stderrReader
	csv    csvReader
	join   logJoin
}

var _ serverlog.Parser = (*logParser)(nil)

// newLogParser makes one for a server whose log_line_prefix and log_timezone
// are these; both are tried before others.
func newLogParser(prefix string, zone *time.Location, visit func(*serverlog.Entry)) *logParser {
	p := &logParser{join: logJoin{visit: visit, clock: logClock{zone: zone}}}
	p.stderr = stderrReader{prefixes: usualPrefixes(), take: p.join.take}
	if prefix != "" {
		p.stderr.prefixes = append([]linePrefix{parsePrefix(prefix)}, p.stderr.prefixes...)
	}
	p.csv.take = p.join.take
	return p
}

// Begin forgets what was read of another file, but for statements that wait
// for their time.
func (p *logParser) Begin(bool) {
	p.form = ""
	p.stderr.flush()
	p.csv = csvReader{take: p.join.take}
}

// Idle hands over the last message, unless it goes on: the server writes it at
// once.
func (p *logParser) Idle(half []byte) {
	if len(half) == 0 || half[0] != '\t' {
		p.stderr.flush()
	}
}

// Line takes a line.
func (p *logParser) Line(line []byte) {
	switch p.form {
	case formCSV:
		p.csv.line(line)
	case formJSON:
		if r, ok := readJSONLog(line); ok {
			p.join.take(&r)
		}
	case formStderr:
		if !p.stderr.line(line) {
			p.find(line)
		}
	default:
		p.find(line)
	}
}

// find says by a line what form the log has.
func (p *logParser) find(line []byte) {
	switch {
	case bytes.HasPrefix(line, []byte(`{"timestamp":`)):
		p.form = formJSON
		p.Line(line)
	case csvHead(line):
		p.form = formCSV
		p.Line(line)
	case p.form == "" && len(line) > 0 && line[0] != '\t':
		var h logHead
		if at, ok := p.stderr.match(line, &h); ok && isSeverity(line[at:at+bytes.IndexByte(line[at:], ':')]) {
			p.form = formStderr
			p.stderr.line(line)
		}
	}
}

// Time is when a line was written.
func (p *logParser) Time(line []byte) time.Time {
	switch {
	case len(line) == 0 || line[0] == '\t':
		return time.Time{}
	case bytes.HasPrefix(line, []byte(`{"timestamp":"`)):
		return p.stamp(line[len(`{"timestamp":"`):])
	case csvHead(line):
		return p.stamp(line)
	case p.form == formCSV || p.form == formJSON:
		return time.Time{}
	}
	var h logHead
	if _, ok := p.stderr.match(line, &h); !ok || h.time == nil {
		return time.Time{}
	}
	return p.join.clock.read(h.time)
}

func (p *logParser) stamp(b []byte) time.Time {
	n := stampEnd(b)
	if n == 0 {
		return time.Time{}
	}
	return p.join.clock.read(b[:n])
}
