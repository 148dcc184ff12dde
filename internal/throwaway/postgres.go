package throwaway

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // asks whether the server is there
)

// PostgresOptions say how a throw-away PostgreSQL differs from the usual one.
type PostgresOptions struct {
	Extensions bool              // pg_stat_statements and hypopg must be there; else they are where they can be
	Durable    bool              // a commit is on disk, as in production; else it is not waited for
	TCP        bool              // it listens on a free port of 127.0.0.1 too
	Password   string            // of the administrator; "": everybody is trusted
	Settings   map[string]string // lines of postgresql.conf; $DIR is the server's folder
	Files      map[string]string // that lie in its folder, by name
	Ahead      time.Duration     // of its clock before ours; needs libfaketime
}

// Postgres starts one.
func Postgres(o PostgresOptions) (*Server, error) {
	s := &Server{Password: o.Password}
	if o.TCP {
		var err error
		if s.Port, err = freePort(); err != nil {
			return nil, err
		}
	}
	s, err := start(postgresProgram(o), s)
	if err != nil {
		return nil, err
	}
	if err := s.extend(o.Extensions); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func postgresProgram(o PostgresOptions) program {
	return program{
		name: "PostgreSQL", pkg: "postgresql-15 postgresql-15-hypopg", paths: postgresPaths(),
		users: []string{"postgres", "nobody"}, stop: "QUIT",
		files: o.Files, ahead: o.Ahead,
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

// postgresCommand is a server that need not survive a power failure, unless it
// is to, and does nothing of its own accord.
func postgresCommand(s *Server, o PostgresOptions) []string {
	listen := ""
	if s.Port != 0 {
		listen = "127.0.0.1"
	}
	argv := []string{s.binary, "-D", filepath.Join(s.Dir, "data"), "-k", s.Socket, "-c", "listen_addresses=" + listen}
	if !o.Durable {
		argv = append(argv, "-F")
	}
	if s.Port != 0 {
		argv = append(argv, "-p", strconv.Itoa(s.Port))
	}
	settings := map[string]string{"shared_preload_libraries": "pg_stat_statements", "autovacuum": "off", "max_connections": "60"}
	for name, value := range o.Settings {
		settings[name] = value
	}
	for name, value := range settings {
		argv = append(argv, "-c", name+"="+s.inDir(value))
	}
	return argv
}

func postgresReady(s *Server) error {
	d, err := sql.Open("pgx", s.PostgresURL("template1"))
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Ping()
}

// extend makes extensions part of every database to come. One that the
// machine lacks is an error only when the server was to have it.
func (s *Server) extend(needed bool) error {
	d, err := sql.Open("pgx", s.PostgresURL("template1"))
	if err != nil {
		return err
	}
	defer d.Close()
	for _, name := range []string{"pg_stat_statements", "hypopg"} {
		if _, err := d.Exec("CREATE EXTENSION IF NOT EXISTS " + name); err != nil && needed {
			return fmt.Errorf("make the extension %s (apt-get install %s): %w", name, s.of.pkg, err)
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
