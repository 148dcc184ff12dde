package main

import (
	"slices"
	"strings"
	"testing"

	"mltop/collectors"
	"mltop/internal/db"
)

func TestTheIndexThatIsTheTableIsNotListed(t *testing.T) {
	key := &db.Index{Name: "sqlite_autoindex_w_1", Unique: true, Constraint: true, Columns: []db.IndexColumn{{Name: "k"}}}
	other := &db.Index{Name: "w_v", Columns: []db.IndexColumn{{Name: "v"}}}
	w := &db.Table{Name: "w", WithoutRowID: true, PrimaryKey: []string{"k"}, Indexes: []*db.Index{key, other}}
	if got, want := tableDocs(&db.Schema{Tables: []*db.Table{w}})[0].Indexes, []string{"w_v"}; !slices.Equal(got, want) {
		t.Errorf("indexes %q, want %q", got, want)
	}
}

func TestASourceOfStatementsThatWasGivenIsNotAskedFor(t *testing.T) {
	const ask = "SQLite counts no statements: give a query log (--query-log) or a queries file (--queries)"
	for kind, asks := range map[string]bool{"query log": false, "queries file": false, "assumed": true} {
		r := reasons{"database.mean_query_seconds": ask, "database.queries_per_second": ask}
		r.sayGiven(collectors.Snapshot{Statements: []*collectors.Statements{{Source: collectors.StatementSource{Kind: kind}}}})
		for name, why := range r {
			if strings.Contains(why, "give a query log") != asks {
				t.Errorf("%s given, %s: %q", kind, name, why)
			}
		}
	}
}
