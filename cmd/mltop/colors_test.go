package main

import (
	"testing"

	"github.com/muesli/termenv"
)

func TestColorsAreLeftOutWhenTheEnvironmentOrAFlagSaysSo(t *testing.T) {
	for _, c := range []struct {
		name, flag, noColor string
		colored             bool
	}{
		{"forced by the environment", "auto", "", true},
		{"NO_COLOR outweighs that", "auto", "1", false},
		{"a flag says never", "never", "", false},
		{"a flag says always, which outweighs NO_COLOR", "always", "1", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("CLICOLOR_FORCE", "1")
			t.Setenv("NO_COLOR", c.noColor)
			a := &app{o: &options{color: c.flag}}
			if got := a.colors(); (got != termenv.Ascii) != c.colored {
				t.Errorf("got profile %v, want colours: %v", got, c.colored)
			}
		})
	}
}
