package main

import "testing"

// The screen and the advisor close the same gates: what the one shows as
// READ-ONLY the other refuses.
func TestTheScreenAndTheAdvisorCloseTheSameGates(t *testing.T) {
	server := target{path: "postgres://db1/shop", engine: postgresServer, remote: true}
	for _, tt := range []struct {
		name    string
		options options
		target  target
		purpose purpose
		want    bool
	}{
		{"a file is open for changes", options{}, target{path: "app.db"}, purpose{}, false},
		{"production waits for :unlock", options{production: true}, target{path: "app.db"}, purpose{}, true},
		{"a verb that changes implies it", options{production: true}, target{path: "app.db"}, purpose{changes: true}, false},
		{"--read-only forbids it to every verb", options{readOnly: true}, target{path: "app.db"}, purpose{changes: true}, true},
		{"a server waits for :unlock", options{}, server, purpose{}, true},
	} {
		a := &app{o: &tt.options, target: tt.target, purpose: tt.purpose}
		c, screen := a.advisorConfig(), a.uiTarget()
		if got := c.ReadOnly || c.Forbidden; got != tt.want || screen.ReadOnly != tt.want || screen.Forbidden != c.Forbidden {
			t.Errorf("%s: the advisor refuses %v, the screen says %v, want %v", tt.name, got, screen.ReadOnly, tt.want)
		}
	}
}
