package throwaway

import (
	"path/filepath"
	"strconv"
)

// Standby starts a replica of a throw-away PostgreSQL that trusts everybody:
// it follows by streaming, and can be read.
func Standby(primary *Server, o PostgresOptions) (*Server, error) {
	p := postgresProgram(o)
	p.prepare = func(s *Server) []string { return baseBackup(s, primary) }
	return start(p, &Server{})
}

// baseBackup copies the primary's data; -R writes down whom to follow.
func baseBackup(s, primary *Server) []string {
	s.Socket = s.Dir
	argv := []string{filepath.Join(filepath.Dir(s.binary), "pg_basebackup"), "-D", filepath.Join(s.Dir, "data"), "-h", primary.Socket,
		"-U", "postgres", "-R", "-X", "stream", "-c", "fast", "--no-sync"}
	if primary.Port != 0 {
		argv = append(argv, "-p", strconv.Itoa(primary.Port))
	}
	return argv
}
