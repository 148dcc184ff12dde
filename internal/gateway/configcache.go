package gateway

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mltop/internal/gateway/cache"
	"mltop/internal/yamlfile"
)

// caches reports whether a route caches its answers.
func (c *Config) caches(r *RouteRule) bool {
	if r.Cache != nil {
		return *r.Cache
	}
	return c.Caching
}

// cachesAny reports whether there is anything to cache.
func (c *Config) cachesAny() bool {
	for i := range c.Routes {
		if c.caches(&c.Routes[i]) {
			return true
		}
	}
	return false
}

func (r *configReader) readCache(n *node) {
	c, in := &r.cfg.Cache, &r.Reader
	r.cfg.Caching = true
	r.Mapping(n, "cache", keys{
		"on":   yamlfile.Into(in, &r.cfg.Caching, yamlfile.ParseBool),
		"size": yamlfile.Into(in, &c.Size, parseCacheSize), "max_body": yamlfile.Into(in, &c.MaxBody, someBytes),
		"ttl": r.readTTL, "exclude": r.readExclude, "ignore": r.readIgnore,
		"wait":                   yamlfile.Into(in, &c.Wait, yamlfile.Positive),
		"stale_while_revalidate": yamlfile.Into(in, &c.WhileRevalidating, yamlfile.ParseDuration),
		"stale_if_error":         yamlfile.Into(in, &c.IfError, yamlfile.ParseDuration),
		"redis":                  yamlfile.Into(in, &c.Redis.URL, cache.ParseRedis),
		"redis_prefix":           yamlfile.Into(in, &c.Redis.Prefix, parseRedisPrefix),
		"redis_timeout":          yamlfile.Into(in, &c.Redis.Timeout, yamlfile.Positive),
	})
	if c.MaxBody > c.Size/2 {
		r.Say(n, "max_body is more than half of the cache's size: one answer would empty it")
	}
}

// readTTL takes a table of statuses; those that are left out are not kept
// unless the answer says how long.
func (r *configReader) readTTL(n *node) {
	table := map[int]time.Duration{}
	r.Pairs(n, "ttl", func(key, value *node) {
		var d time.Duration
		status, err := parseStatus(key.Value)
		if err != nil {
			r.Say(key, "%v", err)
		}
		yamlfile.Into(&r.Reader, &d, yamlfile.ParseDuration)(value)
		if d > 0 {
			table[status] = d
		}
	})
	r.cfg.Cache.TTL = table
}

func parseStatus(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || !cache.Keepable(n) {
		return 0, fmt.Errorf("%q is no status that can be kept: 200 and 404 are", yamlfile.Clip(s, 20))
	}
	return n, nil
}

func (r *configReader) readExclude(n *node) {
	r.cfg.Cache.Exclude = nil
	r.List(n, "exclude", func(item *node) {
		var p string
		yamlfile.Into(&r.Reader, &p, parsePath)(item)
		if p != "" {
			r.cfg.Cache.Exclude = append(r.cfg.Cache.Exclude, cache.CleanPath([]byte(p)))
		}
	})
}

func (r *configReader) readIgnore(n *node) {
	r.cfg.Cache.Ignore = nil
	r.List(n, "ignore", func(item *node) {
		var name string
		yamlfile.Into(&r.Reader, &name, parseFieldName)(item)
		if name != "" {
			r.cfg.Cache.Ignore = append(r.cfg.Cache.Ignore, name)
		}
	})
}

func parseFieldName(s string) (string, error) {
	if s == "" || !allTokens([]byte(s)) {
		return "", fmt.Errorf("%q is no name of a field: x-trace is", yamlfile.Clip(s, 40))
	}
	return strings.ReplaceAll(strings.ToLower(s), "_", "-"), nil
}

// leastCache holds some hundred small answers.
const leastCache = 1_000_000

func parseCacheSize(s string) (int64, error) {
	n, err := parseBytes(s)
	if err == nil && n < leastCache {
		err = errors.New("a cache has at least 1MB")
	}
	return n, err
}

func parseRedisPrefix(s string) (string, error) {
	if s == "" || strings.ContainsAny(s, "*?[]\\ ") {
		return "", fmt.Errorf("%q is no prefix of keys: mltop:cache is", yamlfile.Clip(s, 40))
	}
	return s, nil
}

// readRouteCache says of one route whether its answers are kept.
func (r *configReader) readRouteCache(rule *RouteRule) func(*node) {
	return func(n *node) {
		on := false
		yamlfile.Into(&r.Reader, &on, yamlfile.ParseBool)(n)
		rule.Cache = &on
	}
}
