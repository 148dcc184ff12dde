package db

import (
	"fmt"
	"strings"
	"testing"
)

func TestBlockingTree(t *testing.T) {
	for _, row := range []struct {
		name     string
		sessions string // id<blocker,blocker
		want     string // depth:id(behind)
	}{
		{"nobody waits", "1 2 3", ""},
		{"two wait for one", "1 2<1 3<1 4", "0:1(2) 1:2(0) 1:3(0)"},
		{"one behind another", "3<2 2<1 1", "0:1(2) 1:2(1) 2:3(0)"},
		{"the root that holds up most comes first", "1 2<1 5 6<5 7<5", "0:5(2) 1:6(0) 1:7(0) 0:1(1) 1:2(0)"},
		{"one that waits for two stands once", "1 2 3<1,2", "0:1(1) 1:3(0)"},
		{"a root that is not listed", "1<prepared 2<prepared", "0:prepared(2) 1:1(0) 1:2(0)"},
		{"a circle is shown once", "1<2 2<1", "0:2(1) 1:1(0)"},
		{"a circle with a tail", "1<2 2<1 3<1", "0:2(2) 1:1(1) 2:3(0)"},
		{"itself", "1<1", "0:1(0)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var list []Session
			for _, word := range strings.Fields(row.sessions) {
				id, by, waits := strings.Cut(word, "<")
				s := Session{ID: id}
				if waits {
					s.BlockedBy = strings.Split(by, ",")
				}
				list = append(list, s)
			}
			var got []string
			for _, b := range BlockingTree(list) {
				got = append(got, fmt.Sprintf("%d:%s(%d)", b.Depth, b.ID, b.Behind))
				if listed := b.At >= 0; listed != (b.ID != "prepared") || listed && list[b.At].ID != b.ID {
					t.Errorf("%s: got place %d", b.ID, b.At)
				}
			}
			if text := strings.Join(got, " "); text != row.want {
				t.Errorf("got %s, want %s", text, row.want)
			}
		})
	}
}

// waiters are n sessions that all wait: in one line, each behind the one
// before it and told of all before it, or all behind the first.
func waiters(n int, line bool) []Session {
	list := []Session{{ID: "0"}}
	for i := 1; i <= n; i++ {
		by := []string{"0"}
		if line {
			by = []string{fmt.Sprint(i - 1), "0"}
		}
		list = append(list, Session{ID: fmt.Sprint(i), BlockedBy: by})
	}
	return list
}

func TestFiveThousandWaitersHaveOneRoot(t *testing.T) {
	const n = 5000
	for _, line := range []bool{false, true} {
		tree := BlockingTree(waiters(n, line))
		deepest := 1
		if line {
			deepest = n
		}
		if len(tree) != n+1 || tree[0].ID != "0" || tree[0].Behind != n || tree[n].Depth != deepest {
			t.Errorf("in a line %v: got %d places, the root %+v, the last %+v, want %d behind one root", line, len(tree), tree[0], tree[len(tree)-1], n)
		}
	}
}

func BenchmarkFiveThousandWaiters(b *testing.B) {
	list := waiters(5000, true)
	for b.Loop() {
		BlockingTree(list)
	}
}
