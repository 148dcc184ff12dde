package postgres

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"mltop/internal/db"
)

// statementSums are the totals of all statements but ours.
// compiling is the part of seconds that just-in-time compilation took; spilled
// are the bytes that queries wrote to temporary files, spilling the calls of
// those that did.
type statementSums struct{ calls, seconds, all, compiling, spilled, spilling float64 }

// readStatementSums adds up what pg_stat_statements holds of this database.
func (e *Engine) readStatementSums(ctx context.Context, c *conn, k *knowledge, st *db.Stats) error {
	if k.statements == "" {
		st.Missing["queries"] = k.whyNoStatements()
		if st.QuerySeconds == nil {
			st.Missing["query_seconds"] = k.whyNoStatements()
		}
		return nil
	}
	if e.ownIDs == nil {
		if _, err := e.readStatements(ctx, c, k); err != nil {
			return err
		}
	}
	now, entries, err := e.sumsNow(ctx, c, k)
	if err == nil && entries != e.learnt { // new statements, of which some may be ours
		if _, err = e.readStatements(ctx, c, k); err == nil {
			now, _, err = e.addUp(ctx, c, k)
		}
	}
	if err != nil {
		return err
	}
	e.sums = e.sums.risen(now)
	now = e.sums // what is handed out is never changed
	st.Queries = &now.calls
	if st.QuerySeconds == nil {
		st.QuerySeconds = &now.seconds
	}
	// Less than the database's active time: neither parsing and planning nor the end of a transaction is in it.
	st.Counters = append(st.Counters, db.Counter{Name: countsStatements + ".statement_seconds", Label: "time in statements, executing", Value: now.seconds, Unit: "seconds"})
	st.Counters = append(st.Counters,
		db.Counter{Name: countsStatements + ".query_temp_bytes", Label: "temporary files of queries", Value: now.spilled, Unit: "bytes", Since: e.countingSince()},
		db.Counter{Name: countsStatements + ".query_temp_calls", Label: "calls of queries with such files", Value: now.spilling, Since: e.countingSince()})
	if k.compiles() {
		st.Counters = append(st.Counters, db.Counter{Name: countsStatements + ".jit_seconds", Label: "time compiling statements", Value: now.compiling, Unit: "seconds"})
	}
	return nil
}

// countingSince is in our clock's time; zero where the server does not tell.
func (e *Engine) countingSince() time.Time {
	if e.countedSince.IsZero() {
		return e.countedSince
	}
	return e.ours(e.countedSince)
}

// A sumsAnswer are the sums, and of how many entries they are.
type sumsAnswer struct {
	statementSums
	entries float64
}

func (a *sumsAnswer) places() []any {
	return []any{&a.calls, &a.seconds, &a.all, &a.compiling, &a.spilled, &a.spilling, &a.entries}
}

// withSums asks for the sums of statements beside the totals.
func (q totalsQuery) withSums(k *knowledge) string {
	totals, from, _ := strings.Cut(q.sql, totalsFrom)
	return totals + ", s.*" + totalsFrom + "(" + sumsSQL(k) + ") s, " + from
}

const totalsFrom = "\n\tFROM "

// askTotals asks for both in one round trip. Where they fail together, they are
// asked one by one until the server is looked at again: the sums may fail alone,
// which would end a transaction around both.
func (e *Engine) askTotals(ctx context.Context, c *conn, k *knowledge, places []any) error {
	e.beside = nil
	if c.keeps && k.statements != "" && e.ownIDs != nil && !k.apart {
		var a sumsAnswer
		err := c.row(ctx, k.totals.withSums(k), e.sumsArgs(k), append(slices.Clip(places), a.places()...)...)
		if err == nil {
			e.beside = &a
			return nil
		}
		var s *ServerError
		if !errors.As(e.to.explain(err), &s) || !s.ofQuestion() {
			return err
		}
		k.apart = true
	}
	return c.row(ctx, k.totals.sql, nil, places...)
}

// sumsNow are the sums that came beside the totals, or are asked for.
func (e *Engine) sumsNow(ctx context.Context, c *conn, k *knowledge) (statementSums, float64, error) {
	if a := e.beside; a != nil {
		e.beside = nil
		return a.statementSums, a.entries, nil
	}
	return e.addUp(ctx, c, k)
}

func (e *Engine) addUp(ctx context.Context, c *conn, k *knowledge) (statementSums, float64, error) {
	var a sumsAnswer
	err := c.row(ctx, sumsSQL(k), e.sumsArgs(k), a.places()...)
	return a.statementSums, a.entries, err
}

func (e *Engine) sumsArgs(k *knowledge) []any {
	return []any{strings.Join(e.ownIDs, ","), strings.Join(e.builds, ","), k.block}
}

func sumsSQL(k *knowledge) string {
	return `SELECT /* mltop */ coalesce(sum(calls) FILTER (WHERE NOT ours), 0)::float8, coalesce(sum(total_exec_time) FILTER (WHERE NOT ours), 0)::float8 / 1000, coalesce(sum(calls), 0)::float8,
		coalesce(sum(compiling) FILTER (WHERE NOT ours), 0)::float8 / 1000,
		coalesce(sum(temp) FILTER (WHERE NOT ours AND NOT builds), 0)::float8 * $3::int, coalesce(sum(calls) FILTER (WHERE temp > 0 AND NOT ours AND NOT builds), 0)::float8, count(*)::float8
		FROM (SELECT calls, total_exec_time, temp_blks_written AS temp, ` + jitTime(k) + ` AS compiling, coalesce(queryid::text = ANY (string_to_array($1, ',')), false) AS ours,
		coalesce(queryid::text = ANY (string_to_array($2, ',')), false) AS builds FROM ` + k.statements + ".pg_stat_statements(false)" + ofThisDatabase + ") s"
}

// compiles reports that the time of just-in-time compilation is counted, as
// since version 15.
func (k *knowledge) compiles() bool { return k.has(countsStatements, "jit_generation_time") }

func jitTime(k *knowledge) string {
	if !k.compiles() {
		return "0"
	}
	return "jit_generation_time + jit_inlining_time + jit_optimization_time + jit_emission_time"
}

// risen is what is known now. A statement of ours that was not told as such at
// the look before is no fall of the sums; fewer calls in all are one.
func (s statementSums) risen(now statementSums) statementSums {
	if now.all >= s.all {
		now.calls, now.seconds = max(now.calls, s.calls), max(now.seconds, s.seconds)
		now.compiling, now.spilled, now.spilling = max(now.compiling, s.compiling), max(now.spilled, s.spilled), max(now.spilling, s.spilling)
	}
	return now
}
