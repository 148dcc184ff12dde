package db

import "time"

// A Line is one statement that mltop itself ran.
type Line struct {
	At      time.Time
	Who     string // asked: "stats", "requests"; "" for a change
	SQL     string
	Elapsed time.Duration
	Writes  bool
	Err     error
}
