package ui

import (
	"fmt"
	"slices"
)

// An Action is what a key asks for, by the name that the configuration and
// the palette use.
type Action string

// The actions.
const (
	Quit       Action = "quit"
	Help       Action = "help"
	View1      Action = "overview"
	View2      Action = "requests"
	View3      Action = "queries"
	View4      Action = "advisor"
	View5      Action = "database"
	View6      Action = "log"
	View7      Action = "sessions"
	PrevView   Action = "previous-view"
	NextView   Action = "next-view"
	NextFocus  Action = "next-focus"
	PrevFocus  Action = "previous-focus"
	Up         Action = "up"
	Down       Action = "down"
	Left       Action = "left"
	Right      Action = "right"
	PageUp     Action = "page-up"
	PageDown   Action = "page-down"
	Home       Action = "first"
	End        Action = "last"
	Open       Action = "open"
	Back       Action = "back"
	Pause      Action = "pause"
	Refresh    Action = "refresh"
	Slower     Action = "slower"
	Faster     Action = "faster"
	Earlier    Action = "earlier"
	Later      Action = "later"
	Live       Action = "live"
	ZoomIn     Action = "zoom-in"
	ZoomOut    Action = "zoom-out"
	Filter     Action = "filter"
	Palette    Action = "command"
	Sort       Action = "sort"
	Reverse    Action = "reverse"
	Wrap       Action = "wrap"
	Copy       Action = "copy"
	Maximise   Action = "maximise"
	Editor     Action = "editor"
	Apply      Action = "apply"
	Undo       Action = "undo"
	Dismiss    Action = "dismiss"
	Postpone   Action = "postpone"
	Advise     Action = "advise"
	Analyze    Action = "analyze"
	Terminate  Action = "terminate"
	Unlock     Action = "unlock"
	Lock       Action = "lock"
	Confirm    Action = "confirm"
	Submit     Action = "submit"
	RunSelect  Action = "run-select"
	NewLine    Action = "new-line"
	Interrupt  Action = "interrupt"
	NoAction   Action = ""
	LiteralsOn Action = "literals"

	CancelStatement Action = "cancel-statement"

	// Of a load test.
	RateUp   Action = "rate-up"
	RateDown Action = "rate-down"
	Stop     Action = "stop"

	// Of a gateway.
	AddUpstream Action = "add-upstream"
	Drain       Action = "drain"
	TakeOut     Action = "take-out"
	Purge       Action = "purge"
)

// A place is where a key is valid. A screen is in exactly one place.
type place uint32

// The places.
const (
	onOverview place = 1 << iota
	onRequests
	onRoute
	onQueries
	onStatement
	onAdvisor
	onCard
	onDatabase
	onLog
	onSessions
	onBench    // a load test
	inQuestion // of a load test
	onTraffic  // a gateway
	inTakeOut  // a question there
	inDialog   // a preview waits for a decision
	inText     // a line is typed
	inEditor   // a statement is typed
	inHelp
	placesEnd

	onLists   = onOverview | onRequests | onRoute | onQueries | onAdvisor | onDatabase | onLog | onSessions
	onScreens = onLists | onStatement | onCard
	onAny     = onScreens | onBench
	onAll     = placesEnd - 1
)

// A keymap finds actions by place and key.
type keymap struct{ list []binding }

// newKeymap puts a user's keys over the defaults; a name that does not exist
// and a key with two meanings in one place are errors.
func newKeymap(overrides map[Action][]string) (keymap, error) {
	m := keymap{list: defaultBindings()}
	if len(overrides) == 0 {
		return m, nil // a test holds that no default means two things
	}
	known := map[Action]bool{}
	for i, b := range m.list {
		known[b.action] = true
		// Text fields keep their keys: a letter bound there could not be typed.
		if keys, ok := overrides[b.action]; ok && b.in&(inText|inEditor|inHelp) == 0 {
			m.list[i].keys = keys
		}
	}
	for a := range overrides {
		if !known[a] {
			return m, fmt.Errorf("bind keys: there is no action %q", a)
		}
	}
	return m, m.conflict()
}

func (m keymap) conflict() error {
	for p := place(1); p < placesEnd; p <<= 1 {
		seen := map[string]Action{}
		for _, b := range m.list {
			if b.in&p == 0 {
				continue
			}
			for _, k := range b.keys {
				if other, ok := seen[k]; ok {
					return fmt.Errorf("bind keys: %q means both %s and %s", k, other, b.action)
				}
				seen[k] = b.action
			}
		}
	}
	return nil
}

// action answers what a key means in a place.
func (m keymap) action(p place, pressed string) Action {
	if pressed == "alt+ctrl+c" {
		pressed = "ctrl+c" // Esc and Ctrl+C that came in one piece
	}
	for _, b := range m.list {
		if b.in&p != 0 && slices.Contains(b.keys, pressed) {
			return b.action
		}
	}
	return NoAction
}

// find answers an action's binding in a place.
func (m keymap) find(p place, a Action) (binding, bool) {
	for _, b := range m.list {
		if b.action == a && b.in&p != 0 {
			return b, true
		}
	}
	return binding{}, false
}

// valid lists the bindings of a place.
func (m keymap) valid(p place) []binding {
	var out []binding
	for _, b := range m.list {
		if b.in&p != 0 {
			out = append(out, b)
		}
	}
	return out
}
