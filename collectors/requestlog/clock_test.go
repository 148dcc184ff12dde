package requestlog

import (
	"testing"
	"time"
)

func TestWhoseClockDatesARow(t *testing.T) {
	for _, row := range []struct {
		name    string
		off, by time.Duration
		want    bool
	}{
		{"the clocks agree", -time.Second, 0, false},
		{"just written by a clock ahead", 7*time.Minute - time.Second, 7 * time.Minute, true},
		{"an hour old, by a clock ahead, but in our future", 37 * time.Minute, 97 * time.Minute, true},
		{"older than that clock is ahead: it could be of either", -time.Minute, 7 * time.Minute, false},
		{"further ahead than that clock: a zone", 2 * time.Hour, 7 * time.Minute, false},
		{"just written by a clock behind", -97*time.Minute - time.Second, -97 * time.Minute, true},
		{"just written by ours, while the server's is behind", 0, -97 * time.Minute, false},
		{"an old row of a quiet log", -3 * time.Hour, -97 * time.Minute, false},
	} {
		if got := datedBy(row.off, row.by); got != row.want {
			t.Errorf("%s: got %v, want %v", row.name, got, row.want)
		}
	}
}
