package collectors

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func requestAt(id int64) Request {
	return Request{ID: id, Time: time.Unix(1e9+id/3, 0), Path: fmt.Sprint("/", id)}
}

func newestFirst(from, to int64) (out []Request) {
	for id := to; id >= from; id-- {
		out = append(out, requestAt(id))
	}
	return out
}

func TestTheLastRequestsStandAsTheyWereAnswered(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var r recent
	var answered, copies [][]Request
	newest := int64(0)
	for range 500 {
		again := min(newest, rnd.Int64N(3)) // sections may repeat some
		n := rnd.Int64N(150)
		r.put(newestFirst(max(1, newest-again+1), newest+n))
		newest += n
		at := time.Unix(1e9+(newest-rnd.Int64N(300))/3, 0)
		got := r.at(at)
		answered, copies = append(answered, got), append(copies, slices.Clone(got))
		wantNewest := min(newest, (at.Unix()-1e9)*3+2)
		want := newestFirst(max(1, wantNewest-lastShown+1), wantNewest)
		if len(got) != len(want) || len(got) > 0 && (got[0] != want[0] || got[len(got)-1] != want[len(want)-1]) {
			t.Fatalf("at %v: got %d requests, want %d: %.300v, want %.300v", at, len(got), len(want), got, want)
		}
	}
	for i := range answered {
		if !slices.Equal(answered[i], copies[i]) {
			t.Fatalf("answer %d was written to later", i)
		}
	}
	if len(r.room) > recentRoom {
		t.Errorf("%d requests are kept, want at most %d", len(r.room), recentRoom)
	}
}

func TestASectionWithMoreRequestsThanAreKept(t *testing.T) {
	var r recent
	r.put(newestFirst(1, 5000))
	if got := r.at(time.Unix(2e9, 0)); len(got) != lastShown || got[0].ID != 5000 {
		t.Errorf("got %d, the newest %d", len(got), got[0].ID)
	}
	r.put(newestFirst(5001, 5001))
	if got := r.at(time.Unix(2e9, 0)); got[0].ID != 5001 || got[1].ID != 5000 {
		t.Errorf("got %d and %d, want 5001 and 5000", got[0].ID, got[1].ID)
	}
}
