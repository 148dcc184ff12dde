package main

import (
	"slices"
	"testing"

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
