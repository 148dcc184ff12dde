package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// A change on a server keeps nobody waiting, and waits itself: whoever is in
// its way is named before anybody answers yes.
func TestThePreviewNamesWhomAChangeWillWaitFor(t *testing.T) {
	pg, maria := dbtest.Postgres(t), dbtest.MariaDB(t)
	pgURL, name := pg.PostgresDatabase(t), maria.MariaDBDatabase(t)
	shop, shop2 := dbtest.OpenPostgres(t, pgURL), maria.OpenMariaDB(t, name)
	dbtest.Exec(t, shop, dbtest.PostgresOrdersDDL)
	dbtest.FillPostgresOrders(t, shop, 20_000)
	dbtest.FillOrdersMariaDB(t, shop2, 20_000)
	for _, c := range []struct {
		name, target, query string
		app                 *sql.DB
		more                []string
		want, undo          []string
	}{
		{"PostgreSQL", pgURL, hotOrders, shop, nil, []string{"nobody (built concurrently", "it waits for every older transaction", "; it will wait for pid ", "(postgres, open for "},
			[]string{"nobody (dropped concurrently", "it will wait for pid "}},
		{"MariaDB", maria.MariaDBURL(name), "-- name: cents\n-- weight: 90000\nSELECT status FROM orders WHERE total_cents = 4711;\n", shop2, []string{"--allow-scratch"},
			[]string{"nobody (built beside readers and writers", "; it waits for those that have used the table, of pid ", "(root, open for "},
			[]string{"nobody (dropping an index changes the catalog alone", "it waits for those that have used the table, of pid "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDeck(t)
			begun := func() *sql.Tx {
				tx, err := c.app.Begin()
				if err == nil {
					_, err = tx.Exec("UPDATE orders SET status = status WHERE id = 1")
				}
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(1100 * time.Millisecond) // a younger one is not worth naming
				return tx
			}
			shows := func(want []string, args ...string) string {
				out := strings.Join(strings.Fields(d.says(exitError, []string{"not confirmed"}, args...)), " ")
				for _, w := range want {
					if !strings.Contains(out, w) {
						t.Errorf("got\n%s\nwant %q in it", out, w)
					}
				}
				return out
			}
			id := d.advised("create_index", append([]string{c.target, "--queries", d.queries(c.query), "-d", "20s"}, c.more...)...)
			young := begun()
			shows(c.want, "apply", c.target, id)
			if err := young.Rollback(); err != nil {
				t.Fatal(err)
			}
			d.says(exitOK, nil, "apply", c.target, id, "--yes")
			tx := begun()
			defer tx.Rollback()
			out := shows(c.undo, "undo", c.target, "--last")
			if strings.Contains(out, "built ") || strings.Contains(out, " build ") {
				t.Errorf("the undo drops; got words on building:\n%s", out)
			}
		})
	}
}

// A log of a change that waits tells what for, and is not filled with it.
func TestStagesThatAreSaid(t *testing.T) {
	at := time.Date(2026, 7, 1, 3, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		every time.Duration
		want  string
	}{
		"a person sees each stage":                 {0, "opened waiting building closed"},
		"a log sees what is gone through for long": {5 * time.Second, "waiting building"},
	} {
		t.Run(name, func(t *testing.T) {
			s := stages{every: c.every, at: at}
			var got []string
			for _, p := range []struct {
				after int
				stage string
			}{{0, "opened"}, {1, "waiting"}, {6, "waiting"}, {7, "waiting"}, {12, "building"}, {13, "closed"}} {
				if s.due(p.stage, at.Add(time.Duration(p.after)*time.Second)) {
					got = append(got, p.stage)
				}
			}
			if text := strings.Join(got, " "); text != c.want {
				t.Errorf("got %s, want %s", text, c.want)
			}
		})
	}
}

// On a terminal a long line of a preview goes on below its own beginning.
func TestALongPreviewStaysInItsColumn(t *testing.T) {
	const narrow = 60
	do := "CREATE INDEX mltop_orders_customer_id_created_at ON orders (customer_id, created_at DESC)"
	p := advisor.Preview{Steps: []db.Step{{Do: []string{do}, Undo: []string{"DROP INDEX mltop_orders_customer_id_created_at"}}}}
	p.Recommendation.Title = "index orders(customer_id, created_at), which four statements of two routes look for"
	var errs bytes.Buffer
	a := &app{w: &world{in: strings.NewReader("n\n"), err: &errs, width: func() int { return narrow }}, o: &options{}, target: target{path: "app.db"}}
	if err := a.confirm(context.Background(), "Apply", p); !errors.Is(err, errNotConfirmed) {
		t.Fatalf("got %v, want %v", err, errNotConfirmed)
	}
	table, question, _ := strings.Cut(errs.String(), "Type y")
	lines := strings.Split(strings.TrimRight(table, "\n"), "\n")
	for _, l := range lines[1:] {
		if n := len([]rune(l)); n > narrow || !strings.HasPrefix(l, "  ") {
			t.Errorf("%d cells, want at most %d and two spaces before them: %q", n, narrow, l)
		}
	}
	if all := strings.Join(strings.Fields(table), " "); question == "" || !strings.Contains(all, do) {
		t.Errorf("want %s whole in\n%s", do, errs.String())
	}
}

// Headless too, what is gone is named, and nothing of it is shown as if it
// were there.
func TestThePreviewOfWhatIsGoneSaysSo(t *testing.T) {
	path := dbtest.Path(t)
	app := dbtest.Open(t, path)
	dbtest.Exec(t, app, "CREATE TABLE stock (id INTEGER PRIMARY KEY, shop INTEGER, item INTEGER); CREATE INDEX narrow ON stock (shop); CREATE INDEX wide ON stock (shop, item)")
	d := newDeck(t)
	id := d.advised("drop_index", path)
	dbtest.Exec(t, app, "DROP INDEX narrow")
	const why = "index narrow is gone: somebody else has dropped it since the advice was given"
	out := d.says(exitError, []string{why}, "apply", path, id, "--yes")
	for _, word := range []string{"CREATE INDEX", "blocks", "tried"} {
		if strings.Contains(out, word) {
			t.Errorf("got\n%s\nwant no %q", out, word)
		}
	}
}

func TestThePreviewShowsWhatOnlyTheApplicationCanDo(t *testing.T) {
	rows := previewTable("Apply to shop", advisor.Preview{
		Recommendation: advisor.Recommendation{Title: "Sync at checkpoints only", Statement: "PRAGMA synchronous = NORMAL;"},
		Tried:          "nowhere: it shows in use; nothing is changed so far", Refused: "mltop cannot do this from outside",
	}).Rows
	if len(rows) != 2 || rows[1][0] != "by hand" || rows[1][1] != "PRAGMA synchronous = NORMAL;" {
		t.Errorf("got %q, want what it is, and the line to write by hand", rows)
	}
}
