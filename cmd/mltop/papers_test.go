package main

import (
	"flag"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"mltop/ui"
)

var update = flag.Bool("update", false, "write the README's table of keys anew")

const keysBegin, keysEnd = "<!-- keys: made by the bindings that dispatch; `make golden` writes it anew -->\n", "<!-- /keys -->"

func TestTheREADMENamesEveryKey(t *testing.T) {
	path := "../../README.md"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok1 := strings.Cut(string(text), keysBegin)
	_, tail, ok2 := strings.Cut(rest, keysEnd)
	if !ok1 || !ok2 {
		t.Fatal("the README has lost the marks around its table of keys")
	}
	want := head + keysBegin + ui.KeyTable() + keysEnd + tail
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != want {
		t.Error("the README's table of keys is stale: make golden")
	}
}

func TestTheTestsThatCONTRIBUTINGNamesExist(t *testing.T) {
	text, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`(Test[A-Za-z0-9]+|Fuzz[A-Za-z0-9]+)`").FindAllStringSubmatch(string(text), -1)
	if len(names) < 17 {
		t.Errorf("%d tests are named, fewer than there are points", len(names))
	}
	for _, m := range names {
		out, err := exec.Command("grep", "-rlE", "--include=*_test.go", "^func "+m[1]+`\(`, "../..").Output()
		if err != nil || len(out) == 0 {
			t.Errorf("there is no test %s", m[1])
		}
	}
}

func TestHelpNamesEveryVerb(t *testing.T) {
	root := newRoot(newWorld())
	for _, verb := range strings.Fields("demo snapshot why explain advise apply undo journal doctor forget bench version") {
		if c, _, err := root.Find([]string{verb}); err != nil || c.Name() != verb || c.Short == "" {
			t.Errorf("%s: not a verb with a line of help (%v)", verb, err)
		}
	}
}
