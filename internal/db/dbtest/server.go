package dbtest

import (
	"fmt"
	"os"
	"testing"

	"mltop/internal/throwaway"
)

// A Server is a throw-away server of a test's.
type Server struct{ *throwaway.Server }

// needServer leaves a test out where servers are not wanted. A server that is
// missing is no reason: it fails the test.
func needServer(t testing.TB) {
	t.Helper()
	if os.Getenv("MLTOP_TEST_SERVERS") == "none" {
		t.Skip("left out: MLTOP_TEST_SERVERS=none")
	}
}

// NeedServers is for tests that start servers by other means.
func NeedServers(t testing.TB) {
	t.Helper()
	needServer(t)
}

// named says how to go on without a server that is not here.
func named(s *throwaway.Server, err error) (*Server, error) {
	if err != nil {
		return nil, fmt.Errorf("%w (MLTOP_TEST_SERVERS=none leaves the tests on servers out)", err)
	}
	return &Server{s}, nil
}
