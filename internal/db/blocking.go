package db

import "slices"

// A BlockedSession is a session's place among those that wait for each other.
type BlockedSession struct {
	ID    string
	At    int // in the list of sessions; -1: not listed, as a prepared transaction
	Depth int // 0: waits for nobody
	// Behind is how many sessions wait for this one, directly or behind others.
	Behind int
}

// BlockingTree orders the sessions that wait and those that they wait for:
// each behind the one that it waits for, the root that holds up most of all
// first. A session that waits for several stands behind the first of them.
func BlockingTree(list []Session) []BlockedSession {
	t := blocking{list: list, at: map[string]int{}, behind: map[string][]string{}, seen: map[string]bool{}}
	for i, s := range list {
		t.at[s.ID] = i
	}
	for _, s := range list {
		if len(s.BlockedBy) > 0 {
			t.behind[s.BlockedBy[0]] = append(t.behind[s.BlockedBy[0]], s.ID)
		}
	}
	var trees [][]BlockedSession
	for _, id := range t.roots() {
		if !t.seen[id] {
			var tree []BlockedSession
			t.grow(&tree, id, 0)
			trees = append(trees, tree)
		}
	}
	slices.SortStableFunc(trees, func(a, b []BlockedSession) int { return len(b) - len(a) })
	return slices.Concat(trees...)
}

type blocking struct {
	list   []Session
	at     map[string]int
	behind map[string][]string
	seen   map[string]bool
}

// roots are those that hold others up and wait for nobody; behind them one of
// each circle, which the server is about to break.
func (t *blocking) roots() []string {
	var roots, circles []string
	for _, s := range t.list {
		for _, by := range s.BlockedBy[:min(len(s.BlockedBy), 1)] {
			i, listed := t.at[by]
			if !listed || len(t.list[i].BlockedBy) == 0 {
				roots = append(roots, by)
			} else {
				circles = append(circles, by)
			}
		}
	}
	return append(roots, circles...)
}

// grow adds a session and all behind it, in one pass: thousands may stand in
// one line.
func (t *blocking) grow(tree *[]BlockedSession, id string, depth int) {
	t.seen[id] = true
	at, listed := t.at[id]
	if !listed {
		at = -1
	}
	place := len(*tree)
	*tree = append(*tree, BlockedSession{ID: id, At: at, Depth: depth})
	for _, next := range t.behind[id] {
		if !t.seen[next] {
			t.grow(tree, next, depth+1)
		}
	}
	(*tree)[place].Behind = len(*tree) - place - 1
}
