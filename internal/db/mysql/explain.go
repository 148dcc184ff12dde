package mysql

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// Explain plans exactly one SELECT, INSERT, UPDATE or DELETE; it never runs
// it, though the server itself may work out a subquery of constants.
func (e *Engine) Explain(ctx context.Context, q db.Query) (*db.Plan, error) {
	text, err := oneStatement(q.SQL)
	if err != nil {
		return nil, err
	}
	return e.plan(ctx, "EXPLAIN FORMAT=JSON "+text, text, q.Args)
}

// plan runs an EXPLAIN or ANALYZE and reads its answer.
func (e *Engine) plan(ctx context.Context, sql, text string, args []any) (*db.Plan, error) {
	var answer string
	var cost *float64
	var known *db.Schema
	drawn := ""
	err := e.unqueued(ctx, "explain", func(c *conn) error {
		args, why, err := e.drawArgs(ctx, c, text, args)
		if err != nil {
			return err
		}
		drawn = why
		if answer, err = explained(ctx, c, sql, text, args); err != nil {
			return fmt.Errorf("explain: %w", e.stopped(err))
		}
		if cost, err = lastCost(ctx, c); err != nil {
			return err
		}
		known, err = e.catalog(ctx, c)
		return err
	})
	if err != nil {
		return nil, e.blamed(ctx, text, err)
	}
	root, err := parsePlan(answer, e.o.ShowLiterals)
	if err != nil {
		return nil, err
	}
	if root.Cost == nil && cost != nil && *cost > 0 {
		root.Cost = cost
	}
	root.Detail = drawn
	resolvePlan(root, aliases(e.Dialect, text, known))
	return &db.Plan{Engine: e.server.label(), Version: e.server.Text, Root: root}, nil
}

// unqueued is read for what needs a table's metadata lock, and is refused
// rather than stand in a queue for it: the connection is the only one, and
// sessions and samples wait for their turn on it. MySQL waits for 1 s at
// least. The catalog is not read so: its locks do not queue, and what is
// refused one is left out of the answer in silence.
func (e *Engine) unqueued(ctx context.Context, op string, f func(*conn) error) error {
	if !e.server.MariaDB {
		return e.read(ctx, op, f)
	}
	return e.read(ctx, op, func(c *conn) error {
		if err := c.exec(ctx, "SET SESSION lock_wait_timeout = 0"); err != nil {
			return err
		}
		return errors.Join(f(c), c.exec(context.WithoutCancel(ctx), readLockWait))
	})
}

// explained asks for the plan. MariaDB refuses to explain a write to a session
// that can only read: it gets a transaction that may write, in which nothing
// but EXPLAIN is ever said, and that is rolled back.
func explained(ctx context.Context, c *conn, sql, text string, args []any) (answer string, err error) {
	switch verbOf(text) {
	case "INSERT", "UPDATE", "DELETE", "REPLACE":
		if err := c.exec(ctx, "START TRANSACTION READ WRITE"); err != nil {
			return "", err
		}
		defer func() { err = errors.Join(err, c.exec(context.WithoutCancel(ctx), endOwn)) }()
	}
	_, err = c.each(ctx, sql, args, func(row []value) error { answer = row[0].s; return nil })
	return answer, err
}

// lastCost is the planner's own figure for the statement before: MariaDB 10.11
// keeps it out of its JSON.
func lastCost(ctx context.Context, c *conn) (*float64, error) {
	v, err := c.pairs(ctx, "SHOW SESSION STATUS LIKE 'Last_query_cost'")
	return number(v["last_query_cost"]), connectionLost(err)
}

// catalog is what names are looked up in; c's engine is locked.
func (e *Engine) catalog(ctx context.Context, c *conn) (*db.Schema, error) {
	if e.known == nil {
		s, err := e.readSchema(ctx, c)
		if err != nil {
			return nil, err
		}
		e.known = s
	}
	return e.known, nil
}

// aliases says which table of the catalog each name in a statement means.
func aliases(d Dialect, text string, s *db.Schema) map[string]string {
	out := map[string]string{}
	for _, t := range s.Tables {
		out[strings.ToLower(t.Name)] = t.Name
	}
	shape, err := d.Parse(text, s)
	if err != nil {
		return out // the plan then shows the names as the statement has them
	}
	for i := len(shape.Blocks) - 1; i >= 0; i-- {
		for _, r := range shape.Blocks[i].Relations {
			if r.Table != "" && r.Alias != "" {
				out[strings.ToLower(r.Alias)] = r.Table
			}
		}
	}
	return out
}

// resolvePlan names tables as the catalog does.
func resolvePlan(root *db.Node, names map[string]string) {
	p := db.Plan{Root: root}
	p.Walk(func(n *db.Node, _ int) {
		if n.Table == "" {
			return
		}
		if name := names[strings.ToLower(n.Table)]; name != "" && name != n.Table {
			n.Table, n.Alias = name, n.Table
		}
	})
}

// oneStatement refuses what is not exactly one statement that reads or writes
// rows. Comments that the server executes could hold anything.
func oneStatement(sql string) (string, error) {
	if strings.IndexByte(sql, 0) >= 0 {
		return "", errors.New("the statement holds a NUL byte")
	}
	if strings.Contains(sql, "/*!") || strings.Contains(sql, "/*M!") {
		return "", errors.New("the statement holds a comment that the server executes (/*! … */)")
	}
	parts := sqltext.Split(sql)
	switch {
	case len(parts) == 0:
		return "", errors.New("there is no statement")
	case len(parts) > 1:
		return "", fmt.Errorf("one statement is explained at a time, and these are %d", len(parts))
	}
	text := parts[0].SQL
	switch verb := verbOf(text); verb {
	case "SELECT", "WITH", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "REPLACE":
		return text, nil
	case "":
		return "", errors.New("there is no statement")
	default:
		return "", fmt.Errorf("%s has no plan: only SELECT, INSERT, UPDATE and DELETE have", verb)
	}
}

// verbOf is the first word; that of "(SELECT …) UNION …" is SELECT.
func verbOf(sql string) string { return sqltext.Verb(strings.TrimLeft(sql, "( \t\r\n")) }

// pureSelect refuses what could do more than read: files, locks, waits. That
// nothing is written is the server's word: the session is read only.
func pureSelect(sql string) (string, error) {
	text, err := oneStatement(sql)
	if err != nil {
		return "", err
	}
	switch verbOf(text) {
	case "SELECT", "WITH", "VALUES", "TABLE":
	default:
		return "", errors.New("only a SELECT that changes nothing is run")
	}
	words := " " + strings.Join(strings.FieldsFunc(strings.ToLower(sqltext.Normalize(text)), func(r rune) bool { return !isWord(r) }), " ") + " "
	for _, w := range []string{"into", "for update", "for share", "lock in share mode", "get_lock", "nextval", "setval", "lastval", "next value for", "sleep", "benchmark", "load_file"} {
		if strings.Contains(words, " "+w+" ") {
			return "", fmt.Errorf("only a SELECT that changes nothing and waits for nothing is run, and this one says %s", strings.ToUpper(w))
		}
	}
	return text, nil
}

// errEnough ends a read that has given what was asked for.
var errEnough = errors.New("enough rows")

// Select runs a pure SELECT and answers at most limit rows.
func (e *Engine) Select(ctx context.Context, q db.Query, limit int) (db.Rows, error) {
	var out db.Rows
	query, err := pureSelect(q.SQL)
	if err != nil {
		return out, err
	}
	err = e.read(ctx, "select", func(c *conn) error {
		if err := c.exec(ctx, fmt.Sprintf("SET SESSION sql_select_limit = %d", limit+1)); err != nil {
			return err
		}
		err := e.rows(ctx, c, query, q.Args, limit, &out)
		return errors.Join(err, c.exec(context.WithoutCancel(ctx), "SET SESSION sql_select_limit = DEFAULT"))
	})
	return out, err
}

// rows reads the answer. One that goes on (the statement has a LIMIT of its
// own) is cut by hanging up: the driver would read it to its end.
func (e *Engine) rows(ctx context.Context, c *conn, query string, args []any, limit int, out *db.Rows) error {
	inner, hangUp := context.WithCancel(ctx)
	defer hangUp()
	start, after := time.Now(), 0
	columns, err := c.each(inner, query, args, func(row []value) error {
		if len(out.Values) < limit {
			out.Values = append(out.Values, shown(row))
			return nil
		}
		out.Truncated = true
		if after++; after > 1 {
			return errEnough
		}
		return nil
	})
	out.Columns, out.Elapsed = columns, time.Since(start)
	if errors.Is(err, errEnough) {
		return nil
	}
	return e.stopped(err)
}

// stopped says why the server ended a statement of ours.
func (e *Engine) stopped(err error) error {
	if code := codeOf(err); code == codeTimedOutMariaDB || code == codeTimedOutMySQL {
		return fmt.Errorf("it ran longer than %s and was stopped: %w", e.o.ReadTimeout, err)
	}
	return err
}

// shown is a row as a user sees it: NULL as NULL, bytes in hexadecimal.
func shown(row []value) []string {
	out := make([]string, len(row))
	for i, v := range row {
		switch {
		case v.null:
			out[i] = "NULL"
		case !utf8.ValidString(v.s):
			out[i] = "x'" + hex.EncodeToString([]byte(v.s)) + "'"
		default:
			out[i] = v.s
		}
	}
	return out
}

// Measure runs a pure SELECT to its end and answers its plan with what the
// server measured: ANALYZE of MariaDB, EXPLAIN ANALYZE of MySQL 8.
func (e *Engine) Measure(ctx context.Context, q db.Query) (*db.Plan, time.Duration, error) {
	query, err := pureSelect(q.SQL)
	if err != nil {
		return nil, 0, err
	}
	sql := "ANALYZE FORMAT=JSON " + query
	if !e.server.MariaDB {
		sql = "EXPLAIN ANALYZE " + query
	}
	start := time.Now()
	p, err := e.plan(ctx, sql, query, q.Args)
	took := time.Since(start)
	if err != nil {
		return nil, took, err
	}
	if p.Root.Actual != nil && p.Root.Actual.Seconds > 0 {
		took = seconds(p.Root.Actual.Seconds)
	}
	return p, took, nil
}
