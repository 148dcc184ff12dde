package mysql

import (
	"context"
	"fmt"

	"mltop/internal/db"
)

// drawArgs finds real constants for the placeholders of a normalised text: the
// first value that a column holds. NULL would be planned as a lookup of
// nothing. drawn says so in the plan; it is "" when q had its own values.
func (e *Engine) drawArgs(ctx context.Context, c *conn, query string, args []any) (_ []any, drawn string, err error) {
	if len(args) > 0 {
		return args, "", nil
	}
	known, err := e.catalog(ctx, c)
	if err != nil {
		return nil, "", err
	}
	shape, err := e.Parse(query, known)
	if err != nil || shape.Params == 0 {
		return nil, "", nil // the server says itself what it does not understand
	}
	for _, p := range shape.Placeholders {
		v, err := drawOne(ctx, c, p)
		if err != nil {
			return nil, "", fmt.Errorf("draw a value for a placeholder: %w", err)
		}
		args = append(args, v)
	}
	return args, "planned with values drawn from the tables", nil
}

// A LIMIT that is not known is taken as a page of a list.
const drawnLimit = 20

func drawOne(ctx context.Context, c *conn, p db.Placeholder) (any, error) {
	switch {
	case p.Role == db.RoleLimit:
		return drawnLimit, nil
	case p.Role == db.RoleOffset:
		return 0, nil
	case p.Table == "" || p.Column == "":
		return 1, nil
	}
	var v *string
	column := quoteAlways(p.Column)
	err := c.row(ctx, &v, "SELECT "+column+" FROM "+quoteAlways(p.Table)+" LIMIT 1")
	if err != nil || v == nil {
		return 1, err // the table is empty, or begins with NULL
	}
	return *v, nil
}
