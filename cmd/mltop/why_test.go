package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
)

// What is wrong is most often what somebody has just changed: why names it.
func TestWhyNamesWhatChangedSinceTheLastAttach(t *testing.T) {
	maria := dbtest.MariaDB(t)
	name := maria.MariaDBDatabase(t)
	app, d := maria.OpenMariaDB(t, name), newDeck(t)
	dbtest.Exec(t, app, "CREATE TABLE t (a int primary key, b int)")
	why := func(args ...string) string {
		out, code := d.mltop(append([]string{"why", maria.MariaDBURL(name), "--interval", "200ms"}, args...)...)
		if code != exitOK {
			t.Fatalf("why: exit code %d:\n%s", code, out)
		}
		return out
	}
	if out := why(); strings.Contains(out, "Changed") {
		t.Errorf("at the first attach it says\n%s", out)
	}
	dbtest.Exec(t, app, "CREATE INDEX t_b ON t (b)")
	for range 2 { // it moves nothing on
		if out := why(); !strings.Contains(out, "Changed") || !strings.Contains(out, "index created: t_b on t(b)") {
			t.Errorf("got\n%s\nwant what has changed named", out)
		}
	}
	var doc whyDoc
	if err := json.Unmarshal([]byte(why("-o", "json")), &doc); err != nil || !slices.ContainsFunc(doc.Changes, func(c changeDoc) bool { return c.What == "index created: t_b on t(b)" }) {
		t.Errorf("as JSON: %+v, %v", doc.Changes, err)
	}
}

func TestWhyNamesTheNewestChangesAlone(t *testing.T) {
	var list []changeDoc
	for i := range 12 {
		list = append(list, changeDoc{At: time.Unix(int64(i), 0), What: fmt.Sprint("change ", i)})
	}
	got := latest(changedTable(list)).Rows
	if len(got) != mostChanges+1 || got[0][1] != "and 7 more before: mltop snapshot has all" || got[1][1] != "change 7" || got[5][1] != "change 11" {
		t.Errorf("got %q", got)
	}
}
