package ui

import (
	"math"
	"testing"

	"mltop/collectors"
)

// A server's log tells no rows: none is not 0.
func TestRowsThatNoSourceTellsAreNotZero(t *testing.T) {
	w := collectors.StatementWindow{}
	w.Calls = 5
	if got := rowsPerCall(w); got != 0 {
		t.Errorf("calls that sent nothing: got %v rows a call, want 0", got)
	}
	w.Source.Rowless = true
	if got := rowsPerCall(w); !math.IsNaN(got) {
		t.Errorf("calls of a log without rows: got %v rows a call, want unknown", got)
	}
}
