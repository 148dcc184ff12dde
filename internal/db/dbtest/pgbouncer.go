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
	s, err := named(throwaway.PgBouncer(behind.Server, o))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("stop PgBouncer: %v", err)
		}
	})
	return s
}
