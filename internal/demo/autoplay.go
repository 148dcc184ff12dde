package demo

import "time"

// A Press is one key of the autoplay, in the words of the dashboard.
type Press struct {
	Key     string        // "enter", "a", "y", "u"
	Caption string        // shown until the key is pressed
	Pause   time.Duration // how long the caption can be read once Until holds
	Until   string        // "", "sample", "finding", "advice", "plan", "preview", "applied", "verdict", "undone"
}

// Autoplay is the story as keys: from the verdict to its reason, to the
// change and its proof, and back.
func Autoplay() []Press {
	const read, glance = 4 * time.Second, 2 * time.Second
	return []Press{
		{"enter", "A shop that was fast until a few minutes ago. The verdict line says what is wrong: Enter asks why.", read, "finding"},
		{"enter", "The slow route, before and after. Enter opens the statement that its time goes to.", read, ""},
		{"enter", "The plan: every row of order_items is read for one order. Enter opens the advice.", read, "plan"},
		{"a", "The index was tried on a copy; the shop's own file is untouched. a shows what applying it would do.", read, "advice"},
		{"y", "Exactly what will run, who waits for it, and how it is undone. y applies it.", read, "preview"},
		{"u", "Proved by the shop's own requests, before and after. u takes the change back.", read, "verdict"},
		{"y", "The undo has a preview too. y confirms.", glance, "preview"},
		{"esc", "As it was: the line climbs back. Any key is yours now.", read, "undone"},
	}
}
