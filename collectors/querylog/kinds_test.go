package querylog

import (
	"fmt"
	"testing"
)

func TestKindsTellCallsApart(t *testing.T) {
	id := func(i int) string { return fmt.Sprint(i) }
	for _, c := range []struct {
		name      string
		learn     func(i int) []string
		a, b      []string
		routes    [2]string
		different bool
	}{
		{"by a status, whatever the key beside it is", func(i int) []string { return []string{id(i), []string{"open", "done"}[i%2]} }, []string{"7", "open"}, []string{"8", "done"}, [2]string{}, true},
		{"not by a key beside a status", func(i int) []string { return []string{id(i), []string{"open", "done"}[i%2]} }, []string{"7", "open"}, []string{"8", "open"}, [2]string{}, false},
		{"by the key where there is nothing else: a tenant may have most calls", func(i int) []string { return []string{id(i)} }, []string{"7"}, []string{"8"}, [2]string{}, true},
		{"by how long a list is", func(i int) []string { return []string{"1"} }, []string{"1"}, []string{"1", "1", "1", "1", "1"}, [2]string{}, true},
		{"by the route", func(i int) []string { return nil }, nil, nil, [2]string{"GET /a", "GET /b"}, true},
		{"not at all without constants and routes", func(i int) []string { return nil }, nil, nil, [2]string{}, false},
	} {
		var k kinds
		for i := range kindsAfter {
			if got := k.of(c.learn(i), ""); got != "" {
				t.Fatalf("%s: call %d has kind %q before kinds are known", c.name, i, got)
			}
		}
		a, b := k.of(c.a, c.routes[0]), k.of(c.b, c.routes[1])
		if a == "" || (a != b) != c.different {
			t.Errorf("%s: got %q and %q, want different: %v", c.name, a, b, c.different)
		}
	}
}

func TestKindsOfAStatementAreFew(t *testing.T) {
	var k kinds
	seen := map[string]bool{}
	for i := range 20000 {
		seen[k.of([]string{fmt.Sprint(i)}, "GET /x")] = true
	}
	if len(seen) > kindsMost+1 {
		t.Errorf("got %d kinds, want %d and none at most", len(seen), kindsMost)
	}
}
