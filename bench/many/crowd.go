package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"time"

	"mltop/internal/db"
	"mltop/internal/throwaway"
)

// crowdSize is how many sessions there are, and how many of them wait for one
// that holds a row and does nothing.
type crowdSize struct {
	sessions, waiting int
	settings          map[string]string // of the server, beside what it takes
}

const (
	// besides are places for the administrator, for mltop, and those that
	// PostgreSQL keeps free.
	besides = 20
	// dialers: a server's queue of those who knock has some hundred places.
	dialers = 8
	// otherFiles are what a server and a test have open beside connections.
	otherFiles = 1000
	patience   = 2 * time.Minute
)

// fitting is how many of n sessions this machine's limit of open files lets a
// server have, and us. Servers raise theirs to it by themselves.
func fitting(n int) (int, error) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0, err
	}
	if l.Max < uint64(n+otherFiles) {
		n = int(l.Max) - otherFiles
	}
	if n < 100 {
		return 0, fmt.Errorf("%d open files are too few for a crowd: ulimit -Hn", l.Max)
	}
	l.Cur = l.Max
	return n, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l)
}

// A crowd are the connections of applications; the first one holds what others
// wait for.
type crowd struct {
	clients []client
	waits   sync.WaitGroup
	letGo   context.CancelFunc // ends the connections that wait
}

// gather opens n connections, several at a time.
func gather(ctx context.Context, k kind, s *throwaway.Server, n int) (*crowd, error) {
	c := &crowd{letGo: func() {}}
	var mu sync.Mutex
	var failed error
	var all sync.WaitGroup
	for i := range dialers {
		all.Go(func() {
			for range (n + i) / dialers {
				one, err := k.dial(ctx, s)
				mu.Lock()
				if err == nil {
					c.clients = append(c.clients, one)
				}
				failed = errors.Join(failed, err)
				stop := failed != nil
				mu.Unlock()
				if stop {
					return
				}
			}
		})
	}
	all.Wait()
	if failed != nil {
		c.close()
		return nil, fmt.Errorf("connect %d of %d clients: %w", len(c.clients), n, failed)
	}
	return c, nil
}

func (c *crowd) close() {
	c.letGo()
	c.waits.Wait()
	for _, x := range c.clients {
		x.close()
	}
}

// stand has the first client hold a row, and so many wait for it.
func (c *crowd) stand(ctx context.Context, k kind, admin *sql.DB, waiting int) error {
	for _, text := range []string{"CREATE TABLE counter (id int PRIMARY KEY, n int)", "INSERT INTO counter VALUES (1, 0)", "BEGIN", "UPDATE counter SET n = 1 WHERE id = 1"} {
		if err := c.clients[0].exec(ctx, text); err != nil {
			return fmt.Errorf("hold a row: %w", err)
		}
	}
	var held context.Context
	held, c.letGo = context.WithCancel(ctx)
	for _, x := range c.clients[1 : 1+waiting] {
		c.waits.Go(func() { _ = x.exec(held, "UPDATE counter SET n = 2 WHERE id = 1") }) // it ends with its connection
	}
	return await(ctx, admin, k.waiting, waiting)
}

// await waits until the server counts as many. It asks not too often: InnoDB
// renews its list of transactions only when nobody has read it for a tenth of a
// second.
func await(ctx context.Context, admin *sql.DB, query string, want int, args ...any) error {
	got := -1
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(pause) {
		if err := admin.QueryRowContext(ctx, query, args...).Scan(&got); err != nil {
			return err
		}
		if got == want {
			return nil
		}
	}
	return fmt.Errorf("%s: got %d, want %d", query, got, want)
}

// crowded holds mltop to a server that is full of sessions.
func crowded(ctx context.Context, k kind, o options) (err error) {
	n, err := fitting(o.crowd.sessions)
	if err != nil {
		return err
	}
	settings := k.roomy(n + besides)
	for name, value := range o.crowd.settings {
		settings[name] = value
	}
	s, err := k.start(settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	admin, err := k.admin(s)
	if err != nil {
		return err
	}
	defer admin.Close()
	c, err := gather(ctx, k, s, n)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.stand(ctx, k, admin, o.crowd.waiting); err != nil {
		return err
	}
	if err := lookAtCrowd(ctx, k, s, admin, c, o); err != nil {
		return err
	}
	return showCrowd(k, s, c, o)
}

// lookAtCrowd asks as the dashboard does at each tick, and judges the answers.
func lookAtCrowd(ctx context.Context, k kind, s *throwaway.Server, admin *sql.DB, c *crowd, o options) (err error) {
	m, err := newMeter(k.socket(s))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	e, err := k.open(ctx, k.url(k.through(s, m.folder)), m.trace)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	// The first looks learn what the others know; a connection that was closed
	// before may be counted for some moments more.
	for i, end := 1, time.Now().Add(patience); ; i++ {
		st, list, err := lookOnce(ctx, k, e, m, o)
		if err != nil {
			return err
		}
		err = errors.Join(judgeCount(c, st, list), judgeTree(c, list, min(o.crowd.waiting, k.asked)))
		if i >= leastLooks && (err == nil || time.Now().After(end)) {
			return errors.Join(err, await(ctx, admin, k.ours, 1, len(c.clients)))
		}
		time.Sleep(pause)
	}
}

const (
	leastLooks = 3
	pause      = 250 * time.Millisecond // as in await
)

// lookOnce asks what a tick asks, and says what it cost.
func lookOnce(ctx context.Context, k kind, e db.Engine, m *meter, o options) (st db.Stats, list []db.Session, err error) {
	stats, err := m.of(func() (err error) { st, err = e.Stats(ctx); return err })
	if err != nil {
		return st, nil, fmt.Errorf("read the totals: %w", err)
	}
	sessions, err := m.of(func() (err error) { list, err = e.Sessions(ctx); return err })
	if err != nil {
		return st, nil, fmt.Errorf("list the sessions: %w", err)
	}
	o.say("%-10s %d sessions, %d wait: totals %s; sessions %s", k.name, o.crowd.sessions, o.crowd.waiting, stats, sessions)
	return st, list, nil
}

// judgeCount: all are there, beside the administrator, and are counted too.
func judgeCount(c *crowd, st db.Stats, list []db.Session) error {
	listed := map[string]bool{}
	for _, s := range list {
		listed[s.ID] = true
	}
	for _, x := range c.clients {
		if !listed[x.id()] {
			return fmt.Errorf("session %s is not among the %d that are listed", x.id(), len(list))
		}
	}
	n := len(c.clients)
	if len(list) != n+1 || len(listed) != n+1 {
		return fmt.Errorf("%d sessions are listed, %d of them once; want %d and the administrator's", len(list), len(listed), n)
	}
	if st.State != "ok" || st.ConnectionsUsed == nil || *st.ConnectionsUsed != float64(n+2) || st.ConnectionsAllowed == nil || *st.ConnectionsAllowed != float64(n+besides) {
		return fmt.Errorf("the totals say %q, %v connections of %v; want ok, %d of %d", st.State, show(st.ConnectionsUsed), show(st.ConnectionsAllowed), n+2, n+besides)
	}
	return nil
}

func show(v *float64) string {
	if v == nil {
		return "none"
	}
	return fmt.Sprint(*v)
}

// judgeTree: the one that holds the row is at the root, and all others behind.
func judgeTree(c *crowd, list []db.Session, behind int) error {
	tree := db.BlockingTree(list)
	root := c.clients[0].id()
	if len(tree) == 0 || tree[0].ID != root || tree[0].Depth != 0 || tree[0].Behind != behind {
		return fmt.Errorf("the blocking tree is %v…; want %d sessions behind %s", tree[:min(3, len(tree))], behind, root)
	}
	at := slices.IndexFunc(list, func(s db.Session) bool { return s.ID == root })
	if !list[at].Idle {
		return fmt.Errorf("the root is %q; want one that is idle in its transaction", list[at].State)
	}
	return nil
}
