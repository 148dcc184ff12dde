package db

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Silent reports that a session waits for its client; of one whose state is
// not shown nothing is known.
func (s Session) Silent() bool { return strings.HasPrefix(s.State, "idle") || s.State == "" }

// waitingFor begins what MariaDB and MySQL say of a session that waits.
const waitingFor = "Waiting for "

// WaitsFor is what it waits for, in the server's words without their first.
func (s Session) WaitsFor() string { return strings.TrimPrefix(s.Waits, waitingFor) }

// StateText is the server's word with what it leaves out, and a sign of who
// holds others up and who waits.
func (s Session) StateText(b BlockedSession) string {
	text := s.State
	if s.Idle && !strings.Contains(s.State, "transaction") {
		text += " in transaction"
	}
	switch {
	case b.Behind > 0 && len(s.BlockedBy) == 0:
		return "■ " + text
	case s.Waiting():
		return "▲ " + strings.TrimPrefix(s.State, waitingFor) // what it is is what tells
	}
	return text
}

// Rank orders sessions, the greatest first: those of the tree by their place
// in it, then who works, then who rests in a transaction, each the longest
// first, then the idle. place is -1 outside the tree.
func (s Session) Rank(place int) float64 {
	switch {
	case place >= 0:
		return TreeRank(place)
	case s.Idle, s.Prepared != nil:
		return 1e10 + s.For.Seconds()
	case !s.Silent():
		return 1e11 + s.For.Seconds()
	}
	return s.For.Seconds()
}

// TreeRank puts a place in the tree before everything else.
func TreeRank(place int) float64 { return 1e12 - float64(place) }

// Branch is the indent of a session that waits for the one above it; "" at a
// root.
func (b BlockedSession) Branch(sign string) string {
	const deepest = 4 // deeper ones stand at the same place: the column is narrow
	if b.Depth == 0 {
		return ""
	}
	return strings.Repeat(" ", 2*min(b.Depth, deepest)-1) + sign
}

// SessionsInOrder puts all sessions into the order in which they are shown:
// the tree of those that wait, then the others by rank.
func SessionsInOrder(list []Session) []BlockedSession {
	tree := BlockingTree(list)
	placed := map[int]bool{}
	for _, b := range tree {
		placed[b.At] = true
	}
	var rest []BlockedSession
	for i, s := range list {
		if !placed[i] {
			rest = append(rest, BlockedSession{ID: s.ID, At: i})
		}
	}
	slices.SortStableFunc(rest, func(a, b BlockedSession) int { return cmp.Compare(list[b.At].Rank(-1), list[a.At].Rank(-1)) })
	return append(tree, rest...)
}

// SessionSums counts sessions by what they do.
type SessionSums struct {
	Active, Waiting, Resting int
	Oldest                   time.Duration // transaction
}

// SumSessions counts; a session that waits is not active besides.
func SumSessions(list []Session) SessionSums {
	var n SessionSums
	for _, s := range list {
		switch {
		case s.Waiting():
			n.Waiting++
		case s.Idle:
			n.Resting++
		case s.Statement != "" && !s.Silent():
			n.Active++
		}
		n.Oldest = max(n.Oldest, s.Transaction)
	}
	return n
}
