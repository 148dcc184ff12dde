package throwaway

import (
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"strconv"
	"time"

	"github.com/go-sql-driver/mysql"
)

// MariaDBOptions say how a throw-away MariaDB differs from the usual one,
// which is as Debian's package sets it: performance_schema, userstat and the
// slow log are off.
type MariaDBOptions struct {
	Durable           bool   // a commit is on disk, as in production; else it is not waited for
	TCP               bool   // it listens on a free port of 127.0.0.1 too
	Password          string // of the administrator; "": none
	PerformanceSchema bool
	SlowLog           string            // "TABLE" or "FILE": every statement is slow
	Settings          map[string]string // variables, as in my.cnf; $DIR is the server's folder
	Files             map[string]string // that lie in its folder, by name
	Ahead             time.Duration     // of its clock before ours; needs libfaketime
}

// MariaDB starts one.
func MariaDB(o MariaDBOptions) (*Server, error) {
	s := &Server{Password: o.Password}
	if o.TCP {
		var err error
		if s.Port, err = freePort(); err != nil {
			return nil, err
		}
	}
	s, err := start(mariadbProgram(o), s)
	if err != nil || o.Password == "" {
		return s, err
	}
	return s, s.setPassword(o.Password)
}

func mariadbProgram(o MariaDBOptions) program {
	return program{
		name: "MariaDB", pkg: "mariadb-server", paths: []string{"mariadbd", "/usr/sbin/mariadbd", "mysqld", "/usr/sbin/mysqld"},
		users: []string{"mysql", "nobody"}, stop: "TERM",
		files: o.Files, ahead: o.Ahead,
		prepare: installMariaDB,
		serve:   func(s *Server) []string { return mariadbCommand(s, o) },
		ready:   mariadbReady,
	}
}

// installMariaDB: native asynchronous I/O is bounded for all servers of a
// machine together, so that none of these asks for it. Each has a folder for
// temporary tables of its own: a server that starts removes all that it finds
// there, also those of another.
func installMariaDB(s *Server) []string {
	s.Socket = filepath.Join(s.Dir, "s")
	return []string{"mariadb-install-db", "--no-defaults", "--datadir=" + filepath.Join(s.Dir, "data"), "--auth-root-authentication-method=normal",
		"--skip-test-db", "--skip-name-resolve", "--innodb-log-file-size=8M", "--innodb-flush-log-at-trx-commit=0", "--innodb-use-native-aio=0", "--tmpdir=" + s.Dir}
}

// mariadbCommand is a server that need not survive a power failure, unless it
// is to.
func mariadbCommand(s *Server, o MariaDBOptions) []string {
	argv := []string{s.binary, "--no-defaults", "--datadir=" + filepath.Join(s.Dir, "data"), "--socket=" + s.Socket,
		"--pid-file=" + filepath.Join(s.Dir, "pid"), "--tmpdir=" + s.Dir, "--innodb-log-file-size=8M",
		"--innodb-buffer-pool-size=32M", "--innodb-use-native-aio=0", "--skip-name-resolve"}
	if !o.Durable {
		argv = append(argv, "--innodb-flush-log-at-trx-commit=0")
	}
	if s.Port == 0 {
		argv = append(argv, "--skip-networking")
	} else {
		argv = append(argv, "--bind-address=127.0.0.1", "--port="+strconv.Itoa(s.Port))
	}
	if o.PerformanceSchema {
		argv = append(argv, "--performance-schema=ON", "--performance-schema-instrument=wait/lock/metadata/sql/mdl=ON")
	}
	if o.SlowLog != "" {
		argv = append(argv, "--slow-query-log=ON", "--long-query-time=0", "--log-output="+o.SlowLog, "--slow-query-log-file="+filepath.Join(s.Dir, "slow.log"))
	}
	for name, value := range o.Settings {
		argv = append(argv, "--"+name+"="+s.inDir(value))
	}
	return argv
}

// mariadbReady asks without a password too: a server that refuses it is there.
func mariadbReady(s *Server) error {
	d, err := sql.Open("mysql", s.mariadbDSN("", s.Password))
	if err != nil {
		return err
	}
	defer d.Close()
	err = d.Ping()
	var e *mysql.MySQLError
	if errors.As(err, &e) && e.Number == 1045 {
		return nil
	}
	return err
}

func (s *Server) setPassword(password string) error {
	d, err := sql.Open("mysql", s.mariadbDSN("", ""))
	if err != nil {
		return err
	}
	defer d.Close()
	for _, host := range []string{"localhost", "127.0.0.1"} {
		if _, err := d.Exec("CREATE OR REPLACE USER root@'"+host+"' IDENTIFIED BY ?", password); err != nil {
			return err
		}
		if _, err := d.Exec("GRANT ALL ON *.* TO root@'" + host + "' WITH GRANT OPTION"); err != nil {
			return err
		}
	}
	return nil
}

// MariaDBConfig leads to a database on the server's socket, as its
// administrator; the driver logs nothing.
func (s *Server) MariaDBConfig(database string) *mysql.Config {
	return s.mariadbConfig(database, s.Password)
}

func (s *Server) mariadbConfig(database, password string) *mysql.Config {
	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr, c.DBName = "root", password, "unix", s.Socket, database
	c.InterpolateParams = true
	c.Logger = &mysql.NopLogger{}
	return c
}

// mariadbDSN is the same as text.
func (s *Server) mariadbDSN(database, password string) string {
	return s.mariadbConfig(database, password).FormatDSN()
}

// MariaDBURL leads to a database on the server's socket, as its administrator.
func (s *Server) MariaDBURL(database string) string {
	u := url.URL{Scheme: "mariadb", User: url.User("root"), Path: "/" + database, RawQuery: url.Values{"socket": {s.Socket}}.Encode()}
	if s.Password != "" {
		u.User = url.UserPassword("root", s.Password)
	}
	return u.String()
}
