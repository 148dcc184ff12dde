package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mltop/collectors"
	"mltop/internal/db"
	"mltop/internal/export"
	"mltop/internal/sqltext"
)

// pileUp is a transaction that somebody forgot, a change of the table behind
// it, and so many behind that.
func pileUp(behind int) []db.Session {
	list := []db.Session{{ID: "10", State: "idle", For: time.Hour}}
	for i := range behind {
		list = append(list, db.Session{ID: fmt.Sprint(1000 + i), User: "shop", State: "active", Locked: true, Waits: "Lock: relation", BlockedBy: []string{"12"}, For: time.Duration(i) * time.Millisecond, Statement: "UPDATE orders SET status = 'paid' WHERE id = 7"})
	}
	return append(list,
		db.Session{ID: "12", User: "dba", State: "active", Locked: true, Waits: "Lock: relation", BlockedBy: []string{"11"}, For: 9 * time.Second, Statement: "ALTER TABLE orders ADD note text"},
		db.Session{ID: "11", User: "shop", State: "idle in transaction", Idle: true, For: 42 * time.Second, Transaction: 50 * time.Second, Dies: "what it wrote in 50 s of transaction", Statement: "SELECT 1"},
		db.Session{ID: "13", User: "report", State: "active", For: 3 * time.Second, Statement: "SELECT count(*) FROM items"},
	)
}

func sessionText(t *testing.T, engine string, list []db.Session, missing map[string]string) string {
	t.Helper()
	var b strings.Builder
	d := &collectors.Database{Sessions: list, Quotes: sqltext.Exact, Missing: missing}
	if err := export.Text(&b, sessionTable(engine, d), 0); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What a mail or a ticket of the incident holds: the root first, with what its
// end throws away, and no literal.
func TestASnapshotOnPaperHasTheBlockingTree(t *testing.T) {
	text := sessionText(t, "postgres", pileUp(2), nil)
	last := -1
	for _, want := range []string{"Sessions  6 sessions · 1 active · 3 waiting · 1 idle in a transaction · oldest transaction 50 s", "holds up",
		"  11 ", "■ idle in transaction", "42 s", "what it wrote in 50 s of transaction", "└12", "▲ active", "ALTER TABLE orders", "└1000", "└1001", "  13 ", "  10 "} {
		at := strings.Index(text, want)
		if at <= last {
			t.Errorf("%q stands at %d, want it behind %d:\n%s", want, at, last, text)
		}
		last = max(last, at)
	}
	for _, not := range []string{"paid", "application", "host"} { // a literal; columns that say nothing
		if strings.Contains(text, not) {
			t.Errorf("%q is there:\n%s", not, text)
		}
	}
}

func TestOfThousandsOfSessionsAPageIsShown(t *testing.T) {
	text := sessionText(t, "mysql", pileUp(5000), nil)
	if n := strings.Count(text, "\n"); n != 22 || !strings.Contains(text, "20 of them here, and 4,984 more") {
		t.Errorf("%d lines, want a title, the names and 20 sessions of 5,004:\n%s", n, text)
	}
	for _, want := range []string{"  11 ", "└12", "5,001", "└5999", "  13 ", "  10 "} { // the root, who stands behind it, who has waited longest, who works, who rests
		if !strings.Contains(text, want) {
			t.Errorf("no %q:\n%s", want, text)
		}
	}
}

func TestWhereThereAreNoSessionsItIsSaid(t *testing.T) {
	for _, row := range []struct {
		name, engine string
		list         []db.Session
		missing      map[string]string
		want         string
	}{
		{"a file has none", "sqlite", nil, nil, "under Processes"},
		{"a server with nobody else", "postgres", nil, nil, "no other session"},
		{"they could not be read", "mysql", nil, map[string]string{"sessions": "no right"}, "–  no right"},
		{"a holder of locks that is no session", "mysql", []db.Session{{ID: "9", State: "Updating", Locked: true, BlockedBy: []string{"7"}}}, nil, "no session"},
		{"a transaction that was prepared", "postgres", []db.Session{{ID: "prepared transaction tx9", State: "prepared (2PC)", Prepared: &db.Prepared{Name: "tx9", Rollback: "ROLLBACK PREPARED 'tx9'", Commit: "COMMIT PREPARED 'tx9'"}}}, nil,
			"ROLLBACK PREPARED 'tx9' or COMMIT PREPARED 'tx9' ends it"},
	} {
		if text := sessionText(t, row.engine, row.list, row.missing); !strings.Contains(text, row.want) {
			t.Errorf("%s: no %q in\n%s", row.name, row.want, text)
		}
	}
}
