//go:build cgo && !linux

package sqlite

import "context"

// fill reads rows of a statement by the batch, and calls visit with each.
func (c *conn) fill(ctx context.Context, b *batch, sql string, args []int64, visit func(*batch) error) error {
	return c.fillByRow(ctx, b, sql, args, visit)
}
