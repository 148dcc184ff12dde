package postgres

import (
	"bytes"

	"mltop/internal/db/serverlog"
)

// The columns of a csv log that we read: PostgreSQL manual, "Using CSV-Format
// Log Output". Later versions add columns behind them.
const (
	csvTime     = 0
	csvUser     = 1
	csvDatabase = 2
	csvProcess  = 3
	csvTag      = 7
	csvState    = 12
	csvMessage  = 13
	csvDetail   = 14
	csvProgram  = 22
	csvColumns  = 23
)

// A csvReader reads a csv log, whose records may have many lines. One that
// was cut off, by a crash or by where reading began, does not spoil those
// behind it: they are found by how they begin.
type csvReader struct {
	take   func(*logRecord)
	buf    []byte
	quoted bool // buf ends inside quotes
	cut    bool // the record is longer than is kept
	heads  int  // how many of its lines begin as a record does
	fields [csvColumns][]byte
	parsed []byte // where they lie
}

// mostHeads is how many lines inside quotes may begin as records do. A record
// that was cut off inside its quotes turns what is inside and outside over for
// all that follow; a text that has so many lines of a log in it is rarer.
const mostHeads = 16

func (r *csvReader) line(line []byte) {
	head := csvHead(line)
	if r.quoted && head {
		if r.heads++; r.heads > mostHeads || r.cut {
			r.again()
		}
	}
	if len(r.buf) == 0 {
		if !head { // it belongs to nothing
			return
		}
		r.cut, r.quoted, r.heads = false, false, 0
	} else {
		r.keep([]byte("\n"))
	}
	r.keep(line)
	if bytes.Count(line, []byte(`"`))%2 == 1 {
		r.quoted = !r.quoted
	}
	if serverlog.Cut(line) { // of a line that was cut nobody knows how it ends
		r.cut, r.quoted = true, false
	}
	if !r.quoted {
		r.flush()
	}
}

// keep adds to the record as much as is kept of one.
func (r *csvReader) keep(b []byte) {
	room := serverlog.MaxText - len(r.buf)
	if len(b) > room {
		r.cut = true
	}
	r.buf = append(r.buf, b[:max(0, min(room, len(b)))]...)
}

// flush hands over the record that has ended. One that is none may hold the
// beginning of another.
func (r *csvReader) flush() {
	buf := r.buf
	r.buf = nil
	r.parsed = append(r.parsed[:0], buf...) // what turns out to be no record is read again
	n := csvFields(r.parsed, &r.fields)
	if n < csvColumns && (!r.cut || n <= csvMessage) {
		r.buf = buf
		r.again()
		return
	}
	for i := n; i < csvColumns; i++ {
		r.fields[i] = nil
	}
	r.hand()
	r.buf = buf[:0]
}

// again reads from the second line on that begins as a record does, of what
// turned out to be none.
func (r *csvReader) again() {
	lines := bytes.Split(r.buf, []byte("\n"))
	if r.cut {
		lines = lines[:len(lines)-1]
	}
	r.buf, r.quoted = nil, false
	for i := 1; i < len(lines); i++ {
		if csvHead(lines[i]) {
			for _, line := range lines[i:] {
				r.line(line)
			}
			return
		}
	}
}

func (r *csvReader) hand() {
	f := &r.fields
	r.take(&logRecord{
		logHead: logHead{time: f[csvTime], session: f[csvProcess], user: f[csvUser], database: f[csvDatabase], named: true, program: f[csvProgram], tag: f[csvTag]},
		message: f[csvMessage], detail: f[csvDetail], failed: failedState(f[csvState]),
	})
}

// failedState reports an SQLSTATE of an error: classes 00, 01 and 02 are none.
func failedState(state []byte) bool {
	return len(state) == 5 && (state[0] != '0' || state[1] > '2')
}

// csvHead reports how a record begins: a time, user and database in quotes or
// left out, and a process.
func csvHead(b []byte) bool {
	end := stampEnd(b)
	if end == 0 || end >= len(b) || b[end] != ',' {
		return false
	}
	at := end + 1
	for range 2 {
		for at < len(b) && b[at] == '"' { // twice where the name has one inside
			n := bytes.IndexByte(b[at+1:], '"')
			if n < 0 {
				return false
			}
			at += n + 2
		}
		if at >= len(b) || b[at] != ',' {
			return false
		}
		at++
	}
	n := digits(b, at)
	return n > at && n < len(b) && b[n] == ','
}

// csvFields cuts a record into its fields, without their quotes, in its own
// place. It answers how many there are, of those that are read.
func csvFields(b []byte, fields *[csvColumns][]byte) (n int) {
	for n < csvColumns {
		var field []byte
		if len(b) > 0 && b[0] == '"' {
			field, b = unquoted(b)
		} else {
			end := bytes.IndexByte(b, ',')
			if end < 0 {
				end = len(b)
			}
			field, b = b[:end], b[end:]
		}
		fields[n] = field
		n++
		if len(b) == 0 || b[0] != ',' {
			return n
		}
		b = b[1:]
	}
	return n
}

// unquoted reads a field in quotes, and what is behind it.
func unquoted(b []byte) (field, rest []byte) {
	to := 1
	for i := 1; i < len(b); i++ {
		if b[i] == '"' {
			if i+1 >= len(b) || b[i+1] != '"' {
				return b[1:to], b[i+1:]
			}
			i++
		}
		b[to] = b[i]
		to++
	}
	return b[1:to], nil
}
