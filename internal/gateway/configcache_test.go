package gateway

import (
	"strings"
	"testing"
	"time"
)

const oneUpstream = "upstreams: [http://127.0.0.1:1]\n"

func TestTheCacheInTheFile(t *testing.T) {
	cfg, err := ParseConfig("f", oneUpstream+`cache:
  size: 8MB
  max_body: 64KB
  ttl: {200: 5m, 404: 0s}
  exclude: [/Private/, /x]
  ignore: [X_Trace]
  wait: 1s
  stale_if_error: 1h
  redis: redis://:secret@127.0.0.1:6379/2
  redis_timeout: 10ms
routes:
  - {path: /api/, cache: false, upstreams: [http://127.0.0.1:2]}
`, Defaults(), nil)
	c := cfg.Cache
	if err != nil || !cfg.Caching || c.Size != 8_000_000 || c.MaxBody != 64_000 || len(c.TTL) != 1 || c.TTL[200] != 5*time.Minute || c.Wait != time.Second || c.IfError != time.Hour ||
		strings.Join(c.Exclude, " ") != "/private/ /x" || strings.Join(c.Ignore, " ") != "x-trace" || c.Redis.Timeout != 10*time.Millisecond {
		t.Errorf("got %+v, %v", c, err)
	}
	for i, want := range map[int]bool{0: false, 1: true} {
		if got := cfg.caches(&cfg.Routes[i]); got != want {
			t.Errorf("the route %s caches: %v, want %v", cfg.Routes[i].Path, got, want)
		}
	}
	cfg, err = ParseConfig("f", "routes: [{path: /a, cache: true, upstreams: [http://127.0.0.1:2]}, {path: /b, upstreams: [http://127.0.0.1:2]}]", Defaults(), nil)
	if err != nil || !cfg.caches(&cfg.Routes[0]) || cfg.caches(&cfg.Routes[1]) || !cfg.cachesAny() {
		t.Errorf("one route alone: %v", err)
	}
}

func TestMistakesInTheCachesKeys(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"cache: {size: 1KB}", "f:2:15: a cache has at least 1MB"},
		{"cache: {max_body: 0}", "it has to be above zero"},
		{"cache: {max_body: 40MB}", "max_body is more than half of the cache's size"},
		{"cache: {ttl: {abc: 1m}}", `"abc" is no status that can be kept`},
		{"cache: {ttl: {206: 1m}}", `"206" is no status that can be kept`},
		{"cache: {ttl: {200: soon}}", `"soon" is no duration`},
		{"cache: {exclude: [admin]}", `"admin" is no path`},
		{"cache: {ignore: ['a b']}", `"a b" is no name of a field`},
		{"cache: {redis: 'http://:secret@x'}", "it is no URL of a Redis"},
		{"cache: {redis: 'redis://:sec ret@x:y'}", "it is no URL of a Redis"},
		{"cache: {redis_prefix: 'a*'}", `"a*" is no prefix of keys`},
		{"cache: {wait: 0s}", "it has to be above zero"},
		{"cache: {sise: 1}", "unknown key sise in cache"},
	} {
		_, err := ParseConfig("f", oneUpstream+row.text, Defaults(), nil)
		if err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v, want %s", row.text, err, row.want)
		}
	}
}
