package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAWrongConfigurationNamesTheLine(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an unknown key", "interval: 1s\nintervall: 2s\n", "line 2: unknown key intervall"},
		{"an unknown key of a target", "targets:\n  - path: /a\n    prod: true\n", "line 3: unknown key prod in target"},
		{"an unknown key of the thresholds", "thresholds:\n  p59: 1s\n", "line 2: unknown key p59 in thresholds"},
		{"a duration without a unit", "interval: 1s\ntimeout: 5\n", `line 2: "5" is no duration`},
		{"a ratio above one", "thresholds:\n  errors: 120%\n", `line 2: "120%" is no ratio`},
		{"a theme that is none", "theme: pink\n", `line 1: "pink" is none of auto, dark`},
		{"a target without a path", "targets:\n  - name: orders\n", "target 1 has no path"},
		{"a key given twice", "theme: dark\ntheme: light\n", "line 2: mapping key \"theme\" already defined"},
		{"a list where one value is wanted", "interval: [1s]\n", "line 1: one value is wanted"},
		{"no YAML at all", "{{{", "line 1"},
		{"two documents", "theme: dark\n---\ntheme: light\n", "more than one document"},
		{"text where a truth value is wanted", "read_only: perhaps\n", "line 1"},
	} {
		_, err := Parse([]byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v want %q", c.name, err, c.want)
		}
	}
}

func TestOneOfNamesTheWords(t *testing.T) {
	for words, want := range map[string]string{"a|b": `"x" is none of a, b`, "|a|b": `"x" is none of a, b`} {
		if err := OneOf("x", words); err == nil || err.Error() != want {
			t.Errorf("of %s: got %v, want %s", words, err, want)
		}
	}
	if err := OneOf("", "|a|b"); err != nil {
		t.Errorf("none, which may be: %v", err)
	}
}

func TestEmptyAndMissingFilesAreEmptyConfigurations(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"an empty file": "", "only a comment": "# nothing\n"} {
		if _, err := Parse([]byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Load(filepath.Join(dir, "none.yaml"), false); err != nil {
		t.Errorf("a missing file nobody asked for: %v", err)
	}
	if _, err := Load(filepath.Join(dir, "none.yaml"), true); err == nil {
		t.Error("a missing file named by --config: got no error")
	}
}

func TestWhatIsSaidOfATargetOutweighsTheRest(t *testing.T) {
	c, err := Parse([]byte("read_only: false\nthresholds: {p95: 1s, errors: 5%}\ntargets:\n" +
		"  - path: /srv/*.db\n    production: true\n    read_only: true\n    queries: [a.sql, b.sql]\n    thresholds: {p95: 200ms}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Find("/tmp/app.db") != nil {
		t.Error("a file outside the pattern was matched")
	}
	got := c.Flags(c.Find("/srv/app.db"))
	for flag, want := range map[string]string{
		"production": "true", "read-only": "true", "queries": "a.sql,b.sql", "max-p95": "200ms", "max-errors": "5%",
	} {
		if got[flag] != want {
			t.Errorf("--%s: got %q want %q", flag, got[flag], want)
		}
	}
}

func TestPathsFollowXDGWhenAbsolute(t *testing.T) {
	env := map[string]string{"HOME": "/home/u", "XDG_STATE_HOME": "/state", "XDG_CONFIG_HOME": "relative"}
	p, err := FindPaths(func(k string) string { return env[k] })
	if err != nil {
		t.Fatal(err)
	}
	if p.State != "/state/mltop" || p.File != "/home/u/.config/mltop/config.yaml" {
		t.Errorf("got %q and %q", p.State, p.File)
	}
}

func TestTheStateFolderIsForItsOwnerAlone(t *testing.T) {
	p := Paths{State: filepath.Join(t.TempDir(), "a", "mltop"), uid: -1}
	if err := p.MakeState(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(p.State)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o700 {
		t.Errorf("got mode %o want 700", got)
	}
}
