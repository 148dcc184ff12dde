package sqlite

import (
	"os"
	"testing"
)

// TestMain lets the test's own binary be the child that reads raw bytes.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "__counters" {
		if err := ServeCounters(os.Stdin, os.Stdout, os.Args[2]); err != nil {
			os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		return
	}
	if spec := os.Getenv(killEnv); spec != "" {
		applyAndDie(spec)
		return
	}
	if path := os.Getenv(writerEnv); path != "" {
		dieWriting(path)
	}
	if path := os.Getenv(mockEnv); path != "" {
		writeAsMockLoop(path)
		return
	}
	if path := os.Getenv(deniedEnv); path != "" {
		openAsNobody(path)
		return
	}
	os.Exit(m.Run())
}
