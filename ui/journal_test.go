package ui

import "testing"

// The journal's rows lead on: to the card with its verdict, and each to its own
// undo.
func TestTheJournalLeadsToItsCards(t *testing.T) {
	s := watched(t, 120, 40)
	s.applyFirst()
	s.press("4", "tab")
	s.want("⏎ card", "u undo")
	s.press("enter")
	s.want("› Advice", "applied")
	s.press("esc", "u", "y", "4")
	s.wantNot("u undo")
	s.press("u")
	s.want("this change is undone: there is nothing to undo")
}
