package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/ui"
)

// Ten looks a second would drive all else out.
func TestLooksOfASecondShareALine(t *testing.T) {
	l := &statementLog{}
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for i := range 25 {
		l.add(ui.LogLine{At: at.Add(time.Duration(i) * 100 * time.Millisecond), SQL: "SHOW FULL PROCESSLIST", Who: db.Sampling, Elapsed: time.Millisecond})
	}
	l.add(ui.LogLine{At: at, SQL: "SELECT 1", Who: "stats"})
	l.add(ui.LogLine{At: at, SQL: "SELECT 1", Who: "stats"})
	var got []int
	for _, line := range l.list() {
		got = append(got, line.Times)
	}
	if fmt.Sprint(got) != "[10 10 5 0 0]" || l.count() != 27 {
		t.Errorf("got runs %v, %d in all, want three lines of looks and 27", got, l.count())
	}
}

func TestTheLogKeepsTheNewestStatementsMasked(t *testing.T) {
	l := &statementLog{}
	for i := range logKept + 10 {
		l.add(ui.LogLine{SQL: fmt.Sprintf("SELECT 'secret' WHERE n = %d", i), Who: fmt.Sprint(i)})
	}
	list := l.list()
	if len(list) != logKept || list[0].Who != "10" || list[logKept-1].Who != fmt.Sprint(logKept+9) {
		t.Errorf("got %d lines from %s to %s", len(list), list[0].Who, list[len(list)-1].Who)
	}
	if strings.Contains(list[0].SQL, "secret") {
		t.Errorf("a literal is shown: %s", list[0].SQL)
	}
	if got := l.count(); got != logKept+10 {
		t.Errorf("count: got %d want %d", got, logKept+10)
	}
}
