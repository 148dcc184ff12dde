package mysql

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

func TestATargetIsReadFromItsAddress(t *testing.T) {
	for name, c := range map[string]struct{ dsn, want, network, addr string }{
		"a host alone":       {"mysql://ann@db.example.com/app", "ann@db.example.com:3306/app", "tcp", "db.example.com:3306"},
		"a socket":           {"mariadb:///app?socket=/run/x.sock", "/run/x.sock/app", "unix", "/run/x.sock"},
		"IPv6 and a port":    {"mysql://ann:s%40cret@[::1]:3307/app", "ann@[::1]:3307/app", "tcp", "[::1]:3307"},
		"TLS without a name": {"mysql://h/app?ssl-mode=VERIFY_CA", "h:3306/app", "tcp", "h:3306"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseTarget(c.dsn)
			if err != nil {
				t.Fatal(err)
			}
			network, addr := got.address()
			if got.String() != c.want || network != c.network || addr != c.addr {
				t.Errorf("got %s by %s %s, want %s by %s %s", got, network, addr, c.want, c.network, c.addr)
			}
		})
	}
}

func TestAConnectionBeyondThisMachineIsVerified(t *testing.T) {
	for dsn, want := range map[string]tlsMode{
		"mysql://db.example.com/app":                     tlsVerify,
		"mysql://10.0.0.1/app":                           tlsVerify,
		"mysql://127.0.0.1/app":                          tlsDisabled,
		"mysql://localhost/app":                          tlsDisabled,
		"mysql:///app?socket=/s":                         tlsDisabled,
		"mysql://db.example.com/app?ssl-mode=required":   tlsRequired,
		"mysql://localhost/app?ssl-mode=verify_identity": tlsVerify,
		"mysql://db.example.com/app?tls=false":           tlsDisabled,
	} {
		target, err := parseTarget(dsn)
		if err != nil || target.mode() != want {
			t.Errorf("%s: got %q, %v; want %q", dsn, target.mode(), err, want)
		}
	}
	c, plain, err := tlsConfig(target{host: "db.example.com"})
	if err != nil || c == nil || c.InsecureSkipVerify || c.ServerName != "db.example.com" || plain {
		t.Errorf("got %+v, %v, %v", c, plain, err)
	}
}

func TestTheOptionFileFillsWhatTheAddressLeavesOpen(t *testing.T) {
	options, err := parseOptionFile(strings.NewReader("[mysqld]\npassword=no\n[client]\n# words\nuser = ann\npassword = \"p#\\\\w\"\nport=3307\n[mysqldump]\nuser=no\n[mltop]\nhost=h # where\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, dsn, user, password, addr string }{
		{"nothing is said", "mysql:///app", "ann", `p#\w`, "h:3307"},
		{"another user has another password", "mysql://bob@/app", "bob", "", "h:3307"},
		{"the address wins", "mysql://ann:x@k/app", "ann", "x", "k:3306"},
	} {
		target, err := parseTarget(c.dsn)
		if err == nil {
			err = target.fill(options)
		}
		if _, addr := target.address(); err != nil || target.user != c.user || target.password != c.password || addr != c.addr {
			t.Errorf("%s: got %s, password %q, %v", c.name, target, target.password, err)
		}
	}
}

func TestAVersionTellsTheFlavour(t *testing.T) {
	for text, want := range map[string]string{
		"10.11.6-MariaDB-0+deb12u1":      "MariaDB 10.11",
		"5.5.5-10.6.12-MariaDB-log":      "MariaDB 10.6",
		"11.4.2-MariaDB":                 "MariaDB 11.4",
		"8.0.36":                         "MySQL 8.0",
		"8.4.0-commercial":               "MySQL 8.4",
		"9.1.0":                          "MySQL 9.1",
		"8.0.mysql_aurora.3.05.2":        "Aurora MySQL 8.0",
		"8.0.36-28 Percona Server (GPL)": "Percona Server 8.0",
	} {
		f, ok := parseVersion(text, "")
		if got := f.label() + " " + strconv.Itoa(f.Major) + "." + strconv.Itoa(f.Minor); !ok || got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	if _, ok := parseVersion("TiDB without numbers", ""); ok {
		t.Error("a text without a version was taken for one")
	}
}

func TestNoErrorHoldsThePassword(t *testing.T) {
	s := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{Password: "open sesame", TCP: true, Settings: map[string]string{"max-connections": "10"}})
	const wrong = "xyzzy9999"
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(dead.Addr().(*net.TCPAddr).Port)
	dead.Close()
	at := "127.0.0.1:" + strconv.Itoa(s.Port)
	for name, c := range map[string]struct {
		dsn  string
		want Problem
	}{
		"the password is wrong":        {"mysql://root:" + wrong + "@" + at + "/mysql", ProblemPassword},
		"nobody listens":               {"mysql://root:" + wrong + "@127.0.0.1:" + port + "/mysql", ProblemUnreachable},
		"there is no such database":    {"mysql://root:open%20sesame@" + at + "/nothing", ProblemNoDatabase},
		"TLS is wanted, but not there": {"mysql://root:" + wrong + "@" + at + "/mysql?ssl-mode=verify-identity", ProblemTLS},
		"the address is malformed":     {"mysql://root:" + wrong + "%zz@" + at + "/mysql", ""},
		"an option is not known":       {"mysql://root:" + wrong + "@" + at + "/mysql?allowAllFiles=1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(t.Context(), c.dsn, Options{Home: t.TempDir()})
			if err == nil {
				t.Fatal("attached")
			}
			if strings.Contains(err.Error(), wrong) || strings.Contains(err.Error(), "sesame") {
				t.Errorf("the password is in %q", err)
			}
			var e *ServerError
			if c.want != "" && (!errors.As(err, &e) || e.Problem != c.want || e.Do == "") {
				t.Errorf("got %v, want the problem %q and what to do", err, c.want)
			}
		})
	}
	t.Run("a file holds the right one", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "pw")
		if err := os.WriteFile(file, []byte("open sesame\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		e, err := Open(t.Context(), "mysql://root@"+at+"/mysql", Options{Home: t.TempDir(), PasswordFile: file})
		if err != nil {
			t.Fatal(err)
		}
		e.Close()
	})
	t.Run("there is no connection left", func(t *testing.T) { fullNamesTheWayIn(t, s) })
}

// fullNamesTheWayIn: s allows ten connections.
func fullNamesTheWayIn(t *testing.T, s *dbtest.Server) {
	admin := s.OpenMariaDB(t, "")
	dbtest.Exec(t, admin, "CREATE DATABASE app")
	dbtest.Exec(t, admin, "CREATE USER plain@localhost")
	dbtest.Exec(t, admin, "GRANT ALL ON app.* TO plain@localhost")
	admin.SetMaxOpenConns(0)
	for range 11 { // one more than allowed: the administrator's own
		c, err := admin.Conn(t.Context())
		if err != nil {
			break
		}
		defer c.Close()
	}
	_, err := Open(t.Context(), "mariadb://plain@/app?socket="+s.Socket, Options{Home: t.TempDir()})
	var e *ServerError
	if !errors.As(err, &e) || e.Problem != ProblemFull || !strings.Contains(e.Do, "CONNECTION ADMIN") {
		t.Errorf("got %v", err)
	}
}

func TestItComesBackWhenTheServerWasKilled(t *testing.T) {
	s := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{})
	dbtest.Exec(t, s.OpenMariaDB(t, ""), "CREATE DATABASE app")
	e := open(t, s, "app", Options{})
	before, err := e.ID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Kill(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Stats(t.Context()); err == nil {
		t.Error("a server that is dead answered")
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	st, err := e.Stats(t.Context())
	if err != nil || st.Queries == nil || time.Since(st.Since) > time.Minute {
		t.Errorf("got %+v, %v", st, err)
	}
	if after, _ := e.ID(t.Context()); after != before {
		t.Errorf("got %v, before it was %v", after, before)
	}
	if _, err := e.Select(t.Context(), db.Query{SQL: "DELETE FROM mysql.user"}, 1); err == nil {
		t.Error("the new session could write")
	}
}

func TestTheSessionCanOnlyRead(t *testing.T) {
	e, _ := orders(t, dbtest.MariaDB(t), 20, Options{})
	for _, sql := range []string{"DELETE FROM orders", "DROP TABLE orders", "CREATE TABLE x (a INT)", "INSERT INTO orders SELECT 1"} {
		err := e.read(t.Context(), "test", func(c *conn) error { return c.exec(t.Context(), sql) })
		if err == nil || !strings.Contains(err.Error(), "READ ONLY") {
			t.Errorf("%s: got %v", sql, err)
		}
	}
	for _, sql := range []string{"SELECT 1 INTO OUTFILE '/tmp/mltop-x'", "SELECT id FROM orders FOR UPDATE", "SELECT /*! SLEEP(1) */ 1", "SELECT SLEEP(1)", "SELECT GET_LOCK('a', 1)"} {
		if _, err := e.Select(t.Context(), db.Query{SQL: sql}, 1); err == nil {
			t.Errorf("%s was run", sql)
		}
	}
}

func TestAQueryThatIsCancelledEndsInTheServerToo(t *testing.T) {
	s := dbtest.MariaDB(t)
	e, app := orders(t, s, 20, Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := e.Select(ctx, db.Query{SQL: "SELECT count(*) /* endless */ FROM seq_1_to_1000000 a, seq_1_to_1000000 b"}, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		var n int
		if err := app.QueryRow("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE '/* mltop */ SELECT count(*) /* endless%'").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatal("it still runs")
		}
	}
}
