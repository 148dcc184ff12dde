package main

import (
	"slices"
	"testing"

	"mltop/collectors"
)

func TestComplaintsOfAQueriesFileStandInTheOrderOfItsLines(t *testing.T) {
	missing := map[string]string{"line 10": "ten", "line 9": "nine", "line 13": "thirteen", "line 104": "more"}
	got := complaints(collectors.Snapshot{Statements: []*collectors.Statements{{Missing: missing}}})
	if want := []string{"nine", "ten", "thirteen", "more"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
