package ui

import (
	"fmt"
	"sort"
	"strings"
)

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
		onBench: "Load test", inQuestion: "Question", onTraffic: "Gateway", inTakeOut: "Question of a gateway",
		inDialog: "Preview", inText: "Text field", inEditor: "Editor", inHelp: "Help",
	}
}

func placesText(p place) string {
	switch {
	case p&onAll == onAll:
		return "everywhere"
	case p&^(onBench|onTraffic|inDialog) == onScreens || p == onScreens&^onLog:
		return "every view"
	case p&^onBench == onLists:
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
