package main

import (
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary be mltop, also when mltop starts itself: as
// its counters' child and as the demo's processes.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "__") {
		main()
	}
	testscript.Main(m, map[string]func(){"mltop": main, "mltop-misled": misledMain, "mltop-brief": briefMain, "sqlite": sqliteMain, "mockloop": mockMain})
}

func TestVerbs(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_STATE_HOME", "")
			e.Setenv("XDG_CONFIG_HOME", "")
			e.Setenv("TZ", "UTC")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"json": checkJSON, "exits": exits, "within": within, "plain": plain,
		},
		RequireUniqueNames: true,
	})
}
