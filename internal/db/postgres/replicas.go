package postgres

import (
	"context"

	"mltop/internal/db"
)

var _ db.ReplicaTeller = (*Engine)(nil)

// Replicas names those that follow this server now. Who may not see them all
// sees that they are there.
func (e *Engine) Replicas(ctx context.Context) ([]string, error) {
	var list []struct {
		Name string `db:"name"`
	}
	err := e.read(ctx, "replicas", func(c *conn) error {
		list = list[:0]
		return c.list(ctx, &list, "SELECT /* mltop */ coalesce(nullif(application_name, ''), host(client_addr), 'a replica') AS name FROM pg_stat_replication ORDER BY 1 LIMIT 100")
	})
	var names []string
	for _, r := range list {
		names = append(names, r.Name)
	}
	return names, err
}
