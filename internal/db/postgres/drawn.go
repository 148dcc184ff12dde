package postgres

import (
	"context"
	"strings"
	"time"

	"mltop/internal/db"
)

var _ db.Drawer = (*Engine)(nil)

// Draw finds real constants for the $1, $2, … of a normalised text, in what
// ANALYZE found out about the columns that they stand beside.
func (e *Engine) Draw(ctx context.Context, query string) (typical, worst []any, err error) {
	text, err := oneStatement(query)
	if err != nil {
		return nil, nil, err
	}
	schema, err := e.lateSchema(ctx)
	if err != nil {
		return nil, nil, err
	}
	shape, err := e.Parse(text, schema)
	if err != nil {
		return nil, nil, err
	}
	err = e.read(ctx, "draw", func(c *conn) error {
		typical, worst, err = shape.DrawArgs(func(p db.Placeholder) (db.Values, error) {
			return valuesOf(ctx, c, schema.Table(p.Table), p.Column)
		})
		return err
	})
	return fitting(text, typical), fitting(text, worst), err
}

// lateFor is how long a schema is good enough to bind a statement to.
const lateFor = time.Minute

// lateSchema is a schema that was read a short while ago, or now.
func (e *Engine) lateSchema(ctx context.Context) (*db.Schema, error) {
	e.mu.Lock()
	s := e.late
	fresh := time.Since(e.lateAt) < lateFor
	e.mu.Unlock()
	if s != nil && fresh {
		return s, nil
	}
	s, err := e.Schema(ctx)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	e.late, e.lateAt = s, time.Now()
	e.mu.Unlock()
	return s, nil
}

// A genericError says that a generic plan could not be had: a pooler that
// follows PREPARE in its own way, a right that lacks.
type genericError struct{ error }

// Unwrap is the server's own error.
func (e genericError) Unwrap() error { return e.error }

// worthDrawing reports that the server may take with values what it refused
// without: not where a name or a right lacks (PostgreSQL's appendix A, class 42),
// and of types not where every further refusal is a line in its log.
func (e *Engine) worthDrawing(err error) bool {
	const preparedAlready = "42P05" // by another session behind a pooler
	code := codeOf(err)
	return !strings.HasPrefix(code, "42") || code == preparedAlready || lacksType(err) && (e.hushes.Load() || !e.catches.Load())
}

// explainDrawn plans a text without values by typical ones, where a generic
// plan could not be had. Why is the error that it answers when that fails too:
// the server says the same of both.
func (e *Engine) explainDrawn(ctx context.Context, text string, why error) (*db.Plan, error) {
	typical, _, err := e.Draw(ctx, text)
	if err != nil || len(typical) == 0 {
		return nil, why
	}
	plan, err := e.Explain(ctx, db.Query{SQL: text, Args: typical})
	if err != nil {
		return nil, why
	}
	plan.Root.Detail = "planned with typical values drawn from the statistics"
	return plan, nil
}
