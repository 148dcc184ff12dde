package dbtest

import (
	"database/sql"
	"fmt"
	"mltop/internal/throwaway"
	"os"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that the tests' applications use
)

// PostgresOptions say how a throw-away PostgreSQL differs from the usual one.
type PostgresOptions = throwaway.PostgresOptions

func startPostgres(o PostgresOptions) (*Server, error) {
	o.Extensions = true
	return named(throwaway.Postgres(o))
}

// Postgres is the PostgreSQL that all tests of a package share. It has HypoPG
// and pg_stat_statements in every new database.
func Postgres(t testing.TB) *Server {
	t.Helper()
	needServer(t)
	s, err := sharedPostgres()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var sharedPostgres = sync.OnceValues(func() (*Server, error) { return startPostgres(PostgresOptions{}) })

// NewPostgres is a PostgreSQL of the test's own: it may be killed.
func NewPostgres(t testing.TB, o PostgresOptions) *Server {
	t.Helper()
	needServer(t)
	return stopped(t, "PostgreSQL")(startPostgres(o))
}

// PostgresDatabase makes a database that is gone behind the test, and answers
// its URL.
func (s *Server) PostgresDatabase(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), time.Now().UnixNano())
	admin := OpenPostgres(t, s.PostgresURL("postgres"))
	Exec(t, admin, "CREATE DATABASE "+name)
	t.Cleanup(func() {
		d, err := sql.Open("pgx", s.PostgresURL("postgres"))
		if err == nil {
			_, err = d.Exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)")
			d.Close()
		}
		if err != nil {
			t.Errorf("drop %s: %v", name, err)
		}
	})
	return s.PostgresURL(name)
}

// OpenPostgres is one connection of an application.
func OpenPostgres(t testing.TB, url string) *sql.DB {
	t.Helper()
	d, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	d.SetMaxOpenConns(1) // SET stays with the connection
	t.Cleanup(func() { d.Close() })
	return d
}
