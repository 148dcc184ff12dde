package cache

import (
	"context"
	"fmt"
	"time"
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
	pause, since := leastPause, time.Time{}
	for m.ctx.Err() == nil {
		if !m.up.Load() && !m.reach() {
			m.sleep(pause)
			pause = min(2*pause, mostPause)
			continue
		}
		if !m.up.Load() {
			since = time.Now()
			m.up.Store(true)
			m.tell("Redis answers, and is used")
		}
		m.wait()
		m.carryOut()
		if !m.up.Load() && time.Since(since) > steady {
			pause = leastPause
		}
	}
}

// reach reports whether Redis answers and everything that was to be forgotten
// meanwhile is: only then may it be asked.
func (m *remote) reach() bool {
	ctx, cancel := context.WithTimeout(m.ctx, loopPatience)
	defer cancel()
	if err := m.client.Ping(ctx).Err(); err != nil {
		m.away(err)
		return false
	}
	return m.carryOut()
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

// batch is how many orders go to Redis at once.
const batch = 64

// carryOut carries out what is in the queue. An order leaves it only when it
// is done, so that what is to be forgotten is not found meanwhile.
func (m *remote) carryOut() bool {
	for m.ctx.Err() == nil {
		m.mu.Lock()
		now, anew := append([]order(nil), m.queue[:min(batch, len(m.queue))]...), m.anew
		m.mu.Unlock()
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
	p := m.client.Pipeline()
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
	if _, err := p.Exec(ctx); err != nil {
		return fmt.Errorf("write to Redis: %w", err)
	}
	return nil
}

// sweepPatience bounds going through all that Redis holds.
const sweepPatience = 30 * time.Second

// sweep forgets the nodes that match: those of other gateways too.
func (m *remote) sweep(which func(*ID) bool) error {
	ctx, cancel := context.WithTimeout(m.ctx, sweepPatience)
	defer cancel()
	for cursor := uint64(0); ; {
		keys, next, err := m.client.Scan(ctx, cursor, m.rule.Prefix+":n:*", 500).Result()
		if err != nil {
			return fmt.Errorf("look through Redis: %w", err)
		}
		if err := m.sweepKeys(ctx, keys, which); err != nil {
			return err
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

func (m *remote) sweepKeys(ctx context.Context, keys []string, which func(*ID) bool) error {
	if len(keys) == 0 {
		return nil
	}
	values, err := m.client.MGet(ctx, keys...).Result()
	if err != nil {
		return fmt.Errorf("look through Redis: %w", err)
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
	return m.client.Unlink(ctx, gone...).Err()
}

// matchesNode: what cannot be read goes as well.
func matchesNode(v string, which func(*ID) bool) bool {
	d := newDecoder([]byte(v))
	d.number()
	d.time()
	id := d.id()
	return d.failed || which(&id)
}
