//go:build !cgo

package sqlite

import (
	"context"
	"database/sql/driver"
	"time"

	"mltop/internal/db"
)

func (c *conn) measured(context.Context, string, []driver.Value) (time.Duration, *db.Work, error) {
	return 0, nil, errNoCgo
}

func (c *conn) columns(string) (int, error) { return 0, errNoCgo }
