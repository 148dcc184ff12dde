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
		if tree := t.tree(id, 0); tree != nil {
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

// tree is a session with all behind it; nil where it has its place already.
func (t *blocking) tree(id string, depth int) []BlockedSession {
	if t.seen[id] {
		return nil
	}
	t.seen[id] = true
	at, listed := t.at[id]
	if !listed {
		at = -1
	}
	out := []BlockedSession{{ID: id, At: at, Depth: depth}}
	for _, next := range t.behind[id] {
		out = append(out, t.tree(next, depth+1)...)
	}
	out[0].Behind = len(out) - 1
	return out
}
