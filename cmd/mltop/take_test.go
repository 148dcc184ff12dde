package main

import (
	"testing"

	"mltop/collectors"
)

func TestTheLastLookSaysWhetherAllOfThePastWasRead(t *testing.T) {
	look := func(share float64, state string) collectors.Section {
		return &collectors.Requests{Backfilled: share, State: state}
	}
	for _, c := range []struct {
		name string
		list []collectors.Section
		want bool
	}{
		{"no source", nil, true},
		{"all of it", []collectors.Section{look(1, "ok")}, true},
		{"a part, and it goes on", []collectors.Section{look(0.4, "ok")}, false},
		{"locked, then read on", []collectors.Section{look(0.2, "busy"), look(0.6, "ok")}, false},
		{"locked in the end: no use to wait", []collectors.Section{look(0.2, "ok"), look(0.6, "busy")}, true},
		{"the table went away", []collectors.Section{look(0.2, "gone")}, true},
	} {
		if got := filled(c.list); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}
