// Package serverlog is what the logs have in common in which servers write
// their statements down: following a file, finding a time in it, and adding up
// its entries by what they are, in bounded memory. What a line means is the
// engine's to say.
package serverlog

import "time"

// An Entry is one statement of a log. Its texts are only lent.
type Entry struct {
	At       time.Time // zero: not said
	Seconds  float64
	Rows     float64 // sent and changed
	Examined float64
	Thread   string // the session's number
	Schema   string // or database
	Program  string // as the client calls itself
	SQL      []byte
	Args     []byte  // the values of its placeholders, as the server wrote them
	Weight   float64 // how many calls it stands for, where the server writes only some; 0: one
	Goes     bool    // a call before goes on: more time, and no call
	Admin    bool    // no SQL: "administrator command: Ping"
}

// weight is the number of calls, for the sums of time.
func (e *Entry) weight() float64 {
	if e.Weight > 0 {
		return e.Weight
	}
	return 1
}

// A Parser takes the lines of a log, in order, and hands over its entries.
type Parser interface {
	// Line takes a line without its end. It is lent, and may be changed.
	Line(line []byte)
	// Idle says that there is no more for now: a server writes an entry at once.
	// half is what has come of the next line.
	Idle(half []byte)
	// Begin says that another file begins, or the middle of one.
	Begin(middle bool)
	// Time is when a line says that it was written; zero: it says nothing.
	Time(line []byte) time.Time
}
