package cache

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

func FuzzControl(f *testing.F) {
	for _, s := range []string{"max-age=60", `private="a, b", no-store`, "max-age=1, max-age=2", `x="\",`, "s-maxage=99999999999999999999", "max-stale", "=,=", `no-cache="`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var c control
		c.add([]byte(s))
		for _, d := range []time.Duration{c.maxAge.d, c.sMaxAge.d, c.minFresh.d, c.whileRevalidating.d, c.ifError.d} {
			if d < 0 || d > mostSeconds*time.Second {
				t.Fatalf("%q: a time of %v", s, d)
			}
		}
		// What forbids is never lost behind what comes after it.
		if !strings.Contains(s, `"`) {
			var more control
			more.add([]byte(s + ", no-store, private"))
			if !more.noStore || !more.private {
				t.Fatalf("%q hides what follows", s)
			}
		}
	})
}

func FuzzVary(f *testing.F) {
	for _, s := range []string{"Accept", "a, b, A", "*", `"*"`, ",,", strings.Repeat("x,", 40), "accept_encoding"} {
		f.Add(s, "gzip")
	}
	f.Fuzz(func(t *testing.T, s, v string) {
		names, star := varied(nil, []byte(s))
		if star {
			return
		}
		if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) || len(names) > mostVaried {
			t.Fatalf("%q: the names are %q", s, names)
		}
		// What differs in a field that is named has another key.
		n := &node{vary: names}
		for _, name := range names {
			a, b := asking("/", name+": "+v), asking("/", name+": "+v+"x")
			if a.second(Key{}, n) == b.second(Key{}, n) && !bytes.Equal(normal(name, []byte(v)), normal(name, []byte(v+"x"))) {
				t.Fatalf("%q: %q and %q share a key", s, v, v+"x")
			}
		}
	})
}

func FuzzPart(f *testing.F) {
	for _, s := range []string{"bytes=0-0", "bytes=-1", "bytes=5-", "bytes=9-2", "bytes=99999999999999999999-", "bytes=-99999999999999999999", "=", "bytes=0-1,2-3", "bytes= 1 - 2 "} {
		f.Add(s, int64(10))
	}
	f.Fuzz(func(t *testing.T, s string, length int64) {
		length = max(length&0xffffff, 0)
		if from, to, ok := parsePart([]byte(s), length); ok && (from < 0 || from > to || to > length) {
			t.Fatalf("%q of %d bytes is %d to %d", s, length, from, to)
		}
	})
}

// Sorting keeps every parameter, and the order of those whose names some
// server takes for one.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"b=1&a=2", "a=2&A=1&a=3", "%61=1&a", "a.b=1&a_b=2&a+b", "a[]=1&a=2&a[x]=3", "&&", "=&="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q := Request{Query: []byte(s)}
		sorted := string(q.sortedQuery(nil))
		again := Request{Query: []byte(sorted)}
		if twice := string(again.sortedQuery(nil)); len(sorted) != len(s) || twice != sorted {
			t.Fatalf("%q is %q, and then %q", s, sorted, twice)
		}
		had, has := map[string]string{}, map[string]string{}
		for order, text := range map[*map[string]string]string{&had: s, &has: sorted} {
			for p := range strings.SplitSeq(text, "&") {
				name := []byte(nil)
				for _, c := range parameter([]byte(p)) {
					name = append(name, tolerated(c))
				}
				(*order)[string(name)] += p + "&"
			}
		}
		if !maps.Equal(had, has) {
			t.Fatalf("%q is %q: of one name another comes first", s, sorted)
		}
	})
}

func FuzzDecode(f *testing.F) {
	e := &Entry{Status: 200, Reason: "OK", Head: []byte("A: b\r\n"), Body: []byte("x"), id: ID{"http", "a", "/", "", "/"}, received: noon, until: noon}
	f.Add(unseal(e.encode()))
	f.Add(unseal((&node{id: e.id, vary: []string{"a"}, until: noon}).encode()))
	f.Fuzz(func(t *testing.T, b []byte) {
		// As it came, and as one who knows the sum could have written it.
		decodeEntry(b, Key{}) //nolint:errcheck // only that it comes back
		b = seal(slices.Clip(b))
		if got, err := decodeEntry(b, Key{}); err == nil && !bytes.Equal(got.encode(), b) {
			t.Fatalf("%x is written as %x", b, got.encode())
		} else if err == nil && bytes.Contains(got.AppendFields(nil, false), []byte("\r\n\r\n")) {
			t.Fatalf("%x ends a head early: %q", b, got.Head)
		}
		d := newDecoder(b)
		d.number()
		d.time()
		id := d.id()
		if n, err := decodeNode(b, id.key()); err == nil && !bytes.Equal(n.encode(), b) {
			t.Fatalf("%x is written as %x", b, n.encode())
		}
	})
}

func FuzzCleanPath(f *testing.F) {
	for _, s := range []string{"/a", "/%61", "/%2561", "/../a", "/a;b/c", `/a\b`, "/%", "//"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		clean := CleanPath([]byte(s))
		for segment := range strings.SplitSeq(strings.Trim(clean, "/"), "/") {
			if segment == "." || segment == ".." {
				t.Fatalf("%q: dots are left in %q", s, clean)
			}
		}
		if plain([]byte(s)) && clean != s {
			t.Fatalf("%q is called plain, and is %q", s, clean)
		}
	})
}
