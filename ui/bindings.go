package ui

import "slices"

// A binding ties keys to an action in some places. This table is the only
// one: it dispatches, fills footer and help, and writes the README's table.
type binding struct {
	action Action
	keys   []string
	does   string
	in     place
}

// defaultBindings are in the order of help and of the README's table.
func defaultBindings() []binding {
	return slices.Concat(answerKeys(), actionKeys(), moveKeys(), timeKeys(), benchKeys(), trafficKeys(), placeKeys(), generalKeys())
}

// answerKeys open, confirm and leave.
func answerKeys() []binding {
	return []binding{
		{Open, []string{"enter"}, "open", onScreens &^ onLog},
		{Confirm, []string{"y"}, "apply", inDialog},
		{Confirm, []string{"y"}, "stop, keep the results", inQuestion},
		{Confirm, []string{"y"}, "take the upstream out", inTakeOut},
		{Postpone, []string{"p"}, "postpone: write a script", inDialog},
		{Submit, []string{"enter"}, "accept", inText | inDialog | inHelp},
		{Submit, []string{"enter"}, "explain", inEditor},
		{RunSelect, []string{"ctrl+r"}, "run the SELECT, read-only", inEditor},
		{NewLine, []string{"alt+enter", "ctrl+j"}, "new line", inEditor},
		{Back, []string{"esc"}, "back", onAll},
	}
}

// actionKeys do something with what is under the cursor.
func actionKeys() []binding {
	return []binding{
		{Apply, []string{"a"}, "apply", onAdvisor | onCard | onStatement},
		{Undo, []string{"u"}, "undo", onScreens},
		{Dismiss, []string{"x"}, "dismiss", onAdvisor | onCard | onStatement},
		{Advise, []string{"A"}, "advise again, or stop the search", onScreens},
		{Analyze, []string{"m"}, "measure (runs the SELECT)", onStatement},
		{CancelStatement, []string{"c"}, "cancel the statement", onSessions},
		{Terminate, []string{"T"}, "terminate the session", onSessions},
		{Copy, []string{"y"}, "copy", onScreens},
		{Wrap, []string{"v"}, "cut, wrap, format", onQueries | onLog | onStatement | onRequests | onRoute | onSessions},
		{Sort, []string{"s"}, "sort by the next column", onLists | onBench},
		{Reverse, []string{"S"}, "reverse the order", onLists | onBench},
		{Filter, []string{"/"}, "filter (regexp, ! inverts)", onLists},
		{Editor, []string{"E"}, "type a statement", onScreens},
		{Maximise, []string{"e"}, "maximise", onAny},
	}
}

// moveKeys move the cursor.
func moveKeys() []binding {
	return []binding{
		{Up, []string{"up", "k"}, "up", onAny | onTraffic},
		{Down, []string{"down", "j"}, "down", onAny | onTraffic},
		{Left, []string{"left", "h"}, "left", onScreens},
		{Right, []string{"right", "l"}, "right", onScreens},
		{Up, []string{"up"}, "up", inDialog | inHelp | inEditor | inText},
		{Down, []string{"down"}, "down", inDialog | inHelp | inEditor | inText},
		{Left, []string{"left"}, "left", inDialog},
		{Right, []string{"right"}, "right", inDialog},
		{PageUp, []string{"pgup", "ctrl+u"}, "page up", onAny | onTraffic | inDialog},
		{PageDown, []string{"pgdown", "ctrl+d"}, "page down", onAny | onTraffic | inDialog},
		{PageUp, []string{"pgup"}, "page up", inHelp | inEditor},
		{PageDown, []string{"pgdown"}, "page down", inHelp | inEditor},
		{Home, []string{"home", "g"}, "first", onAny | onTraffic},
		{End, []string{"end", "G"}, "last", onAny | onTraffic},
	}
}

// timeKeys move through time, and say how fast it is sampled.
func timeKeys() []binding {
	return []binding{
		{Earlier, []string{"<", "shift+left"}, "earlier", onScreens},
		{Later, []string{">", "shift+right"}, "later", onScreens},
		{Live, []string{"L"}, "live", onScreens},
		{ZoomIn, []string{"z"}, "shorter time axis", onAny},
		{ZoomOut, []string{"Z"}, "longer time axis", onAny},
		{Pause, []string{" "}, "pause", onAny | onTraffic},
		{Refresh, []string{"r"}, "refresh", onScreens | onTraffic},
		{Faster, []string{"+", "="}, "sample more often", onScreens | onTraffic},
		{Slower, []string{"-"}, "sample less often", onScreens | onTraffic},
	}
}

// benchKeys steer a load test.
func benchKeys() []binding {
	return []binding{
		{RateUp, []string{"+", "="}, "more requests or users", onBench},
		{RateDown, []string{"-"}, "fewer", onBench},
		{Stop, []string{"x"}, "stop, keep the results", onBench},
	}
}

// trafficKeys steer a gateway.
func trafficKeys() []binding {
	return []binding{
		{AddUpstream, []string{"a"}, "add an upstream", onTraffic},
		{Drain, []string{"d"}, "drain, or end it", onTraffic},
		{TakeOut, []string{"x"}, "take an upstream out", onTraffic},
		{Purge, []string{"c"}, "forget answers of the cache", onTraffic},
	}
}

// placeKeys lead to a view or a part of it.
func placeKeys() []binding {
	return []binding{
		{NextFocus, []string{"tab"}, "next part", onAny | inDialog},
		{PrevFocus, []string{"shift+tab"}, "previous part", onAny | inDialog},
		{View1, []string{"1"}, "overview", onScreens},
		{View2, []string{"2"}, "requests", onScreens},
		{View3, []string{"3"}, "queries", onScreens},
		{View4, []string{"4"}, "advisor", onScreens},
		{View5, []string{"5"}, "database", onScreens},
		{View6, []string{"6"}, "log", onScreens},
		{View7, []string{"7"}, "sessions", onScreens},
		{PrevView, []string{"["}, "previous view", onScreens},
		{NextView, []string{"]"}, "next view", onScreens},
	}
}

// generalKeys are of mltop as a whole.
func generalKeys() []binding {
	return []binding{
		{Palette, []string{":"}, "command by name", onScreens},
		{Help, []string{"?"}, "help", onAny | onTraffic | inDialog},
		{Quit, []string{"q"}, "quit", onAny | onTraffic | inDialog},
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
