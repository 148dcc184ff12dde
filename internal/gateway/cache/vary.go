package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
)

// A Key is a hash: no two requests are made to meet in it.
type Key [sha256.Size]byte

// An ID is what a request asks for, as the cache knows it.
type ID struct{ Scheme, Host, Path, Query, Clean string }

// ID makes it of a request.
func (q *Request) ID() ID {
	return ID{
		Scheme: q.Scheme, Host: strings.ToLower(string(q.Host)), Path: string(q.Path), Query: string(q.sortedQuery(nil)),
		Clean: CleanPath(q.Path),
	}
}

// uri is the key of what is asked for, whatever the fields say.
func (q *Request) uri() Key {
	b := append(append(q.key[:0], q.Scheme...), '\n')
	b = appendLower(b, q.Host)
	b = append(append(append(b, '\n'), q.Path...), '\n')
	b = q.sortedQuery(b)
	q.key = b
	return sha256.Sum256(b)
}

// key is that of an ID.
func (id *ID) key() Key {
	return sha256.Sum256([]byte(id.Scheme + "\n" + id.Host + "\n" + id.Path + "\n" + id.Query))
}

// sortedQuery appends the query with its parameters by name; those of one name
// keep their order, also where only some servers take it for one: a, A, a.b
// and a_b. With names that are encoded all keep theirs.
func (q *Request) sortedQuery(b []byte) []byte {
	if bytes.IndexByte(q.Query, '&') < 0 {
		return append(b, q.Query...)
	}
	parts := q.parts[:0]
	for rest := q.Query; ; {
		part, more, ok := bytes.Cut(rest, []byte{'&'})
		if bytes.IndexByte(parameter(part), '%') >= 0 {
			return append(b, q.Query...)
		}
		parts = append(parts, part)
		if rest = more; !ok {
			break
		}
	}
	slices.SortStableFunc(parts, func(a, b []byte) int { return compareNames(parameter(a), parameter(b)) })
	for i, p := range parts {
		if i > 0 {
			b = append(b, '&')
		}
		b = append(b, p...)
	}
	q.parts = parts
	return b
}

// compareNames orders names as the most tolerant server reads them.
func compareNames(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if d := int(tolerated(a[i])) - int(tolerated(b[i])); d != 0 {
			return d
		}
	}
	return len(a) - len(b)
}

func tolerated(c byte) byte {
	switch {
	case c >= 'A' && c <= 'Z':
		return c | 0x20
	case c == '.', c == '+':
		return '_'
	}
	return c
}

// parameter is the name of one; a[] and a[x] are parts of a.
func parameter(p []byte) []byte {
	name, _, _ := bytes.Cut(p, []byte{'='})
	name, _, _ = bytes.Cut(name, []byte{'['})
	return name
}

// second is the key of one answer among those that a URI may have: what
// always distinguishes them, and the fields that Vary named so far.
func (q *Request) second(uri Key, n *node) Key {
	b := q.made(uri, n)
	if n != nil {
		if k, ok := n.known[string(b)]; ok {
			return k
		}
	}
	return sha256.Sum256(b)
}

// made is what that key is made of; good until the next one.
func (q *Request) made(uri Key, n *node) []byte {
	b := append(q.key[:0], uri[:]...)
	if n != nil {
		b = binary.BigEndian.AppendUint64(b, n.generation)
	}
	b = appendPart(b, preferred(q.accept))
	b = appendPart(b, q.contentType)
	b = appendPart(b, q.Told)
	for _, f := range q.keyed {
		b = appendPart(appendPart(b, f.Name), f.Value)
	}
	if n != nil {
		for _, name := range n.vary {
			b = appendPart(b, []byte(name))
			b = q.appendVaried(b, name)
		}
	}
	q.key = b
	return b
}

// appendPart appends so that no two rows of parts read the same.
func appendPart(b, part []byte) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(part))), part...)
}

// appendVaried appends the values of a field, with whether there is one.
func (q *Request) appendVaried(b []byte, name string) []byte {
	var room [nameRoom]byte
	n := uint32(0)
	for _, f := range q.Fields {
		if len(f.Name) == len(name) && string(lowered(&room, f.Name)) == name {
			b = appendPart(b, normal(name, f.Value))
			n++
		}
	}
	return binary.BigEndian.AppendUint32(b, n)
}

// normal is a field's value without what makes no difference: RFC 9111, 4.1.
func normal(name string, v []byte) []byte {
	switch name {
	case "accept", "accept-encoding", "accept-language", "accept-charset":
	default:
		return v
	}
	var items []string
	l := list{v}
	for {
		item, ok := l.next()
		if !ok {
			break
		}
		text := strings.ToLower(strings.NewReplacer(" ", "", "\t", "").Replace(string(item)))
		if q, found := strings.CutSuffix(text, ";q=1"); found {
			text = q
		}
		items = append(items, text)
	}
	slices.Sort(items)
	return []byte(strings.Join(items, ","))
}

// preferred is the type that Accept asks for before all others: what browsers
// say differs, what they want does not. Empty: anything.
func preferred(accept []byte) []byte {
	if len(accept) == 0 || string(accept) == "*/*" {
		return nil
	}
	best, most := []byte(nil), -1
	l := list{accept}
	for {
		item, ok := l.next()
		if !ok {
			break
		}
		name, params, _ := bytes.Cut(item, []byte{';'})
		if q := quality(params); q > most {
			best, most = bytes.TrimRight(name, " \t"), q
		}
	}
	if string(best) == "*/*" {
		return nil
	}
	return best
}

// quality is q in thousandths; 1000 without one.
func quality(params []byte) int {
	for len(params) > 0 {
		var p []byte
		p, params, _ = bytes.Cut(params, []byte{';'})
		name, v, ok := bytes.Cut(bytes.TrimSpace(p), []byte{'='})
		if ok && len(name) == 1 && name[0]|0x20 == 'q' {
			return thousandths(bytes.TrimSpace(v))
		}
	}
	return 1000
}

func thousandths(v []byte) int {
	whole, part, _ := bytes.Cut(v, []byte{'.'})
	n := 0
	if string(whole) == "1" {
		return 1000
	}
	for i, unit := 0, 100; i < len(part) && unit > 0; i, unit = i+1, unit/10 {
		if part[i] < '0' || part[i] > '9' {
			return 0
		}
		n += int(part[i]-'0') * unit
	}
	return n
}

func appendLower(b, s []byte) []byte {
	for _, c := range s {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		b = append(b, c)
	}
	return b
}

// mostVaried bounds the names that Vary may collect for one URI.
const mostVaried = 16

// tokenChars are those of a field's name in lower case: RFC 9110, 5.6.2.
const tokenChars = "!#$%&'*+-.^`|~0123456789abcdefghijklmnopqrstuvwxyz"

// varied reads Vary: the names in lower case, in order. star: no two requests
// are alike, or what the answer depends on is not to be read.
func varied(names []string, v []byte) (out []string, star bool) {
	l := list{v}
	for {
		item, ok := l.next()
		if !ok {
			return names, false
		}
		name := strings.ReplaceAll(strings.ToLower(string(item)), "_", "-")
		if name == "*" || strings.Trim(name, tokenChars) != "" || different(name) || len(name) > nameRoom || len(names) >= mostVaried {
			return names, true
		}
		if i, found := slices.BinarySearch(names, name); !found {
			names = slices.Insert(names, i, name)
		}
	}
}

// different are fields that the gateway writes itself, for each request
// another: who varies by them has an answer for each.
func different(name string) bool {
	return name == "x-forwarded-for" || name == "x-request-id" || name == "via"
}

// union is both; the same slice where a has all of b.
func union(a, b []string) []string {
	for _, name := range b {
		if i, found := slices.BinarySearch(a, name); !found {
			a = slices.Insert(slices.Clone(a), i, name)
		}
	}
	return a
}

// covers reports whether every field is named.
func covers(names []string, fields [][]byte) bool {
	var room [nameRoom]byte
	for _, f := range fields {
		name := lowered(&room, f)
		if _, found := slices.BinarySearch(names, string(name)); !found || name == nil {
			return false
		}
	}
	return true
}
