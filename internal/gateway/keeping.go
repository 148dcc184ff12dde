package gateway

import (
	"errors"
	"slices"
	"sync"

	"mltop/internal/gateway/cache"
)

// A keeper takes in a body that is kept. The client gets it meanwhile, at its
// own pace: nobody waits for a slow one, or for one that has gone.
type keeper struct {
	r      *relayed
	body   []byte
	silent bool // the client gets nothing of it

	mu      sync.Mutex
	more    sync.Cond
	there   int // of body, for the client
	over    bool
	last    bool          // all that there is of the answer
	sending chan struct{} // nil: nothing was sent yet
}

// relayKept passes an answer on, and keeps it.
func (x *exchange) relayKept(u *upstream, conn *upconn, up *upload, a *cache.Answer, limit int64) *fault {
	r := x.begin(conn, &x.c.answer, up)
	defer x.putBack(r)
	k := &keeper{r: r}
	k.more.L = &k.mu
	length := x.c.answer.length
	silent := length >= 0 && x.c.question.Reply(a.Status, a.Fields, int(length)).Status != a.Status
	err := k.take(&r.b, length, limit, silent)
	switch {
	case errors.Is(err, errTooLongToKeep):
		x.look.Fill.Unshared(a.Came)
		if k.finish(false); r.p.failed == nil {
			err = r.p.sendAll(&r.b)
		}
	case err != nil:
		k.abandon()
	default:
		x.look.Entry = x.look.Fill.Keep(trimmed(k.body))
		if silent {
			r.p.out.b = r.p.out.b[:0]
			f := x.end(u, conn, up, r, nil)
			x.give(a.Came, x.cacheNote)
			return f
		}
		k.finish(true)
		err = r.p.failed
	}
	return x.end(u, conn, up, r, err)
}

var errTooLongToKeep = errors.New("the answer is too long to be kept")

// firstTaken is room for an answer that does not tell its length.
const firstTaken = 4 << 10

// take reads the body.
func (k *keeper) take(b *body, length, limit int64, silent bool) error {
	b.in.waits, k.silent = k, silent
	defer func() { b.in.waits = nil }()
	room := length
	if room < 0 {
		room = firstTaken
	}
	k.body = make([]byte, 0, room)
	for !b.done {
		k.grow()
		n, err := b.next(k.body[len(k.body):cap(k.body)])
		k.add(n)
		switch {
		case err != nil && b.done: // the end
		case err != nil:
			return err
		case int64(len(k.body)) > limit:
			return errTooLongToKeep
		}
	}
	return nil
}

// await begins to send: the rest is not there yet.
func (k *keeper) await(in *inflow) error {
	if !k.silent {
		k.begin()
	}
	return in.within(k.r.p.silence)
}

// grow makes room for more. Who sends holds on to the old one.
func (k *keeper) grow() {
	if len(k.body) < cap(k.body) {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.body = slices.Grow(k.body, max(len(k.body), firstTaken))
}

func (k *keeper) add(n int) {
	k.mu.Lock()
	k.body = k.body[:len(k.body)+n]
	k.there = len(k.body)
	k.mu.Unlock()
	k.more.Signal()
}

// begin begins to send beside.
func (k *keeper) begin() {
	if k.sending == nil {
		k.sending = make(chan struct{})
		go func() {
			defer close(k.sending)
			k.send()
		}()
	}
}

// finish sends what is left. last: no more comes.
func (k *keeper) finish(last bool) {
	k.mu.Lock()
	k.over, k.last = true, last
	k.mu.Unlock()
	if k.sending == nil {
		k.send()
		return
	}
	k.more.Signal()
	<-k.sending
}

// abandon ends the sending; a client that has got nothing will get nothing of
// it.
func (k *keeper) abandon() {
	if k.sending != nil {
		k.finish(false)
	}
}

// send sends what is there until all was sent, or the client takes no more.
func (k *keeper) send() {
	p := &k.r.p
	for at := 0; p.failed == nil; {
		part, last, ok := k.next(at)
		if !ok {
			if last {
				p.close()
			}
			p.flush() //nolint:errcheck // p.failed says it
			return
		}
		at += p.put(part)
		if !k.isMore(at) {
			p.emit() //nolint:errcheck // p.failed says it
		}
	}
}

// next waits for what follows. false: nothing does.
func (k *keeper) next(at int) (part []byte, last, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for at == k.there && !k.over {
		k.more.Wait()
	}
	return k.body[at:k.there], k.last, at < k.there
}

// isMore reports whether something follows that need not be waited for.
func (k *keeper) isMore(at int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return at < k.there || k.over
}

// trimmed gives back room that nobody uses, where it is more than an eighth.
func trimmed(body []byte) []byte {
	if cap(body)-len(body) <= len(body)/8 {
		return body
	}
	return slices.Clip(append(make([]byte, 0, len(body)), body...))
}
