package rowlog

import (
	"testing"
	"time"
)

// woken takes what wakes the writer.
func (q *queue) woken() bool {
	select {
	case <-q.wake:
		return true
	default:
		return false
	}
}

func TestTheWriterIsWokenForTheFirstRowAndForAFullBatch(t *testing.T) {
	q := newQueue()
	var got []int
	for i := range 25 {
		if q.add(&Entry{}, 10); q.woken() {
			got = append(got, i+1)
			if q.len() >= 10 {
				q.take(nil, 10, time.Hour, time.Now())
			}
		}
	}
	want := []int{1, 10, 11, 20, 21}
	if len(got) != len(want) {
		t.Fatalf("it was woken by rows %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("it was woken by rows %v, want %v", got, want)
			break
		}
	}
}

func TestABatchIsTakenWhenItIsFullOrDue(t *testing.T) {
	now := time.Now()
	for _, row := range []struct {
		name        string
		rows        int
		waited      time.Duration
		taken, left int
		wait        time.Duration
	}{
		{"nothing is there", 0, 0, 0, 0, whenWoken},
		{"a few that came just now", 3, 0, 0, 3, time.Second},
		{"a few that have waited", 3, 400 * time.Millisecond, 0, 3, 600 * time.Millisecond},
		{"a few that have waited long enough", 3, time.Second, 3, 0, 0},
		{"a full batch", 10, 0, 10, 0, 0},
		{"more than a batch", 14, 0, 10, 4, 0},
	} {
		q := newQueue()
		all := make([]*Entry, row.rows)
		for i := range all {
			all[i] = &Entry{At: now.Add(time.Duration(i))}
			q.add(all[i], 10)
		}
		q.since = now.Add(-row.waited)
		got, wait := q.take(nil, 10, time.Second, now)
		if len(got) != row.taken || q.len() != row.left || wait != row.wait {
			t.Errorf("%s: %d taken, %d left, the next look in %v; want %d, %d, %v", row.name, len(got), q.len(), wait, row.taken, row.left, row.wait)
		}
		for i := range got {
			if got[i] != all[i] {
				t.Errorf("%s: row %d is another one", row.name, i)
			}
		}
		if row.left > 0 && q.oldest() != all[row.taken].At {
			t.Errorf("%s: the oldest is of %v", row.name, q.oldest())
		}
	}
}

func TestRowsAreTakenInTheirOrderWhateverComesBetween(t *testing.T) {
	q, now := newQueue(), time.Now()
	in, out := 0, 0
	for round := range 200 {
		for range round % 37 {
			q.add(&Entry{Status: in}, 10)
			in++
		}
		batch, _ := q.take(nil, 10, 0, now)
		for _, e := range batch {
			if e.Status != out {
				t.Fatalf("row %d was taken in place of %d", e.Status, out)
			}
			out++
		}
		if q.len() != in-out {
			t.Fatalf("%d wait, want %d", q.len(), in-out)
		}
	}
	if out == 0 || out == in {
		t.Errorf("%d of %d rows were taken: nothing was left between", out, in)
	}
}
