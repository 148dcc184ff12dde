package cache

import (
	"errors"
	"strings"
)

// A pattern is what a purge is about.
type pattern struct {
	host, path, query  string
	anyQuery, andBelow bool // whatever its query; all that begins so
}

// parsePattern reads http://HOST/PATH?QUERY, /PATH on every host, and either
// with * behind it for all that begins so.
func parsePattern(s string) (p pattern, err error) {
	s, p.andBelow = strings.CutSuffix(s, "*")
	if _, rest, ok := strings.Cut(s, "://"); ok && !strings.HasPrefix(s, "/") {
		slash := strings.IndexByte(rest, '/')
		if slash < 0 {
			rest, slash = rest+"/", len(rest)
		}
		p.host, s = strings.ToLower(rest[:slash]), rest[slash:]
	}
	if s == "" && p.andBelow {
		s = "/"
	}
	if !strings.HasPrefix(s, "/") {
		return p, errors.New("a purge is of a URL or a path from / on, with * behind it for all that begins so")
	}
	var found bool
	p.path, p.query, found = strings.Cut(s, "?")
	p.anyQuery = !found
	if found && !p.andBelow {
		q := Request{Query: []byte(p.query)}
		p.query = string(q.sortedQuery(nil))
	}
	return p, nil
}

// match takes a path as it was written, and as it is read.
func (p *pattern) match(id *ID) bool {
	if p.host != "" && p.host != id.Host {
		return false
	}
	if p.andBelow {
		full := func(path string) bool {
			if p.anyQuery {
				return strings.HasPrefix(path, p.path)
			}
			return path == p.path && strings.HasPrefix(id.Query, p.query)
		}
		return full(id.Path) || full(id.Clean)
	}
	return (id.Path == p.path || id.Clean == p.path) && (p.anyQuery || p.query == id.Query)
}

// Purge forgets what matches a pattern, and answers how many answers that
// were in memory. Redis forgets it too; until that is done it is not asked
// for what matches.
func (c *Cache) Purge(what string) (int, error) {
	p, err := parsePattern(what)
	if err != nil {
		return 0, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.doom(func(_ Key, q *Request) bool {
		id := q.ID()
		return p.match(&id)
	})
	c.purges.Add(1)
	n := forget(c.memory, p.match)
	c.remote.Load().dropAll(p.match)
	c.counts.purged.Add(uint64(n))
	return n, nil
}
