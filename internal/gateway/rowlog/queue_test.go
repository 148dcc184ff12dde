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
	r := &Rule{Batch: 10, Largest: 30}
	var got []int
	for i := range 32 {
		if q.add(&Entry{}, r); q.woken() {
			got = append(got, i+1)
			if q.len() >= 16 {
				q.take(nil, r, time.Hour, time.Now())
			}
		}
	}
	want := []int{1, 10, 15, 16, 17, 26, 31, 32}
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
	const longAgo = time.Hour
	for _, row := range []struct {
		name         string
		rows         int
		waited, last time.Duration // the first row; since the last batch
		taken, left  int
		wait         time.Duration
	}{
		{"nothing is there", 0, 0, longAgo, 0, 0, whenWoken},
		{"a few that came just now", 3, 0, longAgo, 0, 3, time.Second},
		{"a few that have waited", 3, 400 * time.Millisecond, longAgo, 0, 3, 600 * time.Millisecond},
		{"a few that have waited long enough", 3, time.Second, longAgo, 3, 0, 0},
		{"a few that have waited long enough, just behind a batch", 3, time.Second, 0, 3, 0, 0},
		{"a full batch", 10, 0, longAgo, 10, 0, 0},
		{"more than a batch", 14, 0, longAgo, 14, 0, 0},
		{"a full batch just behind another one", 10, 0, rest / 5, 0, 10, rest - rest/5},
		{"a full batch as soon as the writer has rested", 14, rest, rest, 14, 0, 0},
		{"a full batch just behind another one, and due before the writer has rested", 10, time.Second - time.Millisecond, 0, 0, 10, time.Millisecond},
		{"half of the largest batch just behind another one", 15, 0, 0, 15, 0, 0},
		{"the largest batch just behind another one", 30, 0, 0, 30, 0, 0},
		{"more than the largest batch", 34, 0, 0, 30, 4, 0},
	} {
		q, r := newQueue(), &Rule{Batch: 10, Largest: 30}
		all := make([]*Entry, row.rows)
		for i := range all {
			all[i] = &Entry{At: now.Add(time.Duration(i))}
			q.add(all[i], r)
		}
		q.since, q.last = now.Add(-row.waited), now.Add(-row.last)
		got, wait := q.take(nil, r, time.Second, now)
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

// Half of what may wait has to be free while the writer rests.
func TestALargeBatchLeavesRoomInTheQueue(t *testing.T) {
	for _, row := range []struct {
		name                              string
		batch, most, queue, bodies, large int
	}{
		{"as it is by default", 100, 1000, 16384, 0, 1000},
		{"4 KB of each body", 100, 1000, 16384, 4096, 1000},
		{"64 KB of each body", 100, 1000, 16384, 64000, 123},
		{"a short queue", 100, 1000, 4000, 0, 500},
		{"a queue of two batches", 100, 1000, 200, 0, 100},
		{"one that does not grow", 100, 100, 16384, 0, 100},
		{"one that nobody said", 7, 0, 16384, 0, 7},
	} {
		r := Rule{Batch: row.batch, Largest: row.most, Queue: row.queue, Bodies: row.bodies}
		if got := r.largest(); got != row.large {
			t.Errorf("%s: a batch has up to %d rows, want %d", row.name, got, row.large)
		}
	}
}

func TestRowsAreTakenInTheirOrderWhateverComesBetween(t *testing.T) {
	q, now := newQueue(), time.Now()
	r := &Rule{Batch: 10, Largest: 15}
	in, out := 0, 0
	for round := range 200 {
		for range round % 37 {
			q.add(&Entry{Status: in}, r)
			in++
		}
		batch, _ := q.take(nil, r, 0, now)
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
