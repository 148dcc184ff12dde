package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	pgquery "github.com/sqlc-dev/oliphant"

	"mltop/internal/db"
)

// Explain plans exactly one SELECT, INSERT, UPDATE, DELETE or MERGE; it never
// runs it. A text with $1 and no arguments is given a generic plan: the one
// for values that are not known.
func (e *Engine) Explain(ctx context.Context, q db.Query) (*db.Plan, error) {
	text, err := oneStatement(q.SQL)
	if err != nil {
		return nil, err
	}
	var plan *db.Plan
	err = e.pastLocks(ctx, text, func() error {
		plan, err = e.explainText(ctx, text, q.Args)
		return err
	})
	return plan, err
}

func (e *Engine) explainText(ctx context.Context, text string, args []any) (plan *db.Plan, err error) {
	err = e.typing(ctx, text, func(text string) error {
		return e.read(ctx, "explain", func(c *conn) error {
			k, err := e.facts(ctx, c)
			if err != nil {
				return err
			}
			plan, err = explainOn(ctx, c, k, db.Query{SQL: text, Args: args}, e.o.ShowLiterals)
			return err
		})
	})
	var generic genericError
	if errors.As(err, &generic) && !errors.Is(err, db.ErrBusy) && e.worthDrawing(err) {
		return e.explainDrawn(ctx, text, err)
	}
	return plan, err
}

// explainOn plans on any connection inside a transaction.
func explainOn(ctx context.Context, c *conn, k *knowledge, q db.Query, literals bool) (*db.Plan, error) {
	answer, says, err := explainJSON(ctx, c, q, plainPlan)
	if err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	root, err := parsePlan([]byte(answer), literals)
	if err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	if err := fillRows(ctx, c, q, root); err != nil {
		return nil, err
	}
	root.Detail = says
	return &db.Plan{Engine: "PostgreSQL", Version: k.version, Root: root}, nil
}

// shown is the name of the cursor over the rows that a user asked to see.
const shown = "mltop_rows"

// attempt is read for a user's text that runs: whatever it did to the session
// is undone, also where it succeeded. What is only planned does nothing to it,
// and ends by COMMIT: a server's rollbacks are what people watch.
func (e *Engine) attempt(ctx context.Context, op string, f func(*conn) error) error {
	err := e.read(ctx, op, func(c *conn) error {
		if err := f(c); err != nil {
			return err
		}
		return errUndo
	})
	if errors.Is(err, errUndo) {
		return nil
	}
	return err
}

// errUndo ends a transaction by ROLLBACK although all went well.
var errUndo = errors.New("undo")

// oneStatement refuses what is not exactly one statement that has a plan.
func oneStatement(sql string) (string, error) {
	if strings.IndexByte(sql, 0) >= 0 {
		return "", errors.New("the statement holds a NUL byte")
	}
	sql, tree, err := parsed(sql)
	switch {
	case err != nil:
		return "", err
	case len(tree.Stmts) == 0:
		return "", errors.New("there is no statement")
	case len(tree.Stmts) > 1:
		return "", fmt.Errorf("one statement is explained at a time, and these are %d", len(tree.Stmts))
	}
	s := tree.Stmts[0].Stmt
	if s.GetSelectStmt() == nil && s.GetInsertStmt() == nil && s.GetUpdateStmt() == nil && s.GetDeleteStmt() == nil && s.GetMergeStmt() == nil {
		return "", errors.New("only SELECT, INSERT, UPDATE, DELETE and MERGE have a plan")
	}
	if s.GetSelectStmt().GetIntoClause() != nil {
		return "", errors.New("SELECT INTO makes a table: it is not explained")
	}
	return strings.TrimRight(strings.TrimSpace(sql), "; \t\r\n"), nil
}

// parseTree reads a text as PostgreSQL's own grammar does. A fault of the
// parser's is an error like any other.
func parseTree(sql string) (tree *pgquery.ParseResult, err error) {
	defer func() {
		if r := recover(); r != nil {
			tree, err = nil, fmt.Errorf("could not be parsed: %v", r)
		}
	}()
	if tree, err = pgquery.Parse(sql); err != nil {
		return nil, fmt.Errorf("could not be parsed: %w", err)
	}
	return tree, nil
}

// placeholders is the highest number of a $n in a text.
func placeholders(sql string) int {
	tokens, err := pgquery.Scan(sql)
	if err != nil {
		return 0 // the server's own error about the text says more
	}
	highest := 0
	for _, t := range tokens.Tokens {
		highest = max(highest, paramNumber(sql, t))
	}
	return highest
}

// paramNumber is n of $n; 0 of any other token.
func paramNumber(sql string, t *pgquery.ScanToken) int {
	if t.Token != pgquery.Token_PARAM || int(t.End) > len(sql) {
		return 0
	}
	n, err := strconv.Atoi(sql[t.Start+1 : t.End])
	if err != nil {
		return 0
	}
	return n
}

// Select runs a pure SELECT and answers at most limit rows. A cursor takes
// nothing else, and fetches no more than is shown.
func (e *Engine) Select(ctx context.Context, q db.Query, limit int) (db.Rows, error) {
	var out db.Rows
	text, err := pureSelect(q.SQL)
	if err != nil {
		return out, err
	}
	err = e.pastLocks(ctx, text, func() error { return e.selectRows(ctx, text, q.Args, limit, &out) })
	return out, err
}

func (e *Engine) selectRows(ctx context.Context, text string, args []any, limit int, out *db.Rows) error {
	return e.attempt(ctx, "select", func(c *conn) (err error) {
		start := time.Now()
		if err := c.do(ctx, "DECLARE "+shown+" NO SCROLL CURSOR FOR "+text, args...); err != nil {
			return err
		}
		out.Columns, err = c.each(ctx, fmt.Sprintf("FETCH %d FROM "+shown, limit+1), nil, func(row []any) error {
			if len(out.Values) >= limit {
				out.Truncated = true
				return nil
			}
			out.Values = append(out.Values, texts(row))
			return nil
		})
		out.Elapsed = time.Since(start)
		return err
	})
}

// Measure runs a pure SELECT to its end and answers its plan with what each
// node read.
func (e *Engine) Measure(ctx context.Context, q db.Query) (*db.Plan, time.Duration, error) {
	text, err := pureSelect(q.SQL)
	if err != nil {
		return nil, 0, err
	}
	var plan *db.Plan
	var elapsed time.Duration
	err = e.pastLocks(ctx, text, func() error {
		plan, elapsed, err = e.measureText(ctx, text, q.Args)
		return err
	})
	return plan, elapsed, err
}

func (e *Engine) measureText(ctx context.Context, text string, args []any) (plan *db.Plan, elapsed time.Duration, err error) {
	err = e.attempt(ctx, "measure", func(c *conn) error {
		k, err := e.facts(ctx, c)
		if err != nil {
			return err
		}
		var answer string
		start := time.Now()
		if err := c.row(ctx, "EXPLAIN (ANALYZE, FORMAT JSON) "+text, args, &answer); err != nil {
			return err
		}
		elapsed = time.Since(start)
		root, err := parsePlan([]byte(answer), e.o.ShowLiterals)
		plan = &db.Plan{Engine: "PostgreSQL", Version: k.version, Root: root}
		return err
	})
	return plan, elapsed, err
}

func pureSelect(sql string) (string, error) {
	text, err := oneStatement(sql)
	if err != nil {
		return "", err
	}
	tree, err := parseTree(text)
	if err != nil {
		return "", err
	}
	if s := tree.Stmts[0].Stmt.GetSelectStmt(); s == nil || len(s.LockingClause) > 0 {
		return "", errors.New("only a SELECT that changes nothing is run")
	}
	return text, nil
}

// texts shows a row as psql would; NULL as NULL.
func texts(row []any) []string {
	out := make([]string, len(row))
	for i, v := range row {
		switch v := v.(type) {
		case nil:
			out[i] = "NULL"
		case []byte:
			out[i] = string(v)
		case time.Time:
			out[i] = v.Format("2006-01-02 15:04:05.999999Z07:00")
		default:
			out[i] = fmt.Sprint(v)
		}
	}
	return out
}
