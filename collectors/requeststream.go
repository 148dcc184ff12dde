package collectors

import (
	"cmp"
	"slices"
	"time"
)

// A requestStream is the past of one source of requests.
type requestStream struct {
	*stream[Route]
	source   RequestSource
	sections kept[*Requests] // without their buckets and last requests
	recent   recent
}

func routeSize(r Route) int { return len(r.Method) + len(r.Path) }

// The first source makes the headline: what a request table records is
// nearest to the application, the wire sees all, a gateway its own part.
var sourceRank = [...]string{"table", "log", "wire", "gateway"}

func rankOf(kind string) int {
	if i := slices.Index(sourceRank[:], kind); i >= 0 {
		return i
	}
	return len(sourceRank)
}

func (h *History) requestStream(src RequestSource) *requestStream {
	for _, r := range h.requests {
		if r.source.Kind == src.Kind && r.source.Name == src.Name {
			return r
		}
	}
	r := &requestStream{stream: newStream(routeSize), source: src}
	r.advance(h.now)
	h.requests = append(h.requests, r)
	slices.SortStableFunc(h.requests, func(a, b *requestStream) int {
		return cmp.Compare(rankOf(a.source.Kind), rankOf(b.source.Kind))
	})
	return r
}

// settleTime is how long after its end a bucket may still fill: a request is
// written down a moment after it was answered.
const settleTime = 250 * time.Millisecond

func (r *requestStream) put(s *Requests) {
	r.source = s.Source
	for i := range s.Buckets {
		r.putBucket(&s.Buckets[i])
	}
	r.settle(s)
	r.recent.put(s.Last)
	head := *s
	head.Buckets, head.Last = nil, nil
	r.sections.put(s.At, &head, 512)
}

func (r *requestStream) putBucket(b *RequestBucket) {
	es := make([]entry, 0, len(b.Routes)+1)
	es = append(es, entry{idTotal, tallyOfGroup(&b.Total)})
	for _, p := range r.byID(b.Routes) {
		e := entry{p.id, tallyOfGroup(&b.Routes[p.i].Group)}
		r.names.note(e.id, e.weight())
		es = append(es, e)
	}
	r.stream.put(b.Start.Unix(), int64(b.Width/time.Second), es)
}

// A placed is the i-th route of a bucket, and its id.
type placed struct {
	id uint32
	i  int
}

// byID orders the routes of a bucket as their entries will be: these are too
// large to be moved about for it.
func (r *requestStream) byID(routes []RouteGroup) []placed {
	out := make([]placed, len(routes))
	for i := range routes {
		out[i] = placed{r.names.id(routes[i].Route), i}
	}
	slices.SortFunc(out, func(a, b placed) int { return cmp.Compare(a.id, b.id) })
	return out
}

// settle says up to when all buckets are complete: the last whole second, or
// the last whole step of a coarser log.
func (r *requestStream) settle(s *Requests) {
	step := max(int64(s.Source.Resolution/time.Second), 1)
	at := floorDiv(s.At.Add(-settleTime).Unix(), step) * step
	r.settled = max(r.settled, at)
	r.coverFrom(at)
	// A log of whole seconds does not tell when in one it began: the middle is
	// wrong by half a step at most, and to neither side on average.
	if first := s.Source.First; !first.IsZero() && first.Unix() == r.first {
		r.began = seconds(first)
		if s.Source.Resolution >= time.Second {
			r.began += s.Source.Resolution.Seconds() / 2
		}
	}
}
