package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"testing"
)

// TestMain lets the test binary be the server and the client, as mltop is.
func TestMain(m *testing.M) {
	switch os.Getenv("MLTOP_DEMO_ROLE") {
	case "server":
		os.Exit(roleResult(Serve(context.Background(), ServeOptions{
			Engine: Engine(os.Getenv("MLTOP_DEMO_ENGINE")), Seed: 1, Dir: os.Getenv("MLTOP_DEMO_DIR"), Stdin: os.Stdin, Stdout: os.Stdout,
		})))
	case "parent":
		s, err := StartServer(context.Background(), as("server"), nil)
		if err != nil {
			os.Exit(roleResult(err))
		}
		_ = json.NewEncoder(os.Stdout).Encode(s.Ready)
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(roleResult(s.Stop()))
	case "client":
		views, _ := strconv.ParseFloat(os.Getenv("MLTOP_DEMO_VIEWS"), 64)
		os.Exit(roleResult(Client(context.Background(), ClientOptions{
			Address: os.Getenv("MLTOP_DEMO_ADDRESS"), Seed: 1, ViewsPerSecond: views, Stdin: os.Stdin, Stdout: os.Stdout,
		})))
	}
	os.Exit(m.Run())
}

func roleResult(err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// as is the command line of the test binary in a role.
func as(role string, env ...string) []string {
	return append(append([]string{"/usr/bin/env", "MLTOP_DEMO_ROLE=" + role}, env...), os.Args[0])
}
