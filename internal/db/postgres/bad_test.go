package postgres

import (
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
)

func TestPasswordsComeFromManyPlacesAndAreNeverShown(t *testing.T) {
	t.Setenv("PGPASSWORD", "")
	t.Setenv("HOME", t.TempDir())
	s := dbtest.NewPostgres(t, dbtest.PostgresOptions{TCP: true, Password: "open sesame"})
	with := func(password string) string {
		u := url.URL{Scheme: "postgres", User: url.User("postgres"), Host: "127.0.0.1:" + strconv.Itoa(s.Port), Path: "/postgres"}
		if password != "" {
			u.User = url.UserPassword("postgres", password)
		}
		return u.String()
	}
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("open sesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]func() (*Engine, error){
		"in the target": func() (*Engine, error) { return Open(t.Context(), with("open sesame"), Options{}) },
		"by option":     func() (*Engine, error) { return Open(t.Context(), with(""), Options{Password: "open sesame"}) },
		"from a file":   func() (*Engine, error) { return Open(t.Context(), with(""), Options{PasswordFile: file}) },
		"from MLTOP_PASSWORD": func() (*Engine, error) {
			os.Setenv("MLTOP_PASSWORD", "open sesame")
			defer os.Unsetenv("MLTOP_PASSWORD")
			return Open(t.Context(), with(""), Options{})
		},
	} {
		e, err := try()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		e.Close()
	}
	_, err := Open(t.Context(), with("top-secret"), Options{})
	var denied *ServerError
	if !errors.As(err, &denied) || denied.Problem != ProblemPassword || strings.Contains(err.Error(), "top-secret") {
		t.Errorf("got %v", err)
	}
	for _, target := range []string{"postgres://u:top-secret@host:port/x", "postgres://u:top-secret@h/x?sslmode=odd", "mysql://u:top-secret@h/x", "postgres://u:top-secret@%zz/"} {
		if _, err := Open(t.Context(), target, Options{}); err == nil || strings.Contains(err.Error(), "top-secret") {
			t.Errorf("%s: got %v", target, err)
		}
	}
	survives(t, s, with("open sesame"))
}

// survives: a server that is killed and started again is watched on.
func survives(t *testing.T, s *dbtest.Server, target string) {
	e, err := Open(t.Context(), target, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if err := s.Kill(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		_, err = e.Stats(t.Context())
		var gone *ServerError
		if errors.As(err, &gone) && gone.Problem == ProblemUnreachable {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("a killed server: got %v", err)
		}
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	if st, err := e.Stats(t.Context()); err != nil || st.State != "ok" {
		t.Errorf("behind the restart: got %q, %v", st.State, err)
	}
}

func TestAFullServerIsAState(t *testing.T) {
	s := dbtest.NewPostgres(t, dbtest.PostgresOptions{Settings: map[string]string{"max_connections": "6", "superuser_reserved_connections": "2"}})
	admin := dbtest.OpenPostgres(t, s.PostgresURL("postgres"))
	dbtest.Exec(t, admin, "CREATE USER guest")
	guest := strings.Replace(s.PostgresURL("postgres"), "postgres@", "guest@", 1)
	e, err := Open(t.Context(), guest, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	e.db.SetMaxIdleConns(0) // as if our connection had broken
	for range 8 {
		app, err := sql.Open("pgx", guest)
		if err != nil {
			t.Fatal(err)
		}
		defer app.Close()
		_ = app.Ping() // the last ones are turned away
	}
	st, err := e.Stats(t.Context())
	if err != nil || st.State != string(ProblemFull) || !strings.Contains(st.Missing["commits"], "too many clients") {
		t.Errorf("got %q, %v, %v", st.State, st.Missing["commits"], err)
	}
}

func TestAGuestSeesWhatAGuestMay(t *testing.T) {
	target, app := dbtest.PostgresOrders(t, 100)
	dbtest.Exec(t, app, "DROP ROLE IF EXISTS guest")
	dbtest.Exec(t, app, "CREATE ROLE guest LOGIN")
	t.Cleanup(func() { dbtest.Exec(t, app, "DROP OWNED BY guest"); dbtest.Exec(t, app, "DROP ROLE guest") })
	e := open(t, strings.Replace(target, "postgres@", "guest@", 1))
	st, err := e.Stats(t.Context())
	if err != nil || st.Commits == nil || !strings.Contains(st.Missing["wal_bytes"], "GRANT pg_monitor TO guest") || !strings.HasSuffix(st.Missing["disk_free_bytes"], " TO guest") {
		t.Errorf("got %v, %v", st.Missing, err)
	}
	hidden := 0
	for _, s := range must(e.Sessions(t.Context()))(t) {
		if s.State == "hidden: GRANT pg_monitor TO guest" {
			hidden++
		}
	}
	if hidden == 0 {
		t.Error("no session says whom to grant it")
	}
	if _, err := e.Schema(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := e.StatementTotals(t.Context()); err != nil {
		t.Error(err)
	}
	var denied *ServerError
	if _, err := e.Run(t.Context(), e.CreateIndex(byStatus()), nil); !errors.As(err, &denied) || denied.Do != "attach as its owner, postgres" {
		t.Errorf("a guest makes an index of a superuser's table: got %v", err)
	}
	dbtest.Exec(t, app, "CREATE ROLE landlord")
	dbtest.Exec(t, app, "ALTER TABLE orders OWNER TO landlord; GRANT CREATE ON SCHEMA public TO landlord")
	t.Cleanup(func() {
		dbtest.Exec(t, app, "REASSIGN OWNED BY landlord TO postgres")
		dbtest.Exec(t, app, "DROP OWNED BY landlord; DROP ROLE landlord")
	})
	if _, err := e.Run(t.Context(), e.CreateIndex(byStatus()), nil); !errors.As(err, &denied) || denied.Do != "attach as its owner, landlord, or GRANT landlord TO guest" {
		t.Errorf("a guest makes an index of another's table: got %v", err)
	}
	dbtest.Exec(t, app, strings.TrimPrefix(denied.Do, "attach as its owner, landlord, or "))
	if _, err := e.Run(t.Context(), e.CreateIndex(byStatus()), nil); err != nil {
		t.Errorf("behind %s: got %v", denied.Do, err)
	}
	dbtest.Exec(t, app, "REVOKE landlord FROM guest")
	if _, err := e.Select(t.Context(), query("SELECT * FROM orders"), 1); !errors.As(err, &denied) || denied.Do != "GRANT SELECT ON orders TO guest" {
		t.Errorf("got %v", err)
	}
}
