package postgres

import (
	"testing"
	"time"

	"mltop/internal/db/dbtest"
)

func TestTheSchemaSaysWhatIsWastedOldOrSoonAtItsEnd(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 200)
	for _, sql := range []string{
		"CREATE TABLE bloated (id bigint PRIMARY KEY, note text)",
		"INSERT INTO bloated SELECT i, 'note ' || i FROM generate_series(1, 20000) i",
		"DELETE FROM bloated WHERE id % 10 > 0",
		"VACUUM ANALYZE bloated",
		"CREATE TABLE tight (id bigint PRIMARY KEY, note text)",
		"INSERT INTO tight SELECT i, 'note ' || i FROM generate_series(1, 20000) i",
		"ANALYZE tight",
		"CREATE TABLE small (id smallserial PRIMARY KEY, big bigint GENERATED ALWAYS AS IDENTITY)",
		"SELECT setval('small_id_seq', 32000)",
	} {
		dbtest.Exec(t, app, sql)
	}
	s := must(open(t, url).Schema(t.Context()))(t)
	bloated, tight := s.Table("bloated"), s.Table("tight")
	if bloated.Free == nil || tight.Free == nil || *bloated.Free < *bloated.Bytes*8/10 || *tight.Free > *tight.Bytes/10 || bloated.FreeHow == "" {
		t.Errorf("bloat: %v of %v, and of the tight one %v of %v", bloated.Free, bloated.Bytes, tight.Free, tight.Bytes)
	}
	if a, b := s.Index("bloated_pkey"), s.Index("tight_pkey"); a.Free == nil || b.Free == nil || *a.Free < *a.Bytes/2 || *b.Free > *b.Bytes/4 {
		t.Errorf("bloat of the indexes: %v of %v, %v of %v", a.Free, a.Bytes, b.Free, b.Bytes)
	}
	if bloated.Vacuumed == nil || time.Since(*bloated.Vacuumed) > time.Hour || tight.Vacuumed != nil || tight.Analyzed == nil || s.Table("small").Analyzed != nil {
		t.Errorf("vacuumed %v and %v, analyzed %v and %v", bloated.Vacuumed, tight.Vacuumed, tight.Analyzed, s.Table("small").Analyzed)
	}
	if c := s.Counters; len(c) != 2 || c[0].Table != "small" || c[0].Column != "id" || c[0].Last != 32000 || c[0].Used() < 0.97 || c[1].Column != "big" || c[1].Used() > 0.01 {
		t.Errorf("sequences: %+v", c)
	}
	if keys := s.Table("orders").UnindexedKeys(); len(keys) != 1 || keys[0].Columns[0] != "customer_id" {
		t.Errorf("foreign keys of orders without an index: %+v", keys)
	}
	if keys := s.Table("order_items").UnindexedKeys(); len(keys) != 1 || keys[0].Columns[0] != "product_id" {
		t.Errorf("foreign keys of order_items without an index: %+v", keys)
	}
	if s.UsesSince.IsZero() {
		t.Error("it does not say since when uses are counted")
	}
}
