package mysql

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mltop/internal/db"
)

// The server opens every table that it is to describe, which takes it up to
// 2.5 ms each: of more than mostTables, mostChosen are read.
const (
	mostTables = 1000
	mostChosen = 300
)

// chosen are the tables that are read where there are too many; the zero value
// is all. They stay the same, so that growth is not taken for a change of the
// catalog.
type chosen struct {
	names []string
	says  string // how many of how many, and which
}

// chooseTables counts the tables, which opens none, and chooses where there
// are too many: by size as the statistics say it, or else by name.
func chooseTables(ctx context.Context, c *conn, s server, before chosen) (chosen, error) {
	var n *string
	if err := c.row(ctx, &n, "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"); err != nil || n == nil {
		return chosen{}, err
	}
	count := valueOf(*n)
	if count <= mostTables {
		return chosen{}, nil
	}
	if len(before.names) > 0 {
		return before, nil
	}
	names, which, err := largest(ctx, c, s)
	return chosen{names, db.PartlyText(len(names), int(count), which)}, err
}

// largest are the tables with the largest files, and where there are not
// enough of InnoDB's, or its statistics may not be read, the first by name.
func largest(ctx context.Context, c *conn, s server) (names []string, which string, err error) {
	seen := map[string]bool{}
	read := func(sql string) error {
		_, err := c.each(ctx, sql, nil, func(row []value) error {
			if !seen[row[0].s] && len(names) < mostChosen {
				seen[row[0].s] = true
				names = append(names, row[0].s)
			}
			return nil
		})
		return err
	}
	which = "the largest when mltop attached"
	err = read(fmt.Sprintf("SELECT table_name FROM mysql.innodb_table_stats WHERE database_name = DATABASE() AND table_name NOT LIKE '%%#P#%%' ORDER BY clustered_index_size + sum_of_other_index_sizes DESC, n_rows DESC, table_name LIMIT %d", mostChosen))
	if codeOf(err) != 0 {
		which = "the first by name (" + s.grant("SELECT ON mysql.innodb_table_stats") + " shows the largest)"
	}
	if err = connectionLost(err); err != nil || len(names) == mostChosen {
		return names, which, err
	}
	return names, which, read("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()")
}

// batch is about how many tables one statement asks: each by its name, in a part
// of its own, which is what keeps the server from opening the others.
const batch = 50

// of asks about all tables, or about the chosen ones; sql has %s behind the
// database.
func (r *schemaReader) of(ctx context.Context, sql string, visit func(record) error) error {
	if len(r.part.names) == 0 {
		return r.c.records(ctx, strings.Replace(sql, "%s", "", 1), nil, visit)
	}
	for names := range slices.Chunk(r.part.names, batch) {
		if err := r.c.records(ctx, eachByName(sql, len(names)), anys(names), visit); err != nil {
			return err
		}
	}
	return nil
}

// only is a condition on a column that holds a table's name, with the names as
// its arguments: of 100,000 tables the statistics alone would take seconds.
// Those of partitions, which have names of their own, are left out.
func (r *schemaReader) only(column string) string {
	if len(r.part.names) == 0 {
		return ""
	}
	return " AND " + column + " IN (" + list(len(r.part.names)) + ")"
}

// eachByName asks the same about so many tables; the order is that of all.
func eachByName(sql string, tables int) string {
	one, order, _ := strings.Cut(strings.Replace(sql, "%s", " AND TABLE_NAME = ?", 1), orderBy)
	return strings.TrimSuffix(strings.Repeat(one+unionAll, tables), unionAll) + orderBy + order
}

const (
	unionAll = " UNION ALL "
	orderBy  = " ORDER BY "
)
