package cache

import (
	"slices"
	"time"
)

// A Rule says what is kept, how much of it and how long.
type Rule struct {
	Size    int64 // bytes of memory
	MaxBody int64 // of one answer
	TTL     map[int]time.Duration
	// Exclude are prefixes of paths that go past the cache.
	Exclude []string
	// Ignore are fields of requests that change no answer, in lower case.
	Ignore []string
	// Wait bounds how long a request waits for another's answer.
	Wait time.Duration
	// WhileRevalidating and IfError are for answers that do not say.
	WhileRevalidating, IfError time.Duration
	Redis                      RedisRule
}

// A RedisRule is the level behind memory.
type RedisRule struct {
	URL    string // "": none
	Prefix string // of its keys
	// Timeout bounds what one request waits for Redis, all questions together.
	Timeout time.Duration
}

// Defaults are what nobody has to say. The times are for answers that do not
// say how long they last: short enough to be harmless, long enough to take the
// weight of a crowd.
func Defaults() Rule {
	return Rule{
		Size: 64_000_000, MaxBody: 1_000_000, Wait: 5 * time.Second, Exclude: []string{"/admin/"},
		TTL: map[int]time.Duration{
			200: time.Minute, 203: time.Minute, 204: time.Minute, 300: time.Minute, 301: 10 * time.Minute, 308: 10 * time.Minute,
			404: 10 * time.Second, 405: 10 * time.Second, 410: 10 * time.Minute, 414: 10 * time.Second, 501: 10 * time.Second,
		},
		Redis: RedisRule{Prefix: "mltop:cache", Timeout: 50 * time.Millisecond},
	}
}

// Same reports whether two rules are one.
func (r *Rule) Same(o *Rule) bool {
	if len(r.TTL) != len(o.TTL) {
		return false
	}
	for k, v := range r.TTL {
		if w, ok := o.TTL[k]; !ok || v != w {
			return false
		}
	}
	return r.Size == o.Size && r.MaxBody == o.MaxBody && r.Wait == o.Wait && r.WhileRevalidating == o.WhileRevalidating && r.IfError == o.IfError &&
		r.Redis == o.Redis && slices.Equal(r.Exclude, o.Exclude) && slices.Equal(r.Ignore, o.Ignore)
}
