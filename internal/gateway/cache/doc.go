// Package cache decides what of the answers to GET may be kept for others,
// keeps it, and says when it may be given out: RFC 9111 for a shared cache,
// and where that leaves a choice the one that harms nobody.
//
// Deciding is pure: request.go, answer.go, entry.go, vary.go and what they
// use. memory.go and redis.go are the two levels, fill.go and cache.go bring
// all together.
package cache
