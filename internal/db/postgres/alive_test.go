package postgres

import (
	"context"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"mltop/internal/db/dbtest"
)

func TestTheSocketTellsWhetherTheServerIsThere(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for name, c := range map[string]struct {
		does func(net.Conn)
		want bool
	}{
		"it says nothing":           {func(net.Conn) {}, true},
		"it says what nobody asked": {func(c net.Conn) { _, _ = c.Write([]byte("E")) }, false},
		"it went away":              {func(c net.Conn) { c.Close() }, false},
	} {
		ours, err := net.Dial("unix", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		c.does(theirs)
		if got := quiet(ours); got != c.want {
			t.Errorf("%s: got quiet %v, want %v", name, got, c.want)
		}
		if err := ours.Close(); err != nil {
			t.Fatal(err)
		}
		if quiet(ours) {
			t.Errorf("%s: one that we have closed is quiet", name)
		}
		theirs.Close()
	}
}

func TestOfAConnectionThatRestedTheServerIsAsked(t *testing.T) {
	url, _ := dbtest.PostgresOrders(t, 50)
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.WithoutCancel(t.Context()))
	for after, want := range map[time.Duration]bool{trusted / 2: false, 2 * trusted: false, 2 * rested: true} {
		if got := doubtful(t.Context(), stdlib.ShouldPingParams{Conn: c, IdleDuration: after}); got != want {
			t.Errorf("after %s: got %v, want %v", after, got, want)
		}
	}
}

// The first question behind it is answered by another session.
func TestASessionThatWasEndedBetweenTwoTicksCostsNoTick(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 50)
	e := must(Open(t.Context(), url, Options{}))(t)
	t.Cleanup(func() { e.Close() })
	must(e.Stats(t.Context()))(t)
	const ours = "FROM pg_stat_activity WHERE application_name = '" + applicationName + "' AND datname = current_database()"
	count := func(what string) (n int) {
		t.Helper()
		if err := app.QueryRow("SELECT count(" + what + ") " + ours).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	ended := count("pg_terminate_backend(pid)")
	for limit := time.Now().Add(time.Minute); count("*") != 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("the session was not ended within a minute")
		}
	}
	time.Sleep(trusted + 100*time.Millisecond) // a look that comes sooner meets the end
	before := e.connects.Load()
	if st := must(e.Stats(t.Context()))(t); st.Unread || ended != 1 || e.connects.Load() != before+1 {
		t.Errorf("got state %q, %d sessions ended, %d new ones; want an answer, 1 and 1", st.State, ended, e.connects.Load()-before)
	}
}
