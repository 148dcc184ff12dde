package db

import "time"

// A LogPast is what was read of a log that was there already.
type LogPast struct {
	First, Last time.Time // of the entries that count; zero: none says a time
	Entries     int
	From, Bytes int64    // where reading began, and where it ended
	Left        []string // what of it does not count, or counts otherwise than it stands there, in words
}
