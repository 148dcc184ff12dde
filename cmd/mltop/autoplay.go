package main

import (
	"time"

	"mltop/ui"
)

// read is how long it takes to read a caption and look.
const read = 3 * time.Second

// autoplayScript is the story of the demo, as a viewer would live it: each
// key is pressed when what it needs is on the screen.
func autoplayScript(server bool) []ui.Press {
	script := indexScript()
	if server {
		script = append(script, lockScript()...)
	}
	return append(script, ui.Press{Key: "q", Pause: read, Caption: "q leaves a receipt"})
}

func indexScript() []ui.Press {
	return []ui.Press{
		{Key: "enter", Until: ui.UntilFinding, Pause: read, Caption: "the line on top says what is wrong: Enter asks why"},
		{Key: "enter", Pause: read, Caption: "this route, and the statements behind it: Enter opens the first"},
		{Key: "enter", Until: ui.UntilAdvice, Pause: read, Caption: "its plan scans a whole table; the advisor has tried an index on a copy"},
		{Key: "a", Pause: read, Caption: "a: what would be run, who would wait, how it is undone"},
		{Key: "y", Until: ui.UntilPreview, Pause: read, Caption: "y: only now the database is changed"},
		{Key: "1", Until: ui.UntilApplied, Pause: read, Caption: "applied: look at the line"},
		{Key: "u", Until: ui.UntilVerdict, Pause: 2 * read, Caption: "the verdict is in, with its evidence; u takes the change back"},
		{Key: "y", Until: ui.UntilPreview, Pause: read, Caption: "y: the undo is asked for too"},
		{Key: "1", Until: ui.UntilUndone, Pause: 4 * read, Caption: "undone: the line climbs back"},
	}
}

// lockScript is the second scene, of servers: somebody forgot a transaction.
func lockScript() []ui.Press {
	return []ui.Press{
		{Key: "7", Until: ui.UntilBlocked, Pause: read, Caption: "and now the shop stands still: the verdict names the session that all wait for"},
		{Key: "T", Pause: 2 * read, Caption: "the tree of those that wait, and at its root a transaction in which nothing runs: T ends it"},
		{Key: "y", Until: ui.UntilPreview, Pause: read, Caption: "y: what dies is said first"},
		{Key: "1", Until: ui.UntilFreed, Pause: read, Caption: "everybody goes on"},
	}
}
