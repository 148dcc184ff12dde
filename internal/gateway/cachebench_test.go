package gateway

import (
	"fmt"
	"testing"
	"time"

	"mltop/internal/gateway/cache"
)

// A hit without its connection: what the cache costs of a request.
func BenchmarkCacheHit(b *testing.B) {
	for _, size := range []int{200, 100 << 10} {
		b.Run(fmt.Sprintf("%d bytes", size), func(b *testing.B) {
			k, err := cache.New(cache.Defaults(), func(string) {})
			if err != nil {
				b.Fatal(err)
			}
			defer k.Close()
			x := askingFor(b, k, "GET /a?b=1&a=2 HTTP/1.1\r\nHost: a\r\nAccept: text/html,*/*;q=0.8\r\nUser-Agent: x\r\nAccept-Encoding: gzip\r\n\r\n")
			now := time.Now()
			l := k.Look(&x.c.question, now)
			if why, _ := l.Fill.Take(&cache.Answer{Status: 200, Reason: []byte("OK"), Fields: []cache.Field{{Name: []byte("Cache-Control"), Value: []byte("max-age=1000")}}, Asked: now, Came: now}); why != "" {
				b.Fatal(why)
			}
			l.Fill.Keep(make([]byte, size))
			b.ReportAllocs()
			for b.Loop() {
				k.Read(x.questionFor(&x.c.question))
				if x.look = k.Look(&x.c.question, time.Now()); x.look.Act != cache.Serve {
					b.Fatal("it was not kept")
				}
				x.give(time.Now(), nil)
			}
		})
	}
}

// askingFor is an exchange whose head was read, with nobody behind it.
func askingFor(b *testing.B, k *cache.Cache, text string) *exchange {
	b.Helper()
	cfg := Defaults()
	g := &Gateway{}
	g.rooms.follow(64)
	c := &client{g: g, conn: nowhere{}, raw: nowhere{}, out: outflow{conn: nowhere{}}}
	x := &exchange{c: c, out: g.rooms.get(), s: &setup{cfg: cfg}, r: &route{}, caching: caching{keeps: k}}
	if err := parseRequest(&c.head, []byte(text)); err != nil {
		b.Fatal(err)
	}
	c.normal = normalPath(nil, c.head.path)
	x.prepare()
	k.Read(x.questionFor(&c.question))
	return x
}
