package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// Explain plans exactly one SELECT, INSERT, UPDATE or DELETE; it never runs
// it. The plan is SQLite's of the version compiled in, which may differ from
// the application's.
func (e *Engine) Explain(ctx context.Context, q db.Query) (*db.Plan, error) {
	text, err := oneStatement(q.SQL)
	if err != nil {
		return nil, err
	}
	var root *db.Node
	err = e.read(ctx, "explain", func(c *conn) error {
		rows, err := explainRows(ctx, c, text, q.Args)
		if err != nil {
			return fmt.Errorf("explain: %w", unbuilt(err))
		}
		s, err := e.catalog(ctx, c)
		if err != nil {
			return err
		}
		root = parsePlan(rows)
		if err := markExtremes(ctx, c, root, text, values(q.Args)); err != nil {
			return fmt.Errorf("explain: %w", err)
		}
		resolvePlan(root, text, s)
		fillRows(root, planSizes(ctx, c, root, s))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &db.Plan{Engine: "SQLite", Version: libraryVersion(), Root: root}, nil
}

// unbuilt says what to do about a virtual table that the application's SQLite
// knows and this one does not.
func unbuilt(err error) error {
	_, module, found := strings.Cut(err.Error(), "no such module: ")
	if !found {
		return err
	}
	why := fmt.Sprintf("a virtual table of module %s cannot be planned: the SQLite inside mltop has no such module", module)
	if module == "fts5" {
		why += "; build mltop with -tags sqlite_fts5"
	}
	return errors.New(why)
}

// A planRow is one row of EXPLAIN QUERY PLAN.
type planRow struct {
	id, parent int64
	detail     string
}

// explainRows plans text on any connection. Whatever text says, what is
// compiled is one EXPLAIN, and the authorizer refuses all that is no query:
// some PRAGMAs act while they are compiled.
func explainRows(ctx context.Context, c *conn, text string, args []any) ([]planRow, error) {
	c.authorize(allowPlanning)
	defer c.authorize(nil)
	var out []planRow
	_, err := c.each(ctx, "EXPLAIN QUERY PLAN "+text, values(args), func(row []driver.Value) error {
		if len(row) < 4 {
			return errors.New("an answer that is no plan")
		}
		id, _ := row[0].(int64)
		parent, _ := row[1].(int64)
		out = append(out, planRow{id, parent, asText(row[3])})
		return nil
	})
	return out, err
}

// values makes arguments that the driver takes of any.
func values(args []any) []driver.Value {
	out := make([]driver.Value, len(args))
	for i, a := range args {
		v, err := driver.DefaultParameterConverter.ConvertValue(a)
		if err != nil {
			v = fmt.Sprint(a)
		}
		out[i] = v
	}
	return out
}

// oneStatement refuses what is not exactly one statement that reads or writes
// rows.
func oneStatement(sql string) (string, error) {
	if strings.IndexByte(sql, 0) >= 0 {
		return "", errors.New("the statement holds a NUL byte")
	}
	parts := sqltext.Split(sql)
	switch {
	case len(parts) == 0:
		return "", errors.New("there is no statement")
	case len(parts) > 1:
		return "", fmt.Errorf("one statement is explained at a time, and these are %d", len(parts))
	}
	text := parts[0].SQL
	switch verb := firstWord(text); verb {
	case "SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE", "REPLACE":
		return text, nil
	case "":
		return "", errors.New("there is no statement")
	default:
		return "", fmt.Errorf("%s has no plan: only SELECT, INSERT, UPDATE and DELETE have", verb)
	}
}

func firstWord(sql string) string {
	if tokens := ddlTokens(sql); len(tokens) > 0 {
		return strings.ToUpper(tokens[0].text)
	}
	return ""
}

// SQLite's codes of what a statement is about to do, from its documentation.
const (
	actDelete    = 9
	actInsert    = 18
	actPragma    = 19
	actRead      = 20
	actSelect    = 21
	actUpdate    = 23
	actFunction  = 31
	actRecursive = 33
)

// allowReading allows what a pure SELECT does.
func allowReading(action int, a, b string) bool {
	switch action {
	case actRead, actSelect, actRecursive:
		return true
	case actFunction:
		return !strings.EqualFold(b, "load_extension")
	case actPragma: // virtual tables ask for these about themselves
		return b == "" && (strings.EqualFold(a, "page_size") || strings.EqualFold(a, "data_version"))
	}
	return false
}

// allowPlanning allows also the writes whose plans are asked for.
func allowPlanning(action int, a, b string) bool {
	return action == actInsert || action == actUpdate || action == actDelete || allowReading(action, a, b)
}

// Select runs a pure SELECT and answers at most limit rows.
func (e *Engine) Select(ctx context.Context, q db.Query, limit int) (db.Rows, error) {
	var out db.Rows
	err := e.run(ctx, q, func(row []driver.Value) error {
		if len(out.Values) >= limit {
			out.Truncated = true
			return errEnough
		}
		out.Values = append(out.Values, texts(row))
		return nil
	}, &out.Columns, &out.Elapsed)
	return out, err
}

// Measure runs a pure SELECT to its end and answers its plan with the number
// of rows and the time it took.
func (e *Engine) Measure(ctx context.Context, q db.Query) (*db.Plan, time.Duration, error) {
	plan, err := e.Explain(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	var elapsed time.Duration
	var columns []string
	rows := 0.0
	err = e.run(ctx, q, func([]driver.Value) error { rows++; return nil }, &columns, &elapsed)
	plan.Root.Actual = &db.Actual{Rows: rows, Loops: 1, Seconds: elapsed.Seconds()}
	return plan, elapsed, err
}

// errEnough ends a read that has given what was asked for.
var errEnough = errors.New("enough rows")

// run runs a statement that can only read. That it cannot write is SQLite's
// own word (the authorizer, query_only, mode=ro), not a guess from its text.
func (e *Engine) run(ctx context.Context, q db.Query, visit func([]driver.Value) error, columns *[]string, elapsed *time.Duration) error {
	text, err := oneStatement(q.SQL)
	if err != nil {
		return err
	}
	return e.read(ctx, "select", func(c *conn) error {
		c.authorize(allowReading)
		defer c.authorize(nil)
		if ro, err := c.readonly(text); err != nil || !ro {
			return errors.Join(err, errors.New("only a SELECT that changes nothing is run"))
		}
		start := time.Now()
		*columns, err = c.each(ctx, text, values(q.Args), visit)
		*elapsed = time.Since(start)
		if errors.Is(err, errEnough) {
			return nil
		}
		return err
	})
}

// texts shows a row as SQLite's shell would; NULL as NULL.
func texts(row []driver.Value) []string {
	out := make([]string, len(row))
	for i, v := range row {
		switch v := v.(type) {
		case nil:
			out[i] = "NULL"
		case []byte:
			out[i] = fmt.Sprintf("x'%x'", v)
		case time.Time:
			out[i] = v.UTC().Format("2006-01-02 15:04:05.999")
		default:
			out[i] = asText(v)
		}
	}
	return out
}
