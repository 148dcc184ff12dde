package main

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
)

// A crowd is a server with room for few, a guest without privileges, and its
// administrator.
type crowd struct {
	name, guest, admin string
	driver, dsn        string // of the guest's application
	owner              *sql.DB
	sessions, end      string // count mltop's sessions; end them
	room               int
	full               []string // what is said of it
	state              string
}

func crowds(t *testing.T) []crowd {
	t.Helper()
	pg := dbtest.NewPostgres(t, dbtest.PostgresOptions{Settings: map[string]string{"max_connections": "12", "superuser_reserved_connections": "3"}})
	maria := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{Settings: map[string]string{"max-connections": "10"}})
	owner, root := dbtest.OpenPostgres(t, pg.PostgresURL("postgres")), maria.OpenMariaDB(t, "")
	dbtest.Exec(t, owner, "CREATE USER guest")
	for _, text := range []string{"CREATE DATABASE shop", "CREATE USER guest@localhost", "GRANT ALL ON shop.* TO guest@localhost"} {
		dbtest.Exec(t, root, text)
	}
	guest := strings.Replace(pg.PostgresURL("postgres"), "postgres@", "guest@", 1)
	config := maria.MariaDBConfig("shop")
	config.User = "guest"
	return []crowd{
		{"PostgreSQL", guest, pg.PostgresURL("postgres"), "pgx", guest, owner,
			"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mltop'", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mltop'",
			14, []string{"too many clients", "max_connections", "superuser_reserved_connections", "end idle sessions"}, "too many clients"},
		{"MariaDB", strings.Replace(maria.MariaDBURL("shop"), "root@", "guest@", 1), maria.MariaDBURL("shop"), "mysql", config.FormatDSN(), root,
			"SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE '%nothing%'", "KILL USER guest",
			12, []string{"no connection left", "max_connections", "CONNECTION ADMIN", "extra_port"}, "too many connections"},
	}
}

// crush takes every connection that a guest can have, again and again, until
// it is told to let go.
func (c crowd) crush(t *testing.T) (letGo func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range c.room {
		app, err := sql.Open(c.driver, c.dsn)
		if err != nil {
			t.Fatal(err)
		}
		app.SetMaxOpenConns(1)
		all.Go(func() {
			for ctx.Err() == nil {
				_ = app.PingContext(ctx) // it is turned away, or ended, or waits for its turn
				time.Sleep(2 * time.Millisecond)
			}
			_ = app.Close()
		})
	}
	stop := func() { cancel(); all.Wait() }
	t.Cleanup(stop)
	return stop
}

// TestTooManyClients: a server that lets nobody in any more says so at the
// attach and while it is watched, its administrator still gets in, and it is
// watched on as soon as there is room.
func TestTooManyClients(t *testing.T) {
	for _, c := range crowds(t) {
		t.Run(c.name, func(t *testing.T) {
			next := looks(t, c.guest)
			until(t, next, "alone", func(l seen) bool { return l.Database.State == "ok" })
			letGo := c.crush(t)
			until(t, func() seen {
				// A guest of ours may be faster than the crowd: it is sent out again.
				_, _ = c.owner.Exec(c.end)
				return next()
			}, "in a crowd", func(l seen) bool {
				return l.Database.State == c.state && len(l.Findings) > 0 && l.Findings[0].Rule == "unread"
			})
			awaitFull(t, c)
			d := newDeck(t)
			d.says(exitAttach, c.full, "snapshot", c.guest, "--interval", "100ms")
			comesIn(t, d, c.admin)
			letGo()
			until(t, next, "with room again", func(l seen) bool { return l.Database.State == "ok" && l.Database.Commits != nil })
		})
	}
}

// comesIn waits until an administrator is let in: each guest at the door holds
// the place that is kept for him for as long as it takes to turn it away.
func comesIn(t *testing.T, d deck, admin string) {
	t.Helper()
	out, code := "", -1
	for end := time.Now().Add(time.Minute); code != exitOK && time.Now().Before(end); {
		out, code = d.mltop("snapshot", admin, "--interval", "100ms")
	}
	if code != exitOK {
		t.Errorf("the administrator is kept out for a minute: %s", out)
	}
}

// awaitFull waits until guests are turned away.
func awaitFull(t *testing.T, c crowd) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		app, err := sql.Open(c.driver, c.dsn)
		if err != nil {
			t.Fatal(err)
		}
		err = app.Ping()
		_ = app.Close()
		if err != nil {
			return
		}
	}
	t.Fatal("the server was never full")
}
