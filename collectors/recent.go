package collectors

import (
	"sort"
	"time"
)

// recent are the last requests of a source. What was answered is never
// written to again: new ones go below those that are there, and into new room
// where that is used up.
type recent struct {
	room []Request
	head int // room[head:] is kept, newest first
}

const (
	// recentKept is enough to show the last hundred as they stood a minute ago
	// on a busy server.
	recentKept = 1000
	// recentRoom is for some ticks of a busy server, so that what is kept is
	// not copied at each.
	recentRoom = recentKept + recentKept/2
	lastShown  = 100
)

// put takes in the requests that are newer than those we have; they come
// newest first.
func (r *recent) put(last []Request) {
	last = last[:min(r.newer(last), recentKept)]
	if len(last) > r.head {
		r.move(len(last))
	}
	r.head -= len(last)
	for i, q := range last {
		q.Path = cutText(q.Path)
		r.room[r.head+i] = q
	}
}

// newer counts the requests that are newer than those we have.
func (r *recent) newer(last []Request) int {
	if r.head == len(r.room) {
		return len(last)
	}
	newest := r.room[r.head]
	return sort.Search(len(last), func(i int) bool { return !newer(last[i], newest) })
}

func newer(a, b Request) bool {
	if a.ID != b.ID {
		return a.ID > b.ID
	}
	return a.Time.After(b.Time)
}

// move makes room for n more below what will be kept.
func (r *recent) move(n int) {
	kept := r.room[r.head:]
	kept = kept[:min(len(kept), recentKept-n)]
	r.room = make([]Request, min(recentRoom, 2*(len(kept)+n)))
	r.head = len(r.room) - len(kept)
	copy(r.room[r.head:], kept)
}

// textKept bounds a path that is kept for the list of last requests; nobody
// reads more of it on a screen, and one client can send a megabyte.
const textKept = 512

func cutText(s string) string {
	if len(s) <= textKept {
		return s
	}
	return string([]byte(s[:textKept])) // a copy: the long text can go
}

// at answers the last requests as they stood at t, newest first.
func (r *recent) at(t time.Time) []Request {
	kept := r.room[r.head:]
	i := sort.Search(len(kept), func(i int) bool { return !kept[i].Time.After(t) })
	return kept[i:min(len(kept), i+lastShown)]
}

// size is the memory that is held.
func (r *recent) size() int {
	n := 120 * len(r.room)
	for i := r.head; i < len(r.room); i++ {
		n += len(r.room[i].Path)
	}
	return n
}
