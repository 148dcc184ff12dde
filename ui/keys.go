package ui

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/charmbracelet/bubbles/key"
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
	inDialog // a preview waits for a decision
	inText   // a line is typed
	inEditor // a statement is typed
	inHelp
	placesEnd

	onLists   = onOverview | onRequests | onRoute | onQueries | onAdvisor | onDatabase | onLog | onSessions
	onScreens = onLists | onStatement | onCard
	onAll     = placesEnd - 1
)

// A binding ties keys to an action in some places. This table is the only
// one: it dispatches, fills footer and help, and writes the README's table.
type binding struct {
	action Action
	keys   []string
	does   string
	in     place
}

func defaultBindings() []binding {
	return []binding{
		{Open, []string{"enter"}, "open", onScreens &^ onLog},
		{Confirm, []string{"y"}, "apply", inDialog},
		{Submit, []string{"enter"}, "accept", inText | inDialog | inHelp},
		{Submit, []string{"enter"}, "explain", inEditor},
		{RunSelect, []string{"ctrl+r"}, "run the SELECT, read-only", inEditor},
		{NewLine, []string{"alt+enter", "ctrl+j"}, "new line", inEditor},
		{Back, []string{"esc"}, "back", onAll},

		{Apply, []string{"a"}, "apply", onAdvisor | onCard | onStatement},
		{Undo, []string{"u"}, "undo", onScreens},
		{Dismiss, []string{"x"}, "dismiss", onAdvisor | onCard | onStatement},
		{Advise, []string{"A"}, "advise again", onScreens},
		{Analyze, []string{"m"}, "measure (runs the SELECT)", onStatement},
		{CancelStatement, []string{"c"}, "cancel the statement", onSessions},
		{Terminate, []string{"T"}, "terminate the session", onSessions},
		{Copy, []string{"y"}, "copy", onScreens},
		{Wrap, []string{"v"}, "cut, wrap, format", onQueries | onLog | onStatement | onRequests | onRoute | onSessions},
		{Sort, []string{"s"}, "sort by the next column", onLists},
		{Reverse, []string{"S"}, "reverse the order", onLists},
		{Filter, []string{"/"}, "filter (regexp, ! inverts)", onLists},
		{Editor, []string{"E"}, "type a statement", onScreens},
		{Maximise, []string{"e"}, "maximise", onScreens},

		{Up, []string{"up", "k"}, "up", onScreens},
		{Down, []string{"down", "j"}, "down", onScreens},
		{Left, []string{"left", "h"}, "left", onScreens},
		{Right, []string{"right", "l"}, "right", onScreens},
		{Up, []string{"up"}, "up", inDialog | inHelp | inEditor | inText},
		{Down, []string{"down"}, "down", inDialog | inHelp | inEditor | inText},
		{Left, []string{"left"}, "left", inDialog},
		{Right, []string{"right"}, "right", inDialog},
		{PageUp, []string{"pgup", "ctrl+u"}, "page up", onScreens | inDialog},
		{PageDown, []string{"pgdown", "ctrl+d"}, "page down", onScreens | inDialog},
		{PageUp, []string{"pgup"}, "page up", inHelp | inEditor},
		{PageDown, []string{"pgdown"}, "page down", inHelp | inEditor},
		{Home, []string{"home", "g"}, "first", onScreens},
		{End, []string{"end", "G"}, "last", onScreens},

		{Earlier, []string{"<", "shift+left"}, "earlier", onScreens},
		{Later, []string{">", "shift+right"}, "later", onScreens},
		{Live, []string{"L"}, "live", onScreens},
		{ZoomIn, []string{"z"}, "shorter time axis", onScreens},
		{ZoomOut, []string{"Z"}, "longer time axis", onScreens},
		{Pause, []string{" "}, "pause", onScreens},
		{Refresh, []string{"r"}, "refresh", onScreens},
		{Faster, []string{"+", "="}, "sample more often", onScreens},
		{Slower, []string{"-"}, "sample less often", onScreens},

		{NextFocus, []string{"tab"}, "next part", onScreens | inDialog},
		{PrevFocus, []string{"shift+tab"}, "previous part", onScreens | inDialog},
		{View1, []string{"1"}, "overview", onScreens},
		{View2, []string{"2"}, "requests", onScreens},
		{View3, []string{"3"}, "queries", onScreens},
		{View4, []string{"4"}, "advisor", onScreens},
		{View5, []string{"5"}, "database", onScreens},
		{View6, []string{"6"}, "log", onScreens},
		{View7, []string{"7"}, "sessions", onScreens},
		{PrevView, []string{"["}, "previous view", onScreens},
		{NextView, []string{"]"}, "next view", onScreens},

		{Palette, []string{":"}, "command by name", onScreens},
		{Help, []string{"?"}, "help", onScreens | inDialog},
		{Quit, []string{"q"}, "quit", onScreens | inDialog},
		{Interrupt, []string{"ctrl+c"}, "quit", onAll},
	}
}

// commandsOnly are actions without a key: the palette offers them by name.
func commandsOnly() []binding {
	return []binding{
		{Unlock, nil, "allow changes on this target", onScreens},
		{Lock, nil, "forbid changes again", onScreens},
		{LiteralsOn, nil, "show or mask literals in SQL", onScreens},
	}
}

// A keymap finds actions by place and key.
type keymap struct{ list []binding }

// newKeymap puts a user's keys over the defaults; a name that does not exist
// and a key with two meanings in one place are errors.
func newKeymap(overrides map[Action][]string) (keymap, error) {
	m := keymap{list: defaultBindings()}
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

// bubble is the binding as the Bubbles library writes it.
func (b binding) bubble() key.Binding {
	return key.NewBinding(key.WithKeys(b.keys...), key.WithHelp(b.cap(), b.does))
}

// cap is how the first key is printed.
func (b binding) cap() string {
	if len(b.keys) == 0 {
		return ":" + string(b.action)
	}
	return keyCap(b.keys[0])
}

func (b binding) caps() string {
	names := make([]string, len(b.keys))
	for i, k := range b.keys {
		if names[i] = keyCap(k); k == "enter" {
			names[i] = k // a list of keys spells it
		}
	}
	return strings.Join(names, " ")
}

func keyCap(k string) string {
	switch k {
	case "enter":
		return "⏎"
	case " ":
		return "space"
	case "up":
		return "↑"
	case "down":
		return "↓"
	case "left":
		return "←"
	case "right":
		return "→"
	case "shift+left":
		return "⇧←"
	case "shift+right":
		return "⇧→"
	case "shift+tab":
		return "⇧tab"
	}
	return strings.Replace(k, "ctrl+", "^", 1)
}

// placeNames are the words of help and of the README's table.
func placeNames() map[place]string {
	return map[place]string{
		onOverview: "Overview", onRequests: "Requests", onRoute: "Route", onQueries: "Queries",
		onStatement: "Statement", onAdvisor: "Advisor", onCard: "Card", onDatabase: "Database", onLog: "Log", onSessions: "Sessions",
		inDialog: "Preview", inText: "Text field", inEditor: "Editor", inHelp: "Help",
	}
}

func placesText(p place) string {
	switch {
	case p&onAll == onAll:
		return "everywhere"
	case p == onScreens || p == onScreens&^onLog || p == onScreens|inDialog:
		return "every view"
	case p == onLists:
		return "every list"
	}
	var names []string
	for bit := place(1); bit < placesEnd; bit <<= 1 {
		if p&bit != 0 {
			names = append(names, placeNames()[bit])
		}
	}
	sort.Strings(names)
	return strings.Join(names, ", ")
}

// KeyTable is the README's table of keys, in Markdown, made from the bindings
// that dispatch.
func KeyTable() string {
	var b strings.Builder
	b.WriteString("| Key | Does | Where |\n|---|---|---|\n")
	for _, k := range defaultBindings() {
		keys := make([]string, len(k.keys))
		for i, name := range k.keys {
			if name == " " {
				name = "space"
			}
			keys[i] = "`" + name + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", strings.Join(keys, " "), k.does, placesText(k.in))
	}
	for _, k := range commandsOnly() {
		fmt.Fprintf(&b, "| `:%s` | %s | %s |\n", k.action, k.does, placesText(k.in))
	}
	return b.String()
}
