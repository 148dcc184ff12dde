package gateway

import "sync"

// shares remember the counts of the look before.
type shares struct {
	mu   sync.Mutex
	seen map[*upstream]uint64
}

// since are the shares of the requests since the look before; nil at the
// first one, and where nobody got any.
func (s *shares) since(us []*upstream) []*float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := make(map[*upstream]uint64, len(us))
	got, sum := make([]uint64, len(us)), uint64(0)
	for i, u := range us {
		now[u] = u.requestCount()
		if before, ok := s.seen[u]; ok {
			got[i] = now[u] - before
			sum += got[i]
		}
	}
	s.seen = now
	out := make([]*float64, len(us))
	for i := range us {
		if sum > 0 {
			share := float64(got[i]) / float64(sum)
			out[i] = &share
		}
	}
	return out
}
