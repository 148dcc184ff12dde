package dbtest

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that the tests' applications use
)

// PostgresOptions say how a throw-away PostgreSQL differs from the usual one.
type PostgresOptions struct {
	TCP      bool              // it listens on a free port of 127.0.0.1 too
	Password string            // of the administrator; "": everybody is trusted
	Settings map[string]string // lines of postgresql.conf
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
	s, err := startPostgres(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("stop PostgreSQL: %v", err)
		}
	})
	return s
}

func startPostgres(o PostgresOptions) (*Server, error) {
	s := &Server{Password: o.Password}
	if o.TCP {
		var err error
		if s.Port, err = freePort(); err != nil {
			return nil, err
		}
	}
	return start(postgresProgram(o), s)
}

func postgresProgram(o PostgresOptions) program {
	return program{
		name: "PostgreSQL", pkg: "postgresql-15 postgresql-15-hypopg", paths: postgresPaths(),
		users: []string{"postgres", "nobody"}, stop: "QUIT",
		prepare: initdb,
		serve:   func(s *Server) []string { return postgresCommand(s, o) },
		ready:   postgresReady,
	}
}

// postgresPaths: Debian keeps servers off PATH, a folder for each version.
func postgresPaths() []string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres") // the pattern is well formed
	slices.SortFunc(found, func(a, b string) int { return postgresMajor(b) - postgresMajor(a) })
	return append(found, "postgres")
}

func postgresMajor(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

func initdb(s *Server) []string {
	s.Socket = s.Dir
	argv := []string{filepath.Join(filepath.Dir(s.binary), "initdb"), "-D", filepath.Join(s.Dir, "data"), "-U", "postgres", "-N", "--no-locale", "-E", "UTF8"}
	if s.Password == "" {
		return append(argv, "--auth=trust")
	}
	return []string{"/bin/sh", "-c", `printf %s "$1" >password; shift; exec "$@" --auth=scram-sha-256 --pwfile=password`, "initdb", s.Password, argv[0], argv[1], argv[2], argv[3], argv[4], argv[5], argv[6], argv[7], argv[8]}
}

// postgresCommand is a server that need not survive a power failure, and does
// nothing of its own accord.
func postgresCommand(s *Server, o PostgresOptions) []string {
	listen := ""
	if s.Port != 0 {
		listen = "127.0.0.1"
	}
	argv := []string{s.binary, "-D", filepath.Join(s.Dir, "data"), "-k", s.Socket, "-F", "-c", "listen_addresses=" + listen}
	if s.Port != 0 {
		argv = append(argv, "-p", strconv.Itoa(s.Port))
	}
	settings := map[string]string{"shared_preload_libraries": "pg_stat_statements", "autovacuum": "off", "max_connections": "60"}
	for name, value := range o.Settings {
		settings[name] = value
	}
	for name, value := range settings {
		argv = append(argv, "-c", name+"="+value)
	}
	return argv
}

// postgresReady makes the extensions part of every database to come.
func postgresReady(s *Server) error {
	d, err := sql.Open("pgx", s.PostgresURL("template1"))
	if err != nil {
		return err
	}
	defer d.Close()
	for _, name := range []string{"pg_stat_statements", "hypopg"} {
		if _, err := d.Exec("CREATE EXTENSION IF NOT EXISTS " + name); err != nil {
			return err
		}
	}
	return nil
}

// PostgresURL leads to a database on the server's socket, as its administrator.
func (s *Server) PostgresURL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User("postgres"), Host: "", Path: "/" + database}
	if s.Password != "" {
		u.User = url.UserPassword("postgres", s.Password)
	}
	q := url.Values{"host": {s.Socket}}
	if s.Port != 0 {
		q.Set("port", strconv.Itoa(s.Port))
	}
	u.RawQuery = q.Encode()
	return u.String()
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
