package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"mltop/internal/db/dbtest"
)

// TestServerVerbs runs every verb against throw-away servers: $PG and $MARIA
// lead to databases with an application's schema, each script to its own.
func TestServerVerbs(t *testing.T) {
	pg, maria := dbtest.Postgres(t), dbtest.MariaDB(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/servers",
		Setup: func(e *testscript.Env) error {
			maria := maria
			if strings.HasSuffix(e.WorkDir, "source_mariadb") || strings.HasSuffix(e.WorkDir, "loop_mariadb") { // it changes what all databases share
				maria = dbtest.NewMariaDB(t, dbtest.MariaDBOptions{})
			}
			pgURL, name := pg.PostgresDatabase(t), maria.MariaDBDatabase(t)
			shop, shop2 := dbtest.OpenPostgres(t, pgURL), maria.OpenMariaDB(t, name)
			for _, ddl := range strings.Split(dbtest.PostgresOrdersDDL, ";\n") {
				if strings.TrimSpace(ddl) != "" {
					dbtest.Exec(t, shop, ddl)
				}
			}
			dbtest.FillPostgresOrders(t, shop, 20_000)
			dbtest.FillOrdersMariaDB(t, shop2, 20_000)
			if err := errors.Join(shop.Close(), shop2.Close()); err != nil { // a server has few connections
				return err
			}
			for k, v := range map[string]string{
				"PG": pgURL, "MARIA": maria.MariaDBURL(name),
				"PG_LOW": strings.Replace(pgURL, "//postgres@", "//mltop_low@", 1), "MARIA_LOW": strings.Replace(maria.MariaDBURL(name), "//root@", "//mltop_low@", 1),
				"HOME": e.WorkDir, "XDG_STATE_HOME": "", "XDG_CONFIG_HOME": "", "TZ": "UTC",
			} {
				e.Setenv(k, v)
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"json": checkJSON, "exits": exits, "within": within, "plain": plain, "app": application, "applies": applies, "keep": keeps,
		},
		RequireUniqueNames: true,
	})
}

// keeps holds a session of an application's open to the end of the script.
func keeps(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || neg {
		ts.Fatalf("usage: keep URL")
	}
	d, err := sql.Open(driverOf(args[0]))
	ts.Check(err)
	ts.Check(d.Ping())
	ts.Defer(func() { _ = d.Close() })
}

// driverOf is how an application opens a target.
func driverOf(target string) (driver, dsn string) {
	if u, err := url.Parse(target); err == nil && u.Scheme == "mariadb" {
		return "mysql", u.User.Username() + "@unix(" + u.Query().Get("socket") + ")" + u.Path
	}
	return "pgx", target
}

// application runs statements as an application of a server's would: app $PG 'SELECT …'.
func application(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || neg {
		ts.Fatalf("usage: app URL SQL…")
	}
	d, err := sql.Open(driverOf(args[0]))
	ts.Check(err)
	defer d.Close()
	for _, text := range args[1:] {
		rows, err := d.Query(text)
		ts.Check(err)
		for rows.Next() {
		}
		ts.Check(errors.Join(rows.Err(), rows.Close()))
	}
}

// applies applies one advice, found by its title: applies $PG 'Have the …'.
func applies(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 || neg {
		ts.Fatalf("usage: applies TARGET TITLE")
	}
	ts.Check(ts.Exec("mltop", "advise", args[0], "-d", "2s", "-o", "json"))
	var doc struct {
		Recommendations []struct{ ID, Title string }
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &doc))
	for _, r := range doc.Recommendations {
		if r.Title == args[1] {
			ts.Check(ts.Exec("mltop", "apply", args[0], r.ID, "--yes"))
			return
		}
	}
	ts.Fatalf("no advice is called %q: %+v", args[1], doc.Recommendations)
}

// secret is a password with signs that mean something in an address.
const secret = "s3:cr/e@t#?%25&x"

// A guarded server asks for the password secret.
type guarded struct {
	name, url string // without a password
	variable  string // that its own clients read
	home      func(t *testing.T, home string)
}

func guardedServers(t *testing.T) []guarded {
	t.Helper()
	pg := dbtest.NewPostgres(t, dbtest.PostgresOptions{TCP: true, Password: secret})
	maria := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{TCP: true, Password: secret})
	dbtest.Exec(t, maria.OpenMariaDB(t, ""), "CREATE DATABASE shop")
	escaped := strings.NewReplacer(`\`, `\\`, ":", `\:`).Replace(secret)
	return []guarded{
		{"PostgreSQL", fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres", pg.Port), "PGPASSWORD", func(t *testing.T, home string) {
			put(t, filepath.Join(home, ".pgpass"), "127.0.0.1:"+strconv.Itoa(pg.Port)+":*:postgres:"+escaped+"\n")
		}},
		{"MariaDB", fmt.Sprintf("mariadb://root@127.0.0.1:%d/shop", maria.Port), "MLTOP_PASSWORD", func(t *testing.T, home string) {
			put(t, filepath.Join(home, ".my.cnf"), "[client]\npassword = \""+secret+"\"\n")
		}},
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// with is the address with a password in it.
func (g guarded) with(password string) string {
	u, err := url.Parse(g.url)
	if err != nil {
		panic(err)
	}
	u.User = url.UserPassword(u.User.Username(), password)
	return u.String()
}

// mltopIn is a command of mltop's whose home is a folder of the test's.
func mltopIn(home string, env []string, args ...string) *exec.Cmd {
	c := exec.Command("mltop", args...)
	c.Env = append(os.Environ(), "HOME="+home, "XDG_STATE_HOME=", "XDG_CONFIG_HOME=", "PGPASSFILE="+filepath.Join(home, ".pgpass"), "PGPASSWORD=", "MLTOP_PASSWORD=")
	c.Env = append(c.Env, env...)
	return c
}

func TestPasswordsOfServers(t *testing.T) {
	for _, g := range guardedServers(t) {
		t.Run(g.name, func(t *testing.T) {
			t.Run("come from many places", func(t *testing.T) { comesFromManyPlaces(t, g) })
			t.Run("are in no process's command line or environment", func(t *testing.T) { isNotInTheProcessList(t, g) })
			t.Run("are asked of the person at the terminal", func(t *testing.T) { isAskedFor(t, g) })
		})
	}
}

func comesFromManyPlaces(t *testing.T, g guarded) {
	file := filepath.Join(t.TempDir(), "password")
	put(t, file, secret+"\r\nanother line\n")
	empty := filepath.Join(t.TempDir(), "empty")
	put(t, empty, "\n")
	for _, row := range []struct {
		name  string
		url   string
		env   []string
		args  []string
		files bool
		want  string // in the error; "": it attaches
	}{
		{name: "in the address", url: g.with(secret)},
		{name: "in a file that is named", url: g.url, args: []string{"--password-file", file}},
		{name: "in the server's own variable", url: g.url, env: []string{g.variable + "=" + secret}},
		{name: "in mltop's variable", url: g.url, env: []string{"MLTOP_PASSWORD=" + secret}},
		{name: "in the client's own file", url: g.url, files: true},
		{name: "a wrong one", url: g.with("wrong" + secret), want: "password"},
		{name: "a wrong one in a variable", url: g.url, env: []string{"MLTOP_PASSWORD=wrong" + secret}, want: "password"},
		{name: "none", url: g.url, want: "password"},
		{name: "a file that is not there", url: g.url, args: []string{"--password-file", file + "x"}, want: "no such file"},
		{name: "an empty file", url: g.url, args: []string{"--password-file", empty}, want: "is empty"},
		{name: "an address that cannot be read", url: strings.Replace(g.url, "@", ":"+secret+"@", 1), want: "address"},
	} {
		t.Run(row.name, func(t *testing.T) {
			home := t.TempDir()
			if row.files {
				g.home(t, home)
			}
			out, err := mltopIn(home, row.env, append([]string{"snapshot", row.url, "--interval", "100ms", "-o", "json"}, row.args...)...).CombinedOutput()
			text := string(out)
			if got := err == nil; got != (row.want == "") {
				t.Fatalf("attached: got %v, want %v:\n%s", got, row.want == "", text)
			}
			if !strings.Contains(text, row.want) {
				t.Errorf("got %s, want %q in it", text, row.want)
			}
			if shows(text) {
				t.Errorf("the password is printed:\n%s", text)
			}
			noFileHolds(t, home, row.files)
		})
	}
}

// shows reports that a text holds the password, as it is or written for an
// address.
func shows(text string) bool {
	return strings.Contains(text, secret) || strings.Contains(text, "cr/e") || strings.Contains(text, url.QueryEscape(secret)) ||
		strings.Contains(text, url.UserPassword("", secret).String()[1:])
}

// noFileHolds looks through all that mltop wrote.
func noFileHolds(t *testing.T, dir string, but bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || but && filepath.Dir(path) == dir {
			return err
		}
		text, err := os.ReadFile(path)
		if shows(string(text)) {
			t.Errorf("%s holds the password", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func isNotInTheProcessList(t *testing.T, g guarded) {
	for _, row := range []struct {
		name, url string
		env       []string
	}{
		{"of the address", g.with(secret), nil},
		{"of the environment", g.url, []string{g.variable + "=" + secret}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := mltopIn(t.TempDir(), row.env, "snapshot", row.url, "--interval", "100ms", "--count", "1000000", "-o", "json")
			out, err := c.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Process.Kill(); _ = c.Wait() }()
			if _, err := out.Read(make([]byte, 1)); err != nil {
				t.Fatalf("it never printed anything: %v", err)
			}
			for _, name := range []string{"cmdline", "environ"} {
				text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", c.Process.Pid, name))
				if err != nil {
					t.Fatal(err)
				}
				if shows(string(text)) || !bytes.Contains(text, []byte("\x00")) {
					t.Errorf("/proc/PID/%s: got %q", name, text)
				}
			}
		})
	}
}

func isAskedFor(t *testing.T, g guarded) {
	for _, row := range []struct {
		name    string
		answers []string
		want    int
		asked   int
	}{
		{"until it is right", []string{"wrong", secret}, exitOK, 2},
		{"three times at most", []string{"a", "b", "c", secret}, exitAttach, 3},
	} {
		t.Run(row.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			asked := 0
			w := newWorld()
			home := t.TempDir()
			w.getenv = func(name string) string { return map[string]string{"HOME": home}[name] }
			w.out, w.err, w.terminal = &out, &errs, func() bool { return false }
			w.password = func(_ context.Context, prompt string) (string, error) {
				asked++
				if !strings.Contains(prompt, g.url) {
					t.Errorf("the prompt: got %q, want %s in it", prompt, g.url)
				}
				return row.answers[asked-1], nil
			}
			if got := run(context.Background(), w, []string{"snapshot", g.url, "--interval", "100ms"}); got != row.want || asked != row.asked {
				t.Errorf("got exit code %d after %d questions, want %d after %d: %s", got, asked, row.want, row.asked, errs.String())
			}
		})
	}
}

func TestAddressesAreShownWithoutSecrets(t *testing.T) {
	for _, row := range []struct{ name, address, want string }{
		{"nothing to hide", "postgres://joe@h:5432/shop?sslmode=disable", "postgres://joe@h:5432/shop?sslmode=disable"},
		{"a password", "postgres://joe:pw@h/shop", "postgres://joe@h/shop"},
		{"a password with signs, escaped", "mysql://joe:p%40w%2F@h/shop?socket=/tmp/s", "mysql://joe@h/shop?socket=/tmp/s"},
		{"a password with @, not escaped", "mysql://joe:p@w@h/shop", "mysql://joe@h/shop"},
		{"a password with /, not escaped", "postgres://joe:p/w@h/shop", "postgres://joe@h/shop"},
		{"a number and a / at the start of a password", "postgres://joe:1/w@h/shop", "postgres://joe@h/shop"},
		{"a password with #, not escaped", "postgres://joe:p#w@h/shop", "postgres://joe@h/shop"},
		{"a password with ?, not escaped", "postgres://joe:1?w@h/shop", "postgres://joe@h/shop"},
		{"a password among the options", "postgres:///shop?host=/tmp&password=pw&sslpassword=x&port=1", "postgres:///shop?host=/tmp&port=1"},
		{"a password as the only option", "postgres:///shop?password=pw", "postgres:///shop"},
		{"an empty password", "mysql://joe:@h/shop", "mysql://joe@h/shop"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := withoutPassword(row.address); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

func TestAServerElsewhereIsProduction(t *testing.T) {
	for _, row := range []struct {
		address string
		want    bool
	}{
		{"postgres://joe@127.0.0.1/shop", false}, {"postgres://joe@[::1]:5432/shop", false}, {"postgres:///shop?host=/run/postgresql", false},
		{"mysql://joe@localhost/shop", false}, {"mysql:///shop", false}, {"mysql://db/shop?socket=/tmp/s", false},
		{"postgres://joe@db.example.com/shop", true}, {"postgres://joe@127.0.0.1,10.0.0.1/shop", true}, {"mariadb://10.1.2.3:3306/shop", true},
		{"postgres:///shop?host=db.example.com", true},
	} {
		target, err := parseTarget(row.address)
		if err != nil || target.remote != row.want {
			t.Errorf("%s: got elsewhere %v, %v, want %v", row.address, target.remote, err, row.want)
		}
	}
}

// Somebody who guesses a server that is not there waits for no long time.
func TestWhatCannotBeAttachedTo(t *testing.T) {
	pg, maria := dbtest.Postgres(t), dbtest.MariaDB(t)
	gone := maria.MariaDBDatabase(t)
	for _, row := range []struct {
		name, url string
		want      []string
	}{
		{"no PostgreSQL listens", "postgres://joe@127.0.0.1:1/shop", []string{"127.0.0.1:1", "refused"}},
		{"no MariaDB listens", "mysql://joe@127.0.0.1:1/shop", []string{"127.0.0.1:1", "refused"}},
		{"no socket", "mysql:///shop?socket=" + t.TempDir() + "/none", []string{"none", "no such file"}},
		{"no such database in PostgreSQL", pg.PostgresURL("none_such"), []string{"no such database"}},
		{"no such database in MariaDB", maria.MariaDBURL(gone + "x"), []string{"no such database"}},
		{"no database named", maria.MariaDBURL(""), []string{"names no database", gone}},
		{"an option that nobody knows", "mysql://h/shop?colour=red", []string{"colour"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			start := time.Now()
			out, err := mltopIn(t.TempDir(), nil, "snapshot", row.url).CombinedOutput()
			if code := exitCode(err); code != exitAttach {
				t.Errorf("exit code: got %d, want %d", code, exitAttach)
			}
			for _, want := range row.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("got %s after %v, want %q in it", out, time.Since(start), want)
				}
			}
		})
	}
}

func exitCode(err error) int {
	var e *exec.ExitError
	if errors.As(err, &e) {
		return e.ExitCode()
	}
	return 0
}
