package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"mltop/internal/db"
)

var _ db.ChangeRefuser = (*Engine)(nil)

// tableRightsSQL asks what a change of a table takes: to be its owner, or as
// good as that; for a new index the right to make something in its schema
// (manual, "CREATE INDEX"); for statistics to own the database, or since version
// 17 the right MAINTAIN.
const tableRightsSQL = `SELECT /* mltop */ pg_has_role(c.relowner, 'USAGE') AS owns, o.rolname::text AS owner, o.rolsuper AS super, n.nspname::text AS schema,
		has_schema_privilege(n.oid, 'CREATE') AS creates, pg_has_role(d.datdba, 'USAGE') OR current_setting('server_version_num')::int8 >= 170000
		AND has_table_privilege(c.oid, CASE WHEN current_setting('server_version_num')::int8 >= 170000 THEN 'MAINTAIN' ELSE 'SELECT' END) AS maintains
	FROM pg_class c JOIN pg_roles o ON o.oid = c.relowner JOIN pg_namespace n ON n.oid = c.relnamespace, pg_database d
	WHERE c.oid = to_regclass($1) AND d.datname = current_database()`

type tableRights struct {
	Owns      bool   `db:"owns"`
	Owner     string `db:"owner"`
	Super     bool   `db:"super"`
	Schema    string `db:"schema"`
	Creates   bool   `db:"creates"`
	Maintains bool   `db:"maintains"`
}

// MayNot asks for the rights that a step takes.
func (e *Engine) MayNot(ctx context.Context, s db.Step) (why string, err error) {
	err = e.read(ctx, "rights", func(c *conn) error {
		switch s.Object.Kind {
		case db.ObjectIndex, db.ObjectPart, db.ObjectOption, db.ObjectStatistics:
			why, err = e.mayNotTable(ctx, c, s)
		case db.ObjectSetting:
			why, err = e.mayNotSet(ctx, c, s.Object.Name)
		case db.ObjectExtension:
			why, err = e.mayNotExtend(ctx, c, s.Object.Name)
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("ask for the user's rights: %w", err)
	}
	return why, nil
}

func (e *Engine) mayNotTable(ctx context.Context, c *conn, s db.Step) (string, error) {
	var list []tableRights
	if err := c.list(ctx, &list, tableRightsSQL, s.Object.Table); err != nil || len(list) == 0 {
		return "", err // of a table that is gone others tell
	}
	r, builds := list[0], s.Object.Kind == db.ObjectIndex && s.After != db.Absent
	switch {
	case s.Object.Kind == db.ObjectStatistics && (r.Owns || r.Maintains):
	case !r.Owns:
		return "only the owner of " + s.Object.Table + " may: " + e.asOwner(quote(r.Owner), r.Super), nil
	case builds && !r.Creates:
		return "to build an index takes the right to make something in its schema: GRANT CREATE ON SCHEMA " + quote(r.Schema) + " TO " + quote(e.to.user), nil
	}
	return "", nil
}

// asOwner says how to be one; a member of a superuser is one.
func (e *Engine) asOwner(owner string, super bool) string {
	if super {
		return "attach as its owner, " + owner
	}
	return "attach as its owner, " + owner + ", or GRANT " + owner + " TO " + quote(e.to.user)
}

func (e *Engine) mayNotSet(ctx context.Context, c *conn, name string) (string, error) {
	k, err := e.facts(ctx, c)
	if err != nil {
		return "", err
	}
	var super, may bool
	if err := c.row(ctx, "SELECT /* mltop */ current_setting('is_superuser') = 'on'", nil, &super); err != nil || super {
		return "", err
	}
	if k.number < 150000 {
		return "only a superuser may set it: attach as one", nil
	}
	if err := c.row(ctx, "SELECT /* mltop */ has_parameter_privilege($1, 'ALTER SYSTEM')", []any{name}, &may); err != nil || may {
		return "", err
	}
	return "it takes a superuser, or GRANT ALTER SYSTEM ON PARAMETER " + quote(name) + " TO " + quote(e.to.user), nil
}

func (e *Engine) mayNotExtend(ctx context.Context, c *conn, name string) (string, error) {
	var may bool
	err := c.row(ctx, `SELECT /* mltop */ current_setting('is_superuser') = 'on' OR NOT x.superuser AND has_database_privilege(current_database(), 'CREATE') OR x.trusted AND has_database_privilege(current_database(), 'CREATE')
		FROM pg_available_extension_versions x JOIN pg_available_extensions a ON a.name = x.name AND a.default_version = x.version WHERE x.name = $1`, []any{name}, &may)
	switch {
	case errors.Is(err, sql.ErrNoRows): // nobody has it
		return "", nil
	case err != nil || may:
		return "", err
	}
	return "it takes a superuser: attach as one", nil
}
