// Package hush keeps Bubble Tea quiet until there is a first frame. Its own
// start, before main, asks the terminal for its background and waits for the
// answer: that holds the frame up by the way there and back, and by five
// seconds where nobody answers. It does not ask a dumb terminal, so until End
// every terminal is called one. mltop asks later, when the frame stands.
package hush

import "os"

// kept is the terminal's true name. This package imports os alone: it comes
// before Bubble Tea, which waits for much else. A test of cmd/mltop holds that.
var kept = begin()

const name = "TERM"

type value struct {
	text string
	set  bool
}

func begin() value {
	text, set := os.LookupEnv(name)
	_ = os.Setenv(name, "dumb") // if this fails, the frame is late
	return value{text, set}
}

// End gives the terminal its name back.
func End() error {
	if !kept.set {
		return os.Unsetenv(name)
	}
	return os.Setenv(name, kept.text)
}
