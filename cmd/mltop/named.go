package main

import (
	"context"
	"strings"

	"mltop/internal/db"
)

// checkNamed refuses a table or a column of the command line that is not
// there: without it nothing of the requests would be seen, and nothing wrong.
// A catalog that cannot be read now is a matter of the collectors.
func (a *app) checkNamed(ctx context.Context, t db.RequestTable) error {
	if t.Name == "" && a.o.groupBy == "" {
		return nil
	}
	schema, found := a.catalog(ctx)
	if schema == nil {
		return nil
	}
	if err := checkTable(schema, t.Name); err != nil {
		return err
	}
	if t.Name == "" && len(found) > 0 {
		t = found[0]
	}
	return checkGroup(schema.Table(t.Name), a.o.groupBy)
}

// catalog is what the database has now; nil where it cannot be read.
func (a *app) catalog(ctx context.Context) (*db.Schema, []db.RequestTable) {
	ctx, cancel := context.WithTimeout(ctx, a.o.timeout)
	defer cancel()
	schema, err := a.engine.Schema(ctx)
	if err != nil {
		return nil, nil
	}
	tables, err := a.engine.RequestTables(ctx)
	if err != nil {
		return schema, nil
	}
	return schema, tables
}

func checkTable(s *db.Schema, name string) error {
	bare := name[strings.LastIndexByte(name, '.')+1:]
	if name == "" || s.Table(name) != nil || s.Table(bare) != nil {
		return nil
	}
	var there []string
	for _, v := range s.Views {
		if strings.EqualFold(v.Name, name) || strings.EqualFold(v.Name, bare) {
			return nil
		}
	}
	for _, t := range s.Tables {
		there = append(there, t.Name)
	}
	return usagef("--request-table: there is no table %s; there are: %s", name, few(there))
}

// checkGroup checks the column; the table is nil where it is not known.
func checkGroup(t *db.Table, column string) error {
	if t == nil || column == "" || t.Column(column) != nil {
		return nil
	}
	var there []string
	for _, c := range t.Columns {
		there = append(there, c.Name)
	}
	return usagef("--group-by: table %s has no column %s; it has: %s", t.Name, column, few(there))
}

// namesSaid is how many names a complaint lists: some five lines of a terminal.
const namesSaid = 30

func few(names []string) string {
	switch {
	case len(names) == 0:
		return "none"
	case len(names) > namesSaid:
		return strings.Join(names[:namesSaid], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}
