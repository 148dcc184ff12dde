package mysql

import (
	"context"
	"strings"
	"time"

	"mltop/internal/db"
)

// keyCounter is an AUTO_INCREMENT column and how far it has come.
func keyCounter(table, column, kind string, next float64) db.KeyCounter {
	return db.KeyCounter{Name: table, Table: table, Column: column, Last: max(next-1, 0), Max: greatest(kind)}
}

// greatest is the greatest value of a column type; 0 where it has none.
func greatest(kind string) float64 {
	word, _, _ := strings.Cut(strings.ToLower(kind), "(")
	word, _, _ = strings.Cut(word, " ")
	bits := map[string]int{"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "integer": 32, "bigint": 64}[word]
	if bits == 0 {
		return 0
	}
	if !strings.Contains(strings.ToLower(kind), "unsigned") {
		bits--
	}
	most := 1.0
	for range bits {
		most *= 2
	}
	return most - 1
}

// usesSince takes the server's start for the beginning of the counters: both
// of their sources can be emptied, and neither says when that was.
func (r *schemaReader) usesSince(ctx context.Context) error {
	v, err := r.c.pairs(ctx, "SHOW GLOBAL STATUS WHERE Variable_name IN ('Uptime', 'Uptime_since_flush_status')")
	if up := number(v["uptime"]); up != nil {
		r.since = time.Now().Add(-seconds(*up)).Truncate(time.Second)
	}
	return err
}

// analyzed reads when InnoDB last gathered each table's statistics, of which a
// tenth of the rows changing is reason enough.
func (r *schemaReader) analyzed(ctx context.Context) error {
	return r.c.records(ctx, "SELECT SUBSTRING_INDEX(table_name, '#P#', 1) AS name, UNIX_TIMESTAMP(MAX(last_update)) AS at FROM mysql.innodb_table_stats WHERE database_name = DATABASE()"+r.only("table_name")+" GROUP BY name", anys(r.part.names),
		func(row record) error {
			if t, at := r.tables[row.get("name")], row.number("at"); t != nil && at != nil {
				t.Analyzed = ptr(time.Unix(int64(*at), 0).UTC())
			}
			return nil
		})
}
