package main

import (
	"strings"

	"mltop/collectors"
	"mltop/internal/db"
)

// checkNamed refuses a table or a column of the command line that is not
// there: without it nothing of the requests would be seen, and nothing wrong.
func (a *app) checkNamed(s collectors.Snapshot) error {
	if s.Database == nil || s.Database.Schema == nil {
		return nil
	}
	if err := checkTable(s.Database.Schema, a.o.requestTable); err != nil {
		return err
	}
	return checkGroup(s.Database.Schema.Table(a.requests.Table().Name), a.o.groupBy)
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
