package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"mltop/internal/db"
)

var _ db.LabEnabler = (*Engine)(nil)

// CreateExtension makes an extension that is installed on the server; undoing
// it drops it, but nothing that others have built on it.
func (Dialect) CreateExtension(name, version string) db.Step {
	return db.Step{
		Object: db.Object{Kind: db.ObjectExtension, Name: name},
		Do:     []string{"CREATE EXTENSION " + quote(name)},
		Undo:   []string{"DROP EXTENSION " + quote(name)},
		Mode:   db.InTransaction,
		Before: db.Absent,
		After:  db.State(version),
		Blocks: db.Blocks{Who: "nobody", Method: "some functions and views are added to this database's catalog"},
	}
}

// EnableLab offers HypoPG where the server has it and this database does not.
// A replica cannot make it: it has what its primary has.
func (e *Engine) EnableLab(ctx context.Context) (s db.Step, brings string, err error) {
	var version string
	err = e.read(ctx, "lab", func(c *conn) error {
		k, err := e.facts(ctx, c)
		if err != nil || k.hypopg != "" {
			return err
		}
		err = c.row(ctx, "SELECT /* mltop */ default_version FROM pg_available_extensions WHERE name = 'hypopg' AND NOT pg_is_in_recovery()", nil, &version)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil || version == "" {
		return db.Step{}, "", err
	}
	return e.CreateExtension("hypopg", version), fmt.Sprintf("HypoPG %s lets the planner itself say what an index would bring, without building one", version), nil
}

// forgetFacts makes the next question look at the server anew.
func (e *Engine) forgetFacts() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.known.of = 0
}
