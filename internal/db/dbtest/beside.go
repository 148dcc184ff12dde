package dbtest

import (
	"testing"

	"mltop/internal/throwaway"
)

// PgBouncerOptions say how a throw-away pooler differs from the usual one.
type PgBouncerOptions = throwaway.PgBouncerOptions

// NewPgBouncer is a pooler in transaction mode in front of a PostgreSQL.
func NewPgBouncer(t testing.TB, behind *Server, o PgBouncerOptions) *Server {
	t.Helper()
	needServer(t)
	return stopped(t, "PgBouncer")(named(throwaway.PgBouncer(behind.Server, o)))
}

// NewStandby is a replica of a PostgreSQL.
func NewStandby(t testing.TB, primary *Server, o PostgresOptions) *Server {
	t.Helper()
	needServer(t)
	return stopped(t, "the standby")(named(throwaway.Standby(primary.Server, o)))
}

// stopped fails a test that could not have its server, and stops one behind
// the test.
func stopped(t testing.TB, name string) func(*Server, error) *Server {
	return func(s *Server, err error) *Server {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Stop(); err != nil {
				t.Errorf("stop %s: %v", name, err)
			}
		})
		return s
	}
}
