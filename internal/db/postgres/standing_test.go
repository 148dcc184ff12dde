package postgres

import (
	"strings"
	"testing"

	"mltop/internal/db/dbtest"
)

func TestTheReplicaIdentityIsNotDropped(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 50)
	dbtest.Exec(t, app, "CREATE UNIQUE INDEX ident ON orders (id, customer_id); ALTER TABLE orders ALTER customer_id SET NOT NULL, REPLICA IDENTITY USING INDEX ident")
	e := open(t, url)
	s, err := e.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if step := e.DropIndex(*s.Index("ident")); len(step.Do) > 0 || !strings.Contains(step.Irreversible, "replica identity") {
		t.Errorf("it is dropped by %q; refused because %q", step.Do, step.Irreversible)
	}
}
