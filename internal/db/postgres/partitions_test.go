package postgres

import (
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// The NULLs of a generic plan rule out every partition: what is left reads
// nothing, and the statement of a busy table would look free.
func TestADigestOnAPartitionedTableReadsItsPartitions(t *testing.T) {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, `CREATE TABLE events (id bigint, kind text, at timestamp NOT NULL) PARTITION BY RANGE (at);
		CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
		CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
		INSERT INTO events SELECT i, 'k'||i%5, timestamp '2026-01-01' + i * interval '2 minutes' FROM generate_series(1, 40000) i; ANALYZE`)
	e := open(t, url)
	for _, c := range []struct {
		name, sql string
		says      bool
	}{
		{"its values choose the partitions", "SELECT count(*) FROM events WHERE kind = $1||$2::text AND at > $3", true},
		{"every call reads all of them", "SELECT count(*) FROM events WHERE kind = $1", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := e.Explain(t.Context(), db.Query{SQL: c.sql})
			if err != nil {
				t.Fatal(err)
			}
			rows := map[string]float64{}
			p.Walk(func(n *db.Node, _ int) {
				if n.Op == db.OpScan && n.Rows != nil {
					rows[n.Table] += *n.Rows
				}
			})
			if rows["events_1"] < 20000 || rows["events_2"] < 15000 || strings.Contains(p.Root.Detail, "over all partitions") != c.says {
				t.Errorf("it scans %v, and says %q", rows, p.Root.Detail)
			}
		})
	}
}
