package mysql

import (
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// A foreign key's own index vanishes when another begins with its columns, and
// that one could then not be dropped: MariaDB says 1553.
func TestUndoingAnIndexThatTookAForeignKeysPlace(t *testing.T) {
	e, _ := orders(t, dbtest.MariaDB(t), 50, Options{})
	before := must(e.Schema(t.Context()))(t)
	wide := db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "customer_id"}, {Name: "placed_at"}}}
	step := e.Complete(e.CreateIndex(wide))
	must(e.Run(t.Context(), step, nil))(t)
	step.Do, step.Before, step.After = step.Undo, step.After, step.Before
	must(e.Run(t.Context(), step, nil))(t)
	if after := must(e.Schema(t.Context()))(t); after.Version != before.Version {
		t.Errorf("behind the undo the indexes are %+v", after.Table("orders").Indexes)
	}
	if s := e.Complete(e.CreateIndex(db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "status"}}})); len(s.Undo) != 1 || s.Undo[0] != s.Sweep[0] {
		t.Errorf("an index that takes no place: %v", s.Undo)
	}
	lab := labOf(t, e, 0)
	both := db.Config{Add: []db.Index{wide}, Hide: []string{"customer_id"}}
	for range 2 { // the sample must not lose the foreign key's index either
		must(lab.Cost(t.Context(), db.Query{SQL: "SELECT * FROM orders WHERE customer_id = 3"}, both))(t)
		must(lab.Cost(t.Context(), db.Query{SQL: "SELECT * FROM orders WHERE customer_id = 3"}, db.Config{Hide: []string{"customer_id"}}))(t)
	}
	if got := must(lab.Cost(t.Context(), db.Query{SQL: "SELECT * FROM orders WHERE customer_id = 3"}, db.Config{}))(t); len(got.Uses) != 1 || got.Uses[0] != "customer_id" {
		t.Errorf("got %v", got.Uses)
	}
}

// MySQL's words for the same undo are taken by MariaDB too: with the foreign
// key's own index gone, as the servers do it, and with it still there.
func TestUndoingInMySQLsWords(t *testing.T) {
	e, _ := orders(t, dbtest.MariaDB(t), 50, Options{})
	before := must(e.Schema(t.Context()))(t)
	for _, name := range []string{"the server has dropped its own", "it is still there, for it was made by hand: by the undo before"} {
		t.Run(name, func(t *testing.T) {
			step := e.CreateIndex(db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "customer_id"}, {Name: "placed_at"}}})
			lost := replacedBy(must(e.Schema(t.Context()))(t).Table("orders"), string(step.After))
			if lost == nil {
				t.Fatal("the foreign key has no index of its own")
			}
			step.Undo = undoBeside(flavour{Major: 8}, step.Object, *lost)
			must(e.Run(t.Context(), step, nil))(t)
			step.Do, step.Before, step.After = step.Undo, step.After, step.Before
			must(e.Run(t.Context(), step, nil))(t)
			if after := must(e.Schema(t.Context()))(t); after.Version != before.Version {
				t.Errorf("behind the undo the indexes are %+v", after.Table("orders").Indexes)
			}
		})
	}
}
