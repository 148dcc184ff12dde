package mysql

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mltop/internal/db"
)

// A digestText is what a statement says; text is "" for one that asks about the
// server itself.
type digestText struct{ text, example string }

const (
	digestTable = " FROM performance_schema.events_statements_summary_by_digest WHERE "
	digestsFrom = digestTable + "(SCHEMA_NAME = DATABASE() OR SCHEMA_NAME IS NULL)"
	digestsSQL  = "SELECT SCHEMA_NAME, DIGEST, COUNT_STAR, SUM_TIMER_WAIT, MIN_TIMER_WAIT, MAX_TIMER_WAIT, SUM_ERRORS, SUM_ROWS_AFFECTED, SUM_ROWS_SENT, SUM_ROWS_EXAMINED, FIRST_SEEN"
	// textsAtOnce: of more new statements all texts are read.
	textsAtOnce = 100
)

// readDigests reads MariaDB's and MySQL's table of digests, without the texts
// that are known; columns that a version lacks stay unmeasured. A row without a
// digest is what found no room.
func (e *Engine) readDigests(ctx context.Context, c *conn) (db.StatementTotals, error) {
	out := db.StatementTotals{At: time.Now(), Source: sourceDigests, Evicted: ptr(0.0), Missing: map[string]string{}}
	e.spell()
	if e.texts == nil {
		e.texts = map[string]digestText{}
	}
	err := e.refreshElsewhere(ctx, c)
	if err != nil {
		return out, fmt.Errorf("read the statements' digests: %w", err)
	}
	var unknown []string
	sql, args := digestsSQL+since8(e.server, ", QUANTILE_95")+digestsFrom, []any(nil)
	if n := len(e.beyond.digests); n > 0 {
		sql, args = sql+" OR DIGEST IN ("+list(n)+")", anys(e.beyond.digests)
	}
	err = c.records(ctx, sql, args, func(r record) error {
		if r.null("digest") {
			out.Evicted = r.number("count_star")
			return nil
		}
		s := digestOf(r)
		if !r.null("schema_name") && !strings.EqualFold(r.get("schema_name"), e.server.Database) && !e.beyond.keys[s.Key] {
			return nil // the same text under another default database
		}
		if _, ok := e.texts[s.Key]; !ok {
			unknown = append(unknown, r.get("digest"))
		}
		out.List = append(out.List, s)
		return nil
	})
	if err == nil && len(unknown) > 0 {
		err = e.readTexts(ctx, c, unknown)
	}
	if err != nil {
		return out, fmt.Errorf("read the statements' digests: %w", err)
	}
	e.nameDigests(&out)
	if e.beyond.left != "" {
		out.Missing["elsewhere"] = e.beyond.left
	}
	out.Missing["temp_files"] = "the server counts temporary tables on disk, not their bytes"
	return out, nil
}

// since8 is what only MySQL's tables have, since version 8.
func since8(s server, columns string) string {
	if s.MariaDB || !s.least(8, 0) {
		return ""
	}
	return columns
}

// readTexts fetches the texts of statements that are new.
func (e *Engine) readTexts(ctx context.Context, c *conn, digests []string) error {
	sql, args := "SELECT SCHEMA_NAME, DIGEST, DIGEST_TEXT"+since8(e.server, ", QUERY_SAMPLE_TEXT")+digestsFrom, []any(nil)
	if len(digests) <= textsAtOnce {
		sql, args = sql+" AND DIGEST IN ("+list(len(digests))+")", anys(digests)
	}
	return c.records(ctx, sql, args, func(r record) error {
		t := digestText{}
		if text := r.get("digest_text"); !ofServer(text) {
			t = digestText{plainNames(text, e.spelled), r.get("query_sample_text")}
		}
		if r.null("schema_name") && e.meansOthers(t.text) {
			t = digestText{}
		}
		e.texts[digestKey(r)] = t
		return nil
	})
}

// nameDigests adds the texts, leaves out what asks about the server, and
// forgets the texts of statements that made room.
func (e *Engine) nameDigests(out *db.StatementTotals) {
	kept := make(map[string]digestText, len(out.List))
	list := out.List[:0]
	for _, s := range out.List {
		t, ok := e.texts[s.Key]
		if !ok {
			continue // it went between two questions
		}
		kept[s.Key] = t
		if t.text == "" {
			continue
		}
		s.Text, s.Example = t.text, t.example
		list = append(list, s)
		if out.Since.IsZero() || s.Since.Before(out.Since) {
			out.Since = s.Since
		}
	}
	e.texts, out.List = kept, list
}

func digestKey(r record) string { return r.get("schema_name") + "/" + r.get("digest") }

func digestOf(r record) db.StatementTotal {
	s := db.StatementTotal{Key: digestKey(r),
		Calls: r.number("count_star"), Errors: r.number("sum_errors"), RowsExamined: r.number("sum_rows_examined"),
		MinSeconds: times(r.number("min_timer_wait"), picoseconds), MaxSeconds: times(r.number("max_timer_wait"), picoseconds),
		P95Seconds: times(r.number("quantile_95"), picoseconds)}
	if t := times(r.number("sum_timer_wait"), picoseconds); t != nil {
		s.Seconds = *t
	}
	sent, changed := r.number("sum_rows_sent"), r.number("sum_rows_affected")
	if sent != nil && changed != nil {
		s.Rows = ptr(*sent + *changed)
	}
	s.Since, _ = time.Parse("2006-01-02 15:04:05.999999", r.get("first_seen")) // zero: unknown
	return s
}
