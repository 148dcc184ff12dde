package postgres

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"mltop/internal/sqltext"
)

// The server writes whatever it refuses into its log as an ERROR, also the plans
// that we ask for, and a DBA's alarm goes off. Whoever may leaves such lines out
// for the time of one of our transactions; for others a refusal is caught where
// it arises.

// hushSQL keeps the lines that are no errors: an audit's, and durations.
const hushSQL = "; SET LOCAL log_min_messages = log"

// mayHushSQL asks a server that can give this right to others than superusers.
const mayHushSQL = "SELECT /* mltop */ has_parameter_privilege('log_min_messages', 'SET')"

func readHush(ctx context.Context, c *conn, k *knowledge) error {
	if k.hushes || k.number < 150000 {
		return nil
	}
	return c.row(ctx, mayHushSQL, nil, &k.hushes)
}

// hushed runs one statement whose refusal is to be no line in the log; into
// answer goes its one text, which may be nil for one that has none. Of a refusal
// that is caught nobody tells the place in the text.
func (c *conn) hushed(ctx context.Context, sql string, answer *string) error {
	switch {
	case c.catches && !c.hushes:
		start := time.Now()
		err := c.caught(ctx, sql, answer)
		c.tell(sql, start, err)
		return err
	case answer == nil:
		return c.do(ctx, sql)
	}
	return c.row(ctx, sql, nil, answer)
}

// wentWell stands before an answer, in the place of the code of a refusal.
const wentWell = "00000"

// caughtSQL runs what stands in one variable of the transaction's, and leaves in
// another what came of it. Its own text is always the same: the server keeps
// count of each.
func caughtSQL(into string) string {
	return mark + " DO " + sqltext.QuoteString(`DECLARE a text; h text; BEGIN EXECUTE current_setting('mltop.ask')`+into+`; PERFORM set_config('mltop.answer', '`+wentWell+`' || coalesce(a, ''), true);
		EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS h = PG_EXCEPTION_HINT; PERFORM set_config('mltop.answer', SQLSTATE || SQLERRM || chr(1) || coalesce(h, ''), true); END`, dialectName)
}

func (c *conn) caught(ctx context.Context, sql string, answer *string) error {
	into, came := "", ""
	if answer != nil {
		into = " INTO a"
	}
	if err := c.c.QueryRowxContext(ctx, "SELECT "+mark+" set_config('mltop.ask', $1, true)", marked(sql)).Scan(&came); err != nil {
		return err
	}
	if _, err := c.c.ExecContext(ctx, caughtSQL(into)); err != nil {
		return err
	}
	if err := c.c.QueryRowxContext(ctx, "SELECT "+mark+" current_setting('mltop.answer')").Scan(&came); err != nil {
		return err
	}
	if len(came) < len(wentWell) {
		return errors.New("the server's answer did not come back: what stands between gave the question to another session")
	}
	code, text := came[:len(wentWell)], came[len(wentWell):]
	if code != wentWell {
		message, hint, _ := strings.Cut(text, separator)
		return &pgconn.PgError{Severity: "ERROR", Code: code, Message: message, Hint: hint}
	}
	if answer != nil {
		*answer = text
	}
	return nil
}
