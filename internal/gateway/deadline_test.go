package gateway

import (
	"testing"
	"time"
)

// A dated connection counts how often its deadlines are set.
type dated struct {
	nowhere
	reads, writes []time.Time
}

func (d *dated) SetReadDeadline(t time.Time) error  { d.reads = append(d.reads, t); return nil }
func (d *dated) SetWriteDeadline(t time.Time) error { d.writes = append(d.writes, t); return nil }

func TestADeadlineIsSetWhereTheOneInForceDoesNotDo(t *testing.T) {
	c := &dated{}
	in, out := inflow{conn: c}, outflow{conn: c}
	for _, row := range []struct {
		name string
		wait time.Duration
		sets int
	}{
		{"the first", time.Hour, 1},
		{"the same again", time.Hour, 1},
		{"a shorter one", time.Minute, 2},
		{"a longer one", time.Hour, 3},
		{"a little shorter one", 63 * time.Minute, 3},
		{"a little longer one", 64 * time.Minute, 4},
	} {
		before := time.Now()
		if err := in.within(row.wait); err != nil {
			t.Fatal(err)
		}
		if err := out.within(row.wait); err != nil {
			t.Fatal(err)
		}
		if len(c.reads) != row.sets || len(c.writes) != row.sets {
			t.Errorf("%s: the deadline was set %d and %d times, want %d", row.name, len(c.reads), len(c.writes), row.sets)
		}
		for _, last := range []time.Time{c.reads[len(c.reads)-1], c.writes[len(c.writes)-1]} {
			if wait := last.Sub(before); wait < row.wait || last.After(time.Now().Add(row.wait+row.wait/slack)) {
				t.Errorf("%s: the wait ends in %v, want %v and a sixteenth at most", row.name, wait, row.wait)
			}
		}
	}
	if err := in.readBy(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := in.within(time.Hour); err != nil || len(c.reads) != 6 {
		t.Errorf("behind one that was taken away it was set %d times, want 6 (%v)", len(c.reads), err)
	}
}
