package mysql

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mltop/internal/db"
)

var _ db.CodeKeeper = (*Engine)(nil)

// A codeSource is one kind of code: name, kind and text of each, and what a
// user needs to see all of it; any of the rights is enough.
type codeSource struct {
	what, sql string
	rights    []string
}

// codeSources read texts without a hint's words on the server alone. Routines
// and events of other databases count where they speak of this one.
func codeSources() []codeSource {
	return []codeSource{
		{"views", codeSQL("TABLE_NAME", "'view'", "VIEW_DEFINITION", "VIEWS", "TABLE_SCHEMA", ""), []string{"SHOW VIEW"}},
		{"procedures and functions", codeSQL("ROUTINE_NAME", "LOWER(ROUTINE_TYPE)", "ROUTINE_DEFINITION", "ROUTINES", "ROUTINE_SCHEMA", " OR LOCATE(DATABASE(), ROUTINE_DEFINITION) > 0"),
			[]string{"SHOW_ROUTINE", "SHOW CREATE ROUTINE", everywhere + "SELECT"}},
		{"triggers", codeSQL("TRIGGER_NAME", "'trigger'", "ACTION_STATEMENT", "TRIGGERS", "TRIGGER_SCHEMA", ""), []string{"TRIGGER"}},
		{"events", codeSQL("EVENT_NAME", "'event'", "EVENT_DEFINITION", "EVENTS", "EVENT_SCHEMA", " OR LOCATE(DATABASE(), EVENT_DEFINITION) > 0"), []string{"EVENT"}},
	}
}

func codeSQL(name, kind, text, table, schema, others string) string {
	return fmt.Sprintf(`SELECT %s AS name, %s AS kind, %s AS text FROM information_schema.%s WHERE (%s = DATABASE()%s)
		AND (COALESCE(%[3]s, '') = '' OR LOWER(%[3]s) LIKE '%%index%%' OR LOWER(%[3]s) LIKE '%%key%%') ORDER BY 1`, name, kind, text, table, schema, others)
}

// everywhere stands before a right that counts only where it is one on all
// databases: routines are shown whole to who may read the server's own tables.
const everywhere = "*.* "

// Code lists views, routines, triggers and events that may hold a hint.
func (e *Engine) Code(ctx context.Context) (list []db.Code, unread []string, err error) {
	err = e.read(ctx, "code", func(c *conn) error {
		have, err := rightsHere(ctx, c)
		for _, s := range codeSources() {
			if err != nil {
				break
			}
			if s.what == "views" && len(e.part.names) > 0 {
				unread = append(unread, s.what) // see viewTexts
				continue
			}
			var more []db.Code
			var hidden string
			more, hidden, err = s.read(ctx, c, have)
			list = append(list, more...)
			if hidden != "" {
				unread = append(unread, hidden)
			}
		}
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read the server's code: %w", err)
	}
	return list, unread, nil
}

// read lists the texts of one kind; hidden says which could not be read.
func (s codeSource) read(ctx context.Context, c *conn, have map[string]bool) (list []db.Code, hidden string, err error) {
	var blank []string
	err = c.records(ctx, s.sql, nil, func(row record) error {
		if row.get("text") == "" {
			blank = append(blank, row.get("name"))
			return nil
		}
		list = append(list, db.Code{Kind: row.get("kind"), Name: row.get("name"), SQL: row.get("text")})
		return nil
	})
	switch {
	case len(blank) > 0:
		hidden = s.what + " (" + strings.Join(blank, ", ") + ")"
	case !slices.ContainsFunc(s.rights, func(r string) bool { return have[r] }):
		hidden = s.what
	}
	return list, hidden, err
}

// rightsHere are the user's own privileges, everywhere or on this database.
func rightsHere(ctx context.Context, c *conn) (map[string]bool, error) {
	have := map[string]bool{}
	of := func(prefix ...string) func([]value) error {
		return func(row []value) error {
			for _, p := range prefix {
				have[p+strings.ToUpper(row[0].s)] = true
			}
			return nil
		}
	}
	if _, err := c.each(ctx, rightsSQL, nil, of("", everywhere)); err != nil {
		return nil, err
	}
	_, err := c.each(ctx, strings.Replace(rightsSQL, "USER_PRIVILEGES", "SCHEMA_PRIVILEGES", 1)+" AND DATABASE() LIKE TABLE_SCHEMA", nil, of(""))
	return have, err
}
