package mysql

import (
	"bytes"
	"strconv"
	"time"

	"mltop/internal/db/serverlog"
)

// A slowParser reads the slow log of MariaDB and MySQL, line by line, and
// keeps what a half-written entry has so far:
// mariadb.com/kb/en/slow-query-log-overview,
// dev.mysql.com/doc/refman/8.4/en/slow-query-log.html.
type slowParser struct {
	entry serverlog.Entry
	text  []byte
	head  bool // the lines of the entry's head have begun
	body  bool // its statement has begun
	ended bool // the last line ended in a semicolon
	visit func(*serverlog.Entry)
}

func newSlowParser(visit func(*serverlog.Entry)) serverlog.Parser { return &slowParser{visit: visit} }

// Begin forgets what was read of another file.
func (p *slowParser) Begin(bool) { *p = slowParser{visit: p.visit} }

// Line takes a line.
func (p *slowParser) Line(line []byte) {
	if bytes.HasPrefix(line, []byte("#")) && (!p.body || p.ended) { // a bare # stands around the lines of "# explain: "
		if p.headLine(line) {
			return
		}
	}
	if !p.head || !p.body && p.preamble(line) {
		return
	}
	p.statement(line)
}

// headLine reads a line of the head; false for a comment of the statement's.
func (p *slowParser) headLine(line []byte) bool {
	switch {
	case bytes.HasPrefix(line, []byte("# Time: ")):
		p.begin()
		p.entry.At = slowTime(string(line[8:]))
	case bytes.HasPrefix(line, []byte("# User@Host: ")):
		if p.body || !p.head {
			p.begin()
		}
		p.entry.Thread = string(field(line, "Id:"))
	case bytes.HasPrefix(line, []byte("# administrator command: ")):
		p.entry.Admin = true
		p.statement(line[2:])
	case p.body:
		return false
	case bytes.HasPrefix(line, []byte("# Query_time: ")):
		p.times(line)
	case bytes.HasPrefix(line, []byte("# Thread_id: ")):
		p.entry.Thread, p.entry.Schema = string(field(line, "Thread_id:")), string(field(line, "Schema:"))
	case bytes.HasPrefix(line, []byte("# Rows_affected: ")):
		p.entry.Rows += floatField(line, "Rows_affected:")
	}
	return p.head
}

func (p *slowParser) times(line []byte) {
	p.entry.Seconds = floatField(line, "Query_time:")
	p.entry.Rows, p.entry.Examined = floatField(line, "Rows_sent:"), floatField(line, "Rows_examined:")
}

// preamble reads what the server writes before the statement.
func (p *slowParser) preamble(line []byte) bool {
	if at := p.Time(line); !at.IsZero() {
		p.entry.At = at
		return true
	}
	if rest, ok := bytes.CutPrefix(line, []byte("use ")); ok && bytes.HasSuffix(rest, []byte(";")) {
		p.entry.Schema = string(bytes.Trim(rest, "`; "))
		return true
	}
	return len(line) == 0
}

func (p *slowParser) statement(line []byte) {
	p.body = true
	if len(p.text) > 0 {
		p.text = append(p.text, '\n')
	}
	if room := serverlog.MaxText - len(p.text); room > 0 {
		p.text = append(p.text, line[:min(room, len(line))]...)
	}
	p.ended = len(line) > 0 && line[len(line)-1] == ';'
}

// begin hands over the entry before, and begins another.
func (p *slowParser) begin() {
	p.flush()
	schema := p.entry.Schema // "use" is written only when it changes
	p.entry = serverlog.Entry{Schema: schema}
	p.head, p.body, p.ended = true, false, false
}

// flush hands over the entry that is complete.
func (p *slowParser) flush() {
	if p.head && p.body && p.ended {
		p.entry.SQL = bytes.TrimRight(p.text, "; \n")
		p.visit(&p.entry)
		p.body, p.head = false, false
	}
	p.text = p.text[:0]
}

// Idle hands over the last entry when nothing follows it: the server writes an
// entry at once.
func (p *slowParser) Idle(half []byte) {
	if len(half) == 0 {
		p.flush()
	}
}

// Time reads the line that says when a statement began.
func (*slowParser) Time(line []byte) time.Time {
	rest, ok := bytes.CutPrefix(line, []byte("SET timestamp="))
	if !ok {
		return time.Time{}
	}
	n, err := strconv.ParseFloat(string(bytes.TrimRight(rest, ";\r")), 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMicro(int64(n * 1e6)).UTC()
}

// field is the word behind a label in a line.
func field(line []byte, label string) []byte {
	i := bytes.Index(line, []byte(label))
	if i < 0 {
		return nil
	}
	rest := bytes.TrimLeft(line[i+len(label):], " ")
	if end := bytes.IndexByte(rest, ' '); end >= 0 {
		return rest[:end]
	}
	return rest
}

func floatField(line []byte, label string) float64 {
	n, err := strconv.ParseFloat(string(field(line, label)), 64)
	if err != nil {
		return 0
	}
	return n
}

// slowTime reads "231123  0:35:56" (MariaDB; of the server's own zone, so that
// SET timestamp says it better) and RFC 3339 (MySQL).
func slowTime(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "060102 15:04:05", "060102  15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}
