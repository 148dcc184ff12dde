package cache

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Between two attempts to reach Redis.
const (
	leastPause = 100 * time.Millisecond
	mostPause  = 5 * time.Second
	// steady is how long it has to last for the next pause to be short again.
	steady = 10 * time.Second
)

// run carries out orders, and finds Redis again when it was away.
func (m *remote) run() {
	defer close(m.done)
	pause, since := time.Duration(0), time.Time{}
	for m.ctx.Err() == nil {
		if !m.up.Load() {
			m.sleep(pause)
			if !m.reach() {
				pause = pauseAfter(pause, 0)
				continue
			}
			since = time.Now()
			m.up.Store(true)
			m.tell("Redis answers, and is used")
		}
		m.wait()
		m.carryOut()
		if !m.up.Load() {
			pause = pauseAfter(pause, time.Since(since))
		}
	}
}

// pauseAfter is how long Redis is left alone when it was used for so long: one
// that is too slow again and again costs requests their time each time.
func pauseAfter(pause, used time.Duration) time.Duration {
	if used > steady {
		return leastPause
	}
	return min(max(2*pause, leastPause), mostPause)
}

// reach reports whether Redis answers as fast as a request waits for it, and
// everything that was to be forgotten meanwhile is: only then may it be asked.
func (m *remote) reach() bool {
	if err := m.greet(); err != nil {
		m.away(err)
		return false
	}
	return m.carryOut()
}

// greet asks twice: the first answer has the time that connecting takes in it.
func (m *remote) greet() error {
	ctx, cancel := context.WithTimeout(m.ctx, loopPatience)
	defer cancel()
	if err := m.behind.Ping(ctx).Err(); err != nil {
		return err
	}
	soon, cancel := context.WithTimeout(m.ctx, m.rule.Timeout)
	defer cancel()
	return m.client.Ping(soon).Err()
}

// loopPatience bounds what the loop waits for: no request does.
const loopPatience = 5 * time.Second

func (m *remote) sleep(d time.Duration) {
	select {
	case <-m.ctx.Done():
	case <-time.After(d):
	}
}

// wait waits for something to do.
func (m *remote) wait() {
	m.mu.Lock()
	busy := len(m.queue) > 0
	m.mu.Unlock()
	if busy {
		return
	}
	select {
	case <-m.ctx.Done():
	case <-m.wake:
	}
}

// So many orders go to Redis at once, and so many bytes: what is written in
// one go is in memory twice.
const (
	batch      = 64
	batchBytes = 4 << 20
)

// nextBatch is what is to be carried out next.
func (m *remote) nextBatch() (orders []order, anew uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, size := 0, 0
	for n < min(batch, len(m.queue)) && size < batchBytes {
		size += m.queue[n].size()
		n++
	}
	return append(orders, m.queue[:n]...), m.anew
}

// carryOut carries out what is in the queue. An order leaves it only when it
// is done, so that what is to be forgotten is not found meanwhile.
func (m *remote) carryOut() bool {
	for m.ctx.Err() == nil {
		now, anew := m.nextBatch()
		if len(now) == 0 {
			return true
		}
		if err := m.do(now); err != nil {
			m.forgetPuts()
			m.fail(err)
			m.away(err)
			return false
		}
		m.leave(now, anew)
	}
	return false
}

// leave takes out of the queue what is done.
func (m *remote) leave(done []order, anew uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.anew != anew {
		return
	}
	for _, o := range done {
		m.bytes -= o.size()
	}
	m.queue = append(m.queue[:0], m.queue[len(done):]...)
}

func (o *order) size() int {
	if o.entry == nil {
		return 0
	}
	return len(o.entry.Body) + len(o.entry.Head)
}

// forgetPuts leaves in the queue what must not be lost.
func (m *remote) forgetPuts() {
	m.mu.Lock()
	defer m.mu.Unlock()
	left := m.queue[:0]
	for _, o := range m.queue {
		if o.entry == nil {
			left = append(left, o)
			continue
		}
		m.dropped.Add(1)
	}
	clear(m.queue[len(left):])
	m.queue, m.bytes = left, 0
}

// do sends orders to Redis, in order.
func (m *remote) do(orders []order) error {
	ctx, cancel := context.WithTimeout(m.ctx, loopPatience)
	defer cancel()
	p := m.behind.Pipeline()
	for _, o := range orders {
		switch {
		case o.which != nil:
			if err := m.sweep(o.which); err != nil {
				return err
			}
		case o.node == nil:
			p.Unlink(ctx, m.nodeKey(o.uri))
		default:
			p.Set(ctx, m.nodeKey(o.uri), o.node.encode(), max(time.Until(o.node.until), leastKept))
			p.Set(ctx, m.entryKey(o.entry.key), o.entry.encode(), max(time.Until(o.entry.until), leastKept))
		}
	}
	if p.Len() == 0 {
		return nil
	}
	done, err := p.Exec(ctx)
	if err = m.refusals(done, err); err != nil {
		return fmt.Errorf("write to Redis: %w", err)
	}
	return nil
}

// refusals are what of an error is left beside Redis having no room: it
// answers and forgets all the same, and only what is new is not taken.
func (m *remote) refusals(done []redis.Cmder, err error) error {
	full, took := 0, false
	for _, c := range done {
		switch e := c.Err(); {
		case e == nil:
			took = took || c.Name() == "set"
		case redis.HasErrorPrefix(e, "OOM"):
			full++
		default:
			return e
		}
	}
	if full == 0 {
		m.full = m.full && !took
		return err
	}
	m.errors.Add(uint64(full))
	m.dropped.Add(uint64((full + 1) / 2)) // an answer and its node
	if !m.full {
		m.full = true
		m.tell("Redis has no room, and is given nothing new: its maxmemory is used up")
	}
	return nil
}

// sweep forgets the nodes that match: those of other gateways too. Each step
// is bounded, as Redis serves nobody else meanwhile; all of them take what they
// take.
func (m *remote) sweep(which func(*ID) bool) error {
	for cursor := uint64(0); ; {
		next, err := m.sweepStep(cursor, which)
		if err != nil {
			return fmt.Errorf("look through Redis: %w", err)
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

// sweepKeysAtOnce are looked at in one step.
const sweepKeysAtOnce = 500

func (m *remote) sweepStep(cursor uint64, which func(*ID) bool) (next uint64, err error) {
	ctx, cancel := context.WithTimeout(m.ctx, loopPatience)
	defer cancel()
	keys, next, err := m.behind.Scan(ctx, cursor, m.rule.Prefix+":n:*", sweepKeysAtOnce).Result()
	if err != nil {
		return 0, err
	}
	return next, m.sweepKeys(ctx, keys, which)
}

func (m *remote) sweepKeys(ctx context.Context, keys []string, which func(*ID) bool) error {
	if len(keys) == 0 {
		return nil
	}
	values, err := m.behind.MGet(ctx, keys...).Result()
	if err != nil {
		return err
	}
	var gone []string
	for i, v := range values {
		if text, ok := v.(string); ok && matchesNode(text, which) {
			gone = append(gone, keys[i])
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return m.behind.Unlink(ctx, gone...).Err()
}

// matchesNode: what cannot be read goes as well.
func matchesNode(v string, which func(*ID) bool) bool {
	d := newDecoder([]byte(v))
	d.number()
	d.time()
	id := d.id()
	return d.failed || which(&id)
}
