package collectors

import (
	"slices"

	"mltop/internal/sqltext"
)

const (
	// examplesKept are enough to try a statement with common and rare constants.
	examplesKept = 5
	// examplesMost bounds what is kept to show which constants vary.
	examplesMost = 24
)

// Examples are distinct texts of one fingerprint: the first few, and each that
// shows a constant vary that had not varied yet. So a constant that is the same
// in all that are kept was the same in every call.
type Examples struct {
	texts  []string
	places map[int]*places // by how many constants a text has: lists differ in length
}

// places are the constants of the first text, and which of them have varied.
type places struct {
	first  []string
	varied []bool
}

// Add keeps a text if it shows something new.
func (x *Examples) Add(text string) { x.AddWith(text, sqltext.Constants(text)) }

// AddWith is Add of a text whose constants are known.
func (x *Examples) AddWith(text string, constants []string) {
	if text == "" || len(x.texts) >= examplesMost || slices.Contains(x.texts, text) {
		return
	}
	if x.news(constants) || len(x.texts) < examplesKept {
		x.texts = append(x.texts, text)
	}
}

// news notes which constants vary, and reports whether one does for the first time.
func (x *Examples) news(constants []string) bool {
	p := x.places[len(constants)]
	if p == nil {
		if x.places == nil {
			x.places = map[int]*places{}
		}
		x.places[len(constants)] = &places{first: constants, varied: make([]bool, len(constants))}
		return true
	}
	found := false
	for i, c := range constants {
		if c != p.first[i] && !p.varied[i] {
			p.varied[i], found = true, true
		}
	}
	return found
}

// Full reports whether constants may vary beyond what the examples show.
func (x *Examples) Full() bool { return len(x.texts) >= examplesMost }

// Texts are what was kept, the first seen first.
func (x *Examples) Texts() []string { return slices.Clone(x.texts) }
