package arch

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestARunEndsAsItsTestsDo runs .ci/test over a module with a test that fails
// as often as it is told.
func TestARunEndsAsItsTestsDo(t *testing.T) {
	for _, row := range []struct {
		name, body string
		fails      bool
		says       string
	}{
		{"one fails twice: run alone twice, named", failing(2), false, "FLAKY, passed alone: tried/it: TestIt"},
		{"one fails each time", failing(3), true, "FAIL: tried/it: TestIt: three times"},
		{"one panics: no second try", `func TestIt(t *testing.T) { panic("broken") }`, true, "panic: broken"},
		{"one does not build: no second try", `func TestIt(t *testing.T) {`, true, "failed]"},
	} {
		t.Run(row.name, func(t *testing.T) {
			out, err := runScript(t, row.body)
			if (err != nil) != row.fails || !strings.Contains(out, row.says) {
				t.Errorf("got %v, want a failure: %v, and %q in:\n%s", err, row.fails, row.says, out)
			}
		})
	}
}

// failing is a test that fails its first n times: it counts them in a file.
func failing(n int) string {
	return fmt.Sprintf(`func TestIt(t *testing.T) {
	past, _ := os.ReadFile("past")
	_ = os.WriteFile("past", append(past, '.'), 0o600)
	if len(past) < %d {
		t.Error("not yet")
	}
}`, n)
}

// runScript runs .ci/test in a module of its own.
func runScript(t *testing.T, body string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":        "module tried\n\ngo 1.24\n",
		"it/it_test.go": "package it\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nvar _ = os.Getpid\n\n" + body + "\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script, err := filepath.Abs("../../.ci/test")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(script)
	c.Dir = dir
	out, err := c.CombinedOutput()
	return string(out), err
}
