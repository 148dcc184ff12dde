//go:build cgo

package sqlite

import (
	"context"
	"database/sql/driver"
	"math"
)

// fillByRow does what fill does through the driver alone, where the library's
// own functions cannot be called.
func (c *conn) fillByRow(ctx context.Context, b *batch, sql string, args []int64, visit func(*batch) error) error {
	values := make([]driver.Value, len(args))
	for i, v := range args {
		values[i] = v
	}
	hand := func() error {
		b.texts, b.room = string(b.room), b.room[:0]
		err := visit(b)
		b.rows = 0
		return err
	}
	b.rows, b.room = 0, b.room[:0]
	// A context that can end would cost two locks a row in the driver.
	_, err := c.run(context.WithoutCancel(ctx), sql, values, func(row []driver.Value) error {
		b.add(row)
		if b.rows < batchRows && len(b.room) <= batchText {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return hand()
	})
	if err == nil && b.rows > 0 {
		err = hand()
	}
	return err
}

// add takes over one row of the driver's.
func (b *batch) add(row []driver.Value) {
	for i, v := range row {
		c := &b.cells[b.rows*b.columns+i]
		switch v := v.(type) {
		case int64:
			*c = cell{n: v, kind: kindInteger}
		case float64:
			*c = cell{n: int64(math.Float64bits(v)), kind: kindFloat}
		case string:
			*c = b.gather(v[:min(len(v), cellText)], kindText)
		case []byte:
			*c = b.gather(string(v[:min(len(v), cellText)]), kindBlob)
		default:
			*c = cell{kind: kindNull}
		}
	}
	b.rows++
}

func (b *batch) gather(s string, kind uint32) cell {
	c := cell{n: int64(len(b.room)), size: uint32(len(s)), kind: kind}
	b.room = append(b.room, s...)
	return c
}
