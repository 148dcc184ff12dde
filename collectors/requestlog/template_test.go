package requestlog

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

var (
	syllables = strings.Fields("ba ko ri ta lu men sor vi dal pe qua zor ni fe cha tru lo mi san dre")
	nouns     = strings.Fields("users orders products articles tags invoices sessions files teams reports events carts payments reviews")
)

func madeUp(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(syllables[r.IntN(len(syllables))])
	}
	return b.String()
}

// values draws segments of one kind; words come from a vocabulary.
func values(r *rand.Rand) map[string]func() string {
	words := make([]string, 400)
	for i := range words {
		words[i] = madeUp(r, 2+r.IntN(3))
	}
	hexes := func(n int) string {
		var b strings.Builder
		for range n {
			fmt.Fprintf(&b, "%x", r.IntN(16))
		}
		return b.String()
	}
	return map[string]func() string{
		"number": func() string { return fmt.Sprint(r.IntN(1_000_000)) },
		"uuid":   func() string { return hexes(8) + "-" + hexes(4) + "-4" + hexes(3) + "-a" + hexes(3) + "-" + hexes(12) },
		"hash":   func() string { return hexes(40) },
		"date":   func() string { return fmt.Sprintf("20%02d-%02d-%02d", 10+r.IntN(17), 1+r.IntN(12), 1+r.IntN(28)) },
		"word":   func() string { return words[int(float64(len(words))*r.Float64()*r.Float64())] },
		"slug": func() string {
			parts := make([]string, 2+r.IntN(5))
			for i := range parts {
				parts[i] = words[r.IntN(len(words))]
			}
			return strings.Join(parts, "-")
		},
	}
}

// A corpus is an API of some shapes a resource: its true routes, as texts
// with %s for values, and paths drawn from them.
func corpus(r *rand.Rand, n int) (routes int, paths []string, truth []int) {
	kinds := []string{"number", "uuid", "hash", "date", "word", "slug"}
	draw := values(r)
	type route struct{ shape, kind string }
	var all []route
	for i, noun := range nouns {
		kind := kinds[(i+r.IntN(2))%len(kinds)]
		base := []string{"/api/v1/", "/", "/api/"}[r.IntN(3)] + noun
		all = append(all, route{base, kind}, route{base + "/%s", kind})
		if r.IntN(2) == 0 {
			all = append(all, route{base + "/%s/" + nouns[r.IntN(len(nouns))], kind})
		}
		if r.IntN(2) == 0 {
			all = append(all, route{base + "/%s/items/%s", kind})
		}
		if r.IntN(2) == 0 {
			all = append(all, route{base + "/me", kind})
		}
	}
	all = append(all, route{"/health", ""}, route{"/", ""}, route{"/login", ""})
	for range n {
		k := r.IntN(len(all))
		p := all[k].shape
		for strings.Contains(p, "%s") {
			p = strings.Replace(p, "%s", draw[all[k].kind](), 1)
		}
		if r.IntN(4) == 0 {
			p += "?page=" + fmt.Sprint(r.IntN(100))
		}
		paths, truth = append(paths, p), append(truth, k)
	}
	return len(all), paths, truth
}

func TestTemplatesFindTheRoutesOfACorpus(t *testing.T) {
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 1))
		routes, paths, truth := corpus(r, 10_000)
		ts := NewTemplates()
		for _, p := range paths {
			ts.Observe(p)
		}
		names, owner, mixed := map[string]int{}, map[string]int{}, map[string]bool{}
		for i, p := range paths {
			name := ts.Name(p)
			names[name]++
			if k, ok := owner[name]; ok && k != truth[i] {
				mixed[name] = true
			}
			owner[name] = truth[i]
		}
		if len(names) > routes*12/10 {
			t.Errorf("seed %d: %d names for %d routes: %.3000v", seed, len(names), routes, names)
		}
		if len(mixed) > 0 {
			t.Errorf("seed %d: names of more than one route: %v", seed, mixed)
		}
	}
}

func TestANameNeverChangesOnTheWay(t *testing.T) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 2))
		_, paths, _ := corpus(r, 10_000)
		ts := NewTemplates()
		first := map[string]string{}
		for _, p := range paths {
			ts.Observe(p)
			name := ts.Name(p)
			if was, ok := first[p]; ok && was != name {
				t.Errorf("seed %d: %s was named %s, then %s", seed, p, was, name)
			}
			first[p] = name
		}
	}
}

func TestTemplateNames(t *testing.T) {
	for _, c := range []struct {
		name  string
		paths []string
		want  map[string]string
	}{
		{"me is no id", []string{"/users/1", "/users/2", "/users/me"}, map[string]string{"/users/1": "/users/{id}", "/users/me": "/users/me"}},
		{"the query is not of the route", []string{"/a?id=7"}, map[string]string{"/a?id=7": "/a", "/a#x": "/a"}},
		{"the root", []string{"/", ""}, map[string]string{"/": "/", "": "/", "//": "/"}},
		{"a doubled slash is one", []string{"/a//b/"}, map[string]string{"/a//b/": "/a/b"}},
		{"versions are fixed", []string{"/api/v1/x", "/api/v2/x"}, map[string]string{"/api/v2/x": "/api/v2/x"}},
		{"absolute URLs", []string{"http://h:1/a/5"}, map[string]string{"http://h:1/a/5": "/a/{id}"}},
		{"names with two digits are fixed", []string{"/oauth2/token", "/base64"}, map[string]string{"/oauth2/token": "/oauth2/token", "/base64": "/base64"}},
		{"dates", []string{"/reports/2026-11-22"}, map[string]string{"/reports/2026-11-22": "/reports/{date}"}},
		{"long slugs at once", []string{"/posts/how-to-cook-rice"}, map[string]string{"/posts/how-to-cook-rice": "/posts/{slug}"}},
		{"hashes and tokens", []string{"/f/deadbeef01", "/f/aB3dE5fG7hI9jK1m"}, map[string]string{"/f/deadbeef01": "/f/{id}", "/f/aB3dE5fG7hI9jK1m": "/f/{id}"}},
		{"mail addresses and escapes", []string{"/u/a@b.c", "/u/%41"}, map[string]string{"/u/a@b.c": "/u/{id}", "/u/%41": "/u/{id}"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ts := NewTemplates()
			for _, p := range c.paths {
				ts.Observe(p)
			}
			for p, want := range c.want {
				if got := ts.Name(p); got != want {
					t.Errorf("Name(%s) = %s, want %s", p, got, want)
				}
			}
		})
	}
}

func TestManyFixedRoutesStayApart(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	ts := NewTemplates()
	var paths []string
	for range 50 {
		paths = append(paths, "/api/"+madeUp(r, 3))
	}
	for i := range 5000 {
		ts.Observe(paths[i%len(paths)])
	}
	names := map[string]bool{}
	for _, p := range paths {
		names[ts.Name(p)] = true
	}
	if len(names) != len(paths) {
		t.Errorf("50 fixed routes got %d names", len(names))
	}
}

func TestANameThatWasShownStays(t *testing.T) {
	ts := NewTemplates()
	shown := map[string]string{}
	for i := range 5 {
		p := fmt.Sprintf("/wiki/%s", madeUp(rand.New(rand.NewPCG(uint64(i), 3)), 4))
		ts.Observe(p)
		shown[p] = ts.Name(p)
	}
	for i := range 2000 {
		p := fmt.Sprintf("/wiki/%s", madeUp(rand.New(rand.NewPCG(uint64(i), 4)), 5))
		ts.Observe(p)
		ts.Name(p)
	}
	for p, want := range shown {
		ts.Observe(p)
		if got := ts.Name(p); got != want {
			t.Errorf("%s was %s, is %s", p, want, got)
		}
	}
	ts.Observe("/wiki/another")
	if got := ts.Name("/wiki/another"); got != "/wiki/{slug}" {
		t.Errorf("a new word is %s, want /wiki/{slug}", got)
	}
}

func TestTemplatesHoldLittleAgainstAFlood(t *testing.T) {
	ts := NewTemplates()
	r := rand.New(rand.NewPCG(5, 5))
	names := map[string]bool{}
	for range 30_000 {
		p := ""
		for range 1 + r.IntN(30) {
			p += "/" + madeUp(r, 1+r.IntN(6))
		}
		ts.Observe(p)
		names[ts.Name(p)] = true
	}
	if ts.nodes > maxNodes+maxSegments {
		t.Errorf("%d nodes, want at most %d", ts.nodes, maxNodes)
	}
	big := "/x/" + strings.Repeat("y", 1<<20)
	ts.Observe(big)
	if got := ts.Name(big); len(got) > 100 {
		t.Errorf("a path of 1 MB has a name of %d bytes", len(got))
	}
	deep := strings.Repeat("/a", 100_000)
	ts.Observe(deep)
	if got := ts.Name(deep); strings.Count(got, "/") > maxSegments+1 {
		t.Errorf("a deep path is named %s", got)
	}
}

// A path has one name however often it is asked for, and a name never holds
// the query of a path.
func FuzzTemplates(f *testing.F) {
	f.Add("/users/1\n/users/me\n/users/2?q=x\n//\n/a b/%41/é")
	f.Add("http://h/x/2026-01-02/deadbeef01\n?\n#\n/:id/{id}")
	f.Fuzz(func(t *testing.T, text string) {
		ts := NewTemplates()
		paths := strings.Split(text, "\n")
		for _, p := range paths {
			ts.Observe(p)
		}
		first := map[string]string{}
		for range 3 {
			for _, p := range paths {
				name := ts.Name(p)
				if was, ok := first[p]; ok && was != name {
					t.Errorf("%q was named %q, then %q", p, was, name)
				}
				if first[p] = name; !strings.HasPrefix(name, "/") || strings.ContainsAny(name, "?#") {
					t.Errorf("%q is named %q", p, name)
				}
			}
		}
	})
}
