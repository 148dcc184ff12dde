package main

import (
	"fmt"
	"strings"
	"testing"

	"mltop/ui"
)

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
