package collectors

import (
	"cmp"
	"slices"
	"sort"
	"time"
)

// A requestStream is the past of one source of requests.
type requestStream struct {
	*stream[Route]
	source   RequestSource
	sections kept[*Requests] // without their buckets and last requests
	recent   []Request       // newest first
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
	r.keepLast(s.Last)
	head := *s
	head.Buckets, head.Last = nil, nil
	r.sections.put(s.At, &head, 512)
}

func (r *requestStream) putBucket(b *RequestBucket) {
	es := make([]entry, 0, len(b.Routes)+1)
	es = append(es, entry{idTotal, tallyOfGroup(&b.Total)})
	for i := range b.Routes {
		e := entry{r.names.id(b.Routes[i].Route), tallyOfGroup(&b.Routes[i].Group)}
		r.names.note(e.id, e.weight())
		es = append(es, e)
	}
	r.stream.put(b.Start.Unix(), int64(b.Width/time.Second), es)
}

// settle says up to when all buckets are complete: the last whole second, or
// the last whole step of a coarser log.
func (r *requestStream) settle(s *Requests) {
	step := max(int64(s.Source.Resolution/time.Second), 1)
	at := floorDiv(s.At.Add(-settleTime).Unix(), step) * step
	r.settled = max(r.settled, at)
	r.coverFrom(at)
}

// recentKept is enough to show the last hundred as they stood a minute ago on
// a busy server.
const recentKept = 1000

// keepLast takes in the requests that are newer than those we have.
func (r *requestStream) keepLast(last []Request) {
	n := len(last)
	if len(r.recent) > 0 {
		n = sort.Search(len(last), func(i int) bool { return !newer(last[i], r.recent[0]) })
	}
	if n == 0 {
		return
	}
	r.recent = append(slices.Clone(last[:n]), r.recent...)
	for i := range r.recent[:n] {
		r.recent[i].Path = cutText(r.recent[i].Path)
	}
	r.recent = r.recent[:min(len(r.recent), recentKept)]
}

func newer(a, b Request) bool {
	if a.ID != b.ID {
		return a.ID > b.ID
	}
	return a.Time.After(b.Time)
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

// lastAt answers the last requests as they stood at t, newest first.
func (r *requestStream) lastAt(t time.Time) []Request {
	i := sort.Search(len(r.recent), func(i int) bool { return !r.recent[i].Time.After(t) })
	return r.recent[i:min(len(r.recent), i+lastShown)]
}

const lastShown = 100
