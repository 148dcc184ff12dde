package gateway

import (
	"io"
	"testing"
	"time"
)

// What was received meanwhile may be as much as the system keeps, many
// megabytes: copying it holds up whoever waits for this thread's turn.
func TestOnlyLittleIsReadWithoutTellingTheScheduler(t *testing.T) {
	for _, row := range []struct {
		name  string
		room  int
		quick bool
	}{{"into a buffer", inflowRoom, true}, {"into as much as goes quickly", mostQuick, true}, {"into the room of a long body", mostQuick + 1, false}} {
		t.Run(row.name, func(t *testing.T) {
			ours, theirs := quickPair(t)
			q, ok := ours.(*quick)
			if !ok {
				t.Fatalf("the connection is a %T", ours)
			}
			was, asked := q.readFD, false
			q.readFD = func(fd uintptr) bool { asked = true; return was(fd) }
			if _, err := io.WriteString(theirs, "text"); err != nil {
				t.Fatal(err)
			}
			q.SetReadDeadline(time.Now().Add(patience))
			p := make([]byte, row.room)
			if n, err := io.ReadAtLeast(q, p, len("text")); err != nil || string(p[:n]) != "text" || asked != row.quick {
				t.Errorf("got %q and %v, quickly is %v; want text, and %v", p[:n], err, asked, row.quick)
			}
		})
	}
}
