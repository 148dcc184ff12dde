package webhook

import (
	"net/http"
	"testing"
)

// The whole of a reload: more room, more workers, less of both; nothing that
// waits is lost.
func TestTheQueueAndItsWorkersFollowAReload(t *testing.T) {
	hold := make(chan struct{})
	r := newReceiver(t, func(int, http.ResponseWriter) { <-hold })
	rule := Defaults()
	rule.Queue, rule.Workers, rule.Hooks = 1, 1, []Hook{{URL: r.URL}}
	s := New(rule, func(string) {})
	tell := func(n int) {
		for range n {
			s.Tell(event("/x", 200))
		}
	}
	is := func(when string, busy, waiting, size int, dropped uint64) {
		t.Helper()
		sooner(t, when, func() bool { st := s.State(); return st.Busy == busy && st.Queue == waiting })
		if st := s.State(); st.Size != size || st.Hooks[0].Dropped != dropped {
			t.Errorf("%s: %+v, want room for %d and %d dropped", when, st, size, dropped)
		}
	}
	tell(1)
	is("one is under way", 1, 0, 1, 0)
	tell(3)
	is("one waits", 1, 1, 1, 2)
	rule.Queue = 4
	s.Follow(rule)
	tell(5)
	is("there is more room", 1, 4, 4, 4)
	rule.Workers = 3
	s.Follow(rule)
	is("there are more workers", 3, 2, 4, 4)
	rule.Queue, rule.Workers = 1, 1
	s.Follow(rule)
	tell(1)
	is("there is less room: what waits stays", 3, 2, 1, 5)
	close(hold)
	sooner(t, "all that waited was delivered", func() bool { return s.State().Hooks[0].Sent == 5 })
	sooner(t, "one worker is left", func() bool { s.queue.mu.Lock(); defer s.queue.mu.Unlock(); return s.queue.working == 1 })
	tell(1)
	sooner(t, "and works", func() bool { return s.State().Hooks[0].Sent == 6 })
	s.Close(t.Context())
	rule.Workers = 9
	s.Follow(rule) // behind the end nobody begins: the check for goroutines left tells
}
