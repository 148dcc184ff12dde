package ui

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"

	"mltop/collectors"
)

// brokenBackend is a backend with a bug.
type brokenBackend struct{ *fake }

func (brokenBackend) Next(context.Context) (collectors.Sample, error) { panic("a bug in a source") }

// written is what went to the terminal.
type written struct {
	mu sync.Mutex
	bytes.Buffer
}

func (w *written) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Buffer.Write(b)
}

func TestAPanicGivesTheTerminalBackAndIsAnError(t *testing.T) {
	f := newFake()
	in, typing := io.Pipe()
	defer typing.Close()
	var out written
	_, err := Run(context.Background(), New(brokenBackend{f}, Target{Name: "shop"}, Options{Theme: ThemeDark}), in, &out)
	if err == nil {
		t.Error("got no error")
	}
	out.mu.Lock()
	defer out.mu.Unlock()
	text := out.String()
	for name, want := range map[string]string{"the alternate screen is left": "\x1b[?1049l", "the cursor is shown": "\x1b[?25h"} {
		if strings.LastIndex(text, want) < strings.LastIndex(text, "\x1b[?1049h") {
			t.Errorf("%s: got %q, want %q at its end", name, text[max(0, len(text)-80):], want)
		}
	}
}
