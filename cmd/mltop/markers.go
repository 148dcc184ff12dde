package main

import (
	"time"

	"mltop/advisor"
	"mltop/collectors"
)

// journalEvents marks what mltop did before this session and during it.
func journalEvents(entries []advisor.Entry) []collectors.Event {
	var events []collectors.Event
	for _, e := range entries {
		switch e.State {
		case advisor.EntryApplied, advisor.EntryUndoPending, advisor.EntryLost:
			events = append(events, appliedEvent(e))
		case advisor.EntryUndone:
			events = append(events, appliedEvent(e), undoneEvent(e, e.SettledAt))
		}
	}
	return events
}

func appliedEvent(e advisor.Entry) collectors.Event {
	return collectors.Event{At: e.At, Kind: "applied", Text: e.Title, What: "applied: " + e.Title, Ours: true}
}

func undoneEvent(e advisor.Entry, at time.Time) collectors.Event {
	return collectors.Event{At: at, Kind: "undone", Text: e.Title, What: "undone: " + e.Title, Ours: true}
}
