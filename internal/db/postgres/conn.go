package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jmoiron/sqlx"

	"mltop/internal/db"
)

// A conn is the connection inside one transaction, or outside any for a
// change.
type conn struct {
	c       *sqlx.Conn
	trace   func(db.Line) // may be nil
	who     string
	writes  bool
	keeps   bool // the session is our own: what is asked stays prepared
	hushes  bool // our errors are left out of the server's log; see hushed
	catches bool // they can be caught
}

// args are those of the driver: first how to ask.
func (c *conn) args(args []any) []any {
	if !c.keeps {
		return args
	}
	return append([]any{pgx.QueryExecModeCacheStatement}, args...)
}

// tell hands a statement to the trace. That there is no row is an answer, and
// no error.
func (c *conn) tell(text string, start time.Time, err error) {
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	if c.trace != nil {
		c.trace(db.Line{At: start, Who: c.who, SQL: text, Elapsed: time.Since(start), Writes: c.writes, Err: err})
	}
}

// list fills a slice of structs, or of values, with the answer of one
// statement. The extended protocol takes no second statement behind it.
func (c *conn) list(ctx context.Context, into any, sql string, args ...any) error {
	start := time.Now()
	err := c.c.SelectContext(ctx, into, marked(sql), c.args(args)...)
	c.tell(sql, start, err)
	return err
}

// row reads the one row of an answer.
func (c *conn) row(ctx context.Context, sql string, args []any, into ...any) error {
	start := time.Now()
	err := c.c.QueryRowxContext(ctx, marked(sql), c.args(args)...).Scan(into...)
	c.tell(sql, start, err)
	return err
}

// each calls visit with every row's values; they are visit's to keep, the
// slice is not.
func (c *conn) each(ctx context.Context, sql string, args []any, visit func([]any) error) ([]string, error) {
	start := time.Now()
	columns, err := c.eachRow(ctx, sql, args, visit)
	c.tell(sql, start, err)
	return columns, err
}

func (c *conn) eachRow(ctx context.Context, sql string, args []any, visit func([]any) error) ([]string, error) {
	rows, err := c.c.QueryxContext(ctx, marked(sql), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	values, places := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		places[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return columns, err
		}
		if err := visit(values); err != nil {
			return columns, err
		}
	}
	return columns, rows.Err()
}

// do runs one statement and throws rows away. A text of a user's goes through
// the extended protocol, which takes one statement alone.
func (c *conn) do(ctx context.Context, sql string, args ...any) error {
	_, err := c.each(ctx, sql, args, func([]any) error { return nil })
	return err
}

// affected runs one statement and answers how many rows it changed.
func (c *conn) affected(ctx context.Context, sql string, args ...any) (int64, error) {
	start := time.Now()
	r, err := c.c.ExecContext(ctx, marked(sql), args...)
	c.tell(sql, start, err)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// script runs statements of our own in one round trip.
func (c *conn) script(ctx context.Context, sql string) error {
	start := time.Now()
	_, err := c.c.ExecContext(ctx, marked(sql))
	c.tell(sql, start, err)
	return err
}

// read runs f in a READ ONLY transaction and takes back what it set. op names
// who asks.
func (e *Engine) read(ctx context.Context, op string, f func(*conn) error) error {
	return e.asking(ctx, op, f, e.transaction)
}

// glance is read for what is asked at every tick, one statement at a time.
func (e *Engine) glance(ctx context.Context, op string, f func(*conn) error) error {
	return e.asking(ctx, op, f, e.bare)
}

type way func(ctx context.Context, op string, f func(*conn) error) error

func (e *Engine) asking(ctx context.Context, op string, f func(*conn) error, by way) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return errors.New("the engine is closed")
	}
	e.polls.Add(1)
	err := e.to.explain(by(ctx, op, f))
	if errors.Is(err, db.ErrBusy) {
		e.busy.Add(1)
	}
	return err
}

// bare runs f outside a transaction in a session that is our own and has the
// limits; in one that a pooler may hand around, inside.
func (e *Engine) bare(ctx context.Context, op string, f func(*conn) error) (err error) {
	raw, err := e.db.Connx(ctx)
	if err != nil {
		return err
	}
	if e.pooled.Load() || !e.guarded {
		return errors.Join(closeConn(raw), e.transaction(ctx, op, f))
	}
	defer func() { err = errors.Join(err, closeConn(raw)) }()
	return f(&conn{c: raw, trace: e.o.Trace, who: op, keeps: true})
}

func (e *Engine) transaction(ctx context.Context, op string, f func(*conn) error) (err error) {
	raw, err := e.db.Connx(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeConn(raw)) }()
	c := &conn{c: raw, trace: e.o.Trace, who: op}
	if err := e.beginOn(ctx, c); err != nil {
		return err
	}
	err = f(c)
	// The work is done either way; the end of the transaction must be told
	// even when the caller no longer waits.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), e.o.StatementTimeout)
	defer cancel()
	if err != nil {
		_ = c.script(end, "ROLLBACK") // a session that cannot even do this is thrown away by the pool
		return err
	}
	return c.script(end, "COMMIT")
}

// beginOn begins it. The right to hush may have been taken away since.
func (e *Engine) beginOn(ctx context.Context, c *conn) error {
	err := c.script(ctx, e.begin())
	if codeOf(err) == codeDenied && e.hushes.Swap(false) {
		err = c.script(ctx, "ROLLBACK; "+e.begin())
	}
	c.hushes, c.catches = e.hushes.Load(), e.catches.Load()
	return err
}

// closeConn gives a connection back. One that broke was told of already.
func closeConn(c *sqlx.Conn) error {
	_ = c.Close()
	return nil
}

// begin opens a transaction that can only read. Standard strings make a text
// mean here what our parser reads in it.
func (e *Engine) begin() string {
	hush := ""
	if e.hushes.Load() {
		hush = hushSQL
	}
	return fmt.Sprintf("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; SET LOCAL statement_timeout = %s; SET LOCAL lock_timeout = %s; "+
		"SET LOCAL idle_in_transaction_session_timeout = %s; SET LOCAL standard_conforming_strings = on",
		milliseconds(e.o.StatementTimeout), milliseconds(e.o.LockTimeout), milliseconds(2*e.o.StatementTimeout)) + hush
}
