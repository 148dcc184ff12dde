package gateway

import (
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// cli asks a Redis by its own client.
func (r *redisServer) cli(args ...string) string {
	r.t.Helper()
	out, err := exec.Command("redis-cli", append([]string{"-p", strconv.Itoa(r.port)}, args...)...).CombinedOutput()
	if err != nil {
		r.t.Fatalf("redis-cli %q: %v, %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// keys are those of answers (a) or of nodes (n).
func (r *redisServer) keys(kind string) []string {
	return strings.Fields(r.cli("--scan", "--pattern", "mltop:cache:"+kind+":*"))
}

// What Redis has and cannot be read is asked for anew, and is whole again.
func TestWhatIsDamagedInRedisIsAskedForAnew(t *testing.T) {
	r, o := newRedis(t), newOrigin(t, "Cache-Control: max-age=1000")
	one, first := withRedis(t, r, o.url)
	damage := func(kind string, how func(key string)) {
		t.Helper()
		keys := r.keys(kind)
		if len(keys) != 1 {
			t.Fatalf("Redis has %q, want one of %s", keys, kind)
		}
		how(keys[0])
	}
	for i, row := range []struct {
		name string
		how  func(key string)
	}{
		{"bytes are changed", func(k string) { r.cli("SETRANGE", k, "40", "zz") }},
		{"it is of another version", func(k string) { r.cli("SETRANGE", k, "0", "\x01") }},
		{"it is cut off", func(k string) { r.cli("SET", k, "\x02abc") }},
		{"it is empty", func(k string) { r.cli("SET", k, "") }},
		{"it is no value", func(k string) { r.cli("DEL", k); r.cli("LPUSH", k, "x") }},
	} {
		for _, kind := range []string{"a", "n"} {
			r.cli("FLUSHALL")
			path := fmt.Sprintf("/%d%s", i, kind)
			ask(t, first, want(path))
			handedOn(t, one)
			damage(kind, row.how)
			other, second := withRedis(t, r, o.url)
			if res, _ := ask(t, second, want(path)); res.StatusCode != 200 || !strings.HasPrefix(said(res), "fwd=uri-miss") && !strings.HasPrefix(said(res), "fwd=vary-miss") {
				t.Errorf("%s (%s): %d, %s; want it asked for anew", row.name, kind, res.StatusCode, said(res))
			}
			handedOn(t, other)
			_, third := withRedis(t, r, o.url)
			if res, _ := ask(t, third, want(path)); !strings.Contains(said(res), "detail=redis") {
				t.Errorf("%s (%s): then %s; want it to be in Redis again", row.name, kind, said(res))
			}
			if s := cacheOf(other).Redis; !s.Up || s.Errors > 0 {
				t.Errorf("%s (%s): Redis is %+v, want it used as before", row.name, kind, s)
			}
		}
	}
}

func TestAPurgeGoesThroughRedisInSteps(t *testing.T) {
	const many = 1200 // more than two steps
	r, o := newRedis(t), newOrigin(t, "Cache-Control: max-age=1000")
	one, first := withRedis(t, r, o.url)
	for i := range many {
		ask(t, first, want(fmt.Sprintf("/a/%d", i)))
	}
	ask(t, first, want("/b"))
	handedOn(t, one)
	_, second := withRedis(t, r, o.url) // it has nothing in memory
	r.cli("CONFIG", "RESETSTAT")
	if _, err := one.purge("/a/*"); err != nil {
		t.Fatal(err)
	}
	handedOn(t, one)
	if left := r.keys("n"); len(left) != 1 {
		t.Errorf("%d nodes are left in Redis, want the one of /b", len(left))
	}
	stats := r.cli("INFO", "commandstats")
	if strings.Contains(stats, "cmdstat_keys") || strings.Contains(stats, "cmdstat_flush") || !strings.Contains(stats, "cmdstat_scan") {
		t.Errorf("it was done by\n%s\nwant SCAN, not KEYS", stats)
	}
	for path, expected := range map[string]string{"/a/0": "fwd=uri-miss", "/a/1199": "fwd=uri-miss", "/b": "hit"} {
		if res, _ := ask(t, second, want(path)); !strings.HasPrefix(said(res), expected) {
			t.Errorf("%s in another gateway: %s, want %s", path, said(res), expected)
		}
	}
}

func TestRedisKeepsAnswersForTheTimeThatIsLeft(t *testing.T) {
	r, o := newRedis(t), newOrigin(t, "Cache-Control: max-age=1000", "Age: 900")
	one, first := withRedis(t, r, o.url)
	ask(t, first, want("/"))
	handedOn(t, one)
	for _, kind := range []string{"a", "n"} {
		left, _ := strconv.Atoi(r.cli("PTTL", r.keys(kind)[0]))
		if left <= 0 || left > 100_000 {
			t.Errorf("%s: Redis keeps it for %d ms, want the 100 s that are left at most", kind, left)
		}
	}
}

func TestARedisWithoutRoomIsSaidAndStillRead(t *testing.T) {
	r, o := newRedis(t), newOrigin(t, "Cache-Control: max-age=1000")
	one, first := withRedis(t, r, o.url)
	ask(t, first, want("/kept"))
	ask(t, first, want("/purged"))
	handedOn(t, one)
	r.cli("CONFIG", "SET", "maxmemory", "1")
	ask(t, first, want("/new"))
	eventually(t, "it is said", func() bool {
		for _, e := range one.events.newest() {
			if strings.HasPrefix(e.Text, "Redis has no room") {
				return true
			}
		}
		return false
	})
	if _, err := one.purge("/purged"); err != nil {
		t.Fatal(err)
	}
	handedOn(t, one)
	if s := cacheOf(one).Redis; !s.Up || s.Dropped == 0 {
		t.Errorf("Redis is %+v, want it up, with answers that it was not given", s)
	}
	_, second := withRedis(t, r, o.url)
	for path, expected := range map[string]string{"/kept": "hit", "/purged": "fwd=uri-miss", "/new": "fwd=uri-miss"} {
		if res, _ := ask(t, second, want(path)); !strings.HasPrefix(said(res), expected) {
			t.Errorf("%s in another gateway: %s, want %s", path, said(res), expected)
		}
	}
}

// A slowed is on the way to a server, and holds back what that answers.
type slowed struct {
	net.Listener
	hold  atomic.Int64 // nanoseconds
	asked atomic.Int64
}

func newSlowed(t *testing.T, to string) *slowed {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &slowed{Listener: l}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.pass(c, to)
		}
	}()
	return s
}

func (s *slowed) pass(c net.Conn, to string) {
	defer c.Close()
	u, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer u.Close()
	go func() {
		io.Copy(u, c)
		u.Close()
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := u.Read(buf)
		if err != nil {
			return
		}
		s.asked.Add(1)
		time.Sleep(time.Duration(s.hold.Load()))
		c.Write(buf[:n])
	}
}

// awayTold is how often it was said that Redis is away.
func awayTold(g *Gateway) (n int) {
	for _, e := range g.events.newest() {
		if strings.HasPrefix(e.Text, "Redis is away") {
			n++
		}
	}
	return n
}

// One that answers, but too late, is not asked again and again by requests:
// that it answers at all brings it not back.
func TestARedisThatAnswersTooLateIsLeftAlone(t *testing.T) {
	r, o := newRedis(t), newOrigin(t, "Cache-Control: max-age=1000")
	s := newSlowed(t, fmt.Sprintf("127.0.0.1:%d", r.port))
	cfg := cachingBefore(o.url)
	cfg.Cache.Redis.URL = "redis://" + s.Addr().String() + "/0"
	cfg.Cache.Redis.Timeout = 300 * time.Millisecond
	g, address := started(t, cfg)
	redisIs(t, g, true)
	before := awayTold(g)
	s.hold.Store(int64(600 * time.Millisecond))
	if res, _ := ask(t, address, want("/")); res.StatusCode != 200 {
		t.Errorf("while Redis is slow: %d", res.StatusCode)
	}
	redisIs(t, g, false)
	tried := s.asked.Load()
	eventually(t, "it was tried again", func() bool { return s.asked.Load() >= tried+4 })
	if n := awayTold(g) - before; n > 1 || cacheOf(g).Redis.Up {
		t.Errorf("it went away %d times, and is %+v; want once, and left alone", n, cacheOf(g).Redis)
	}
	s.hold.Store(0)
	redisIs(t, g, true)
}
