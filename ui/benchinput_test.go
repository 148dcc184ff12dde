package ui

import (
	"context"
	"io"
	"os"
	"testing"
	"time"
)

// A test that is over leaves what is typed next to whoever asks next: --tune
// asks a question after it.
func TestNobodyReadsKeysWhenALoadTestIsOver(t *testing.T) {
	in, keys, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer keys.Close()
	for round := range 100 {
		ctx, cancel := context.WithCancel(t.Context())
		f := runningBench()
		time.AfterFunc(time.Duration(round%10)*time.Millisecond, cancel)
		if err := ShowBench(ctx, f, benchOptions(), in, io.Discard); err != nil {
			t.Fatal(err)
		}
		if _, err := keys.Write([]byte("n")); err != nil {
			t.Fatal(err)
		}
		typed := make(chan byte, 1)
		go func() {
			b := make([]byte, 1)
			in.Read(b) //nolint:errcheck // nothing read is not what was typed
			typed <- b[0]
		}()
		select {
		case got := <-typed:
			if got != 'n' {
				t.Fatalf("round %d: read %q after the test, want n", round+1, got)
			}
		case <-time.After(time.Minute):
			t.Fatalf("round %d: somebody else has read what was typed after the test", round+1)
		}
	}
}
