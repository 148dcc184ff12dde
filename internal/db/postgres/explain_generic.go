package postgres

import (
	"context"
	"strings"

	"mltop/internal/db"
)

// How a plan is asked for: with the tables' schemas its conditions are written
// in another way.
const (
	plainPlan   = "FORMAT JSON"
	schemasPlan = "VERBOSE, FORMAT JSON"
)

// explainJSON answers the server's plan, and what has to be said of it.
func explainJSON(ctx context.Context, c *conn, q db.Query, options string) (answer, says string, err error) {
	if len(q.Args) > 0 || placeholders(q.SQL) == 0 {
		return explainValues(ctx, c, q, options)
	}
	answer, err = explainGeneric(ctx, c, q.SQL, options)
	says = "planned for any values"
	if err == nil && strings.Count(answer, prunedMark) > strings.Count(answer, prunedMark+"0") {
		answer, err = explainUnpruned(ctx, c, q.SQL, options)
		says = "planned over all partitions: which of them a call reads depends on its values"
	}
	if err != nil {
		err = genericError{err}
	}
	return answer, says, err
}

// explainValues is a text without placeholders, or with what stands for them.
func explainValues(ctx context.Context, c *conn, q db.Query, options string) (answer, says string, err error) {
	sql := "EXPLAIN (" + options + ") " + q.SQL
	if len(q.Args) > 0 {
		err = c.row(ctx, sql, q.Args, &answer)
	} else {
		err = c.hushed(ctx, sql, &answer)
	}
	return answer, "", err
}

// prunedMark stands in a plan before how many partitions the values of a call
// ruled out: the NULLs of a generic plan mostly rule out all.
const prunedMark = `"Subplans Removed": `

// explainUnpruned is explainGeneric with every partition in it.
func explainUnpruned(ctx context.Context, c *conn, sql, options string) (string, error) {
	if err := c.script(ctx, "SET LOCAL enable_partition_pruning = off"); err != nil {
		return "", err
	}
	answer, err := explainGeneric(ctx, c, sql, options)
	if err != nil {
		return "", err
	}
	return answer, c.script(ctx, "SET LOCAL enable_partition_pruning = on") // it was, or nothing had been removed
}

// planned is the name of the statement whose generic plan is asked for; it
// lives inside one transaction.
const planned = "mltop_planned"

// explainGeneric asks for the plan that serves any values. EXPLAIN's own
// GENERIC_PLAN, of version 16, takes no protocol that refuses a second
// statement; this way does, and serves every version.
func explainGeneric(ctx context.Context, c *conn, sql, options string) (answer string, err error) {
	if err := c.hushed(ctx, prepare+sql, nil); err != nil {
		return "", err
	}
	// A prepared statement outlives its transaction; behind an error that has
	// to be ended first. Others of the session may be an application's.
	defer func() {
		if err == nil {
			err = c.do(ctx, "DEALLOCATE "+planned)
			return
		}
		clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), completeFor)
		defer cancel()
		_ = c.script(clean, "ROLLBACK; DEALLOCATE "+planned+"; BEGIN") // fails only with the session, which is then thrown away
	}()
	var n int
	if err := c.row(ctx, "SELECT /* mltop */ cardinality(parameter_types)::int8 FROM pg_prepared_statements WHERE name = $1", []any{planned}, &n); err != nil {
		return "", err
	}
	if err := c.script(ctx, "SET LOCAL plan_cache_mode = force_generic_plan"); err != nil {
		return "", err
	}
	execute := planned
	if n > 0 {
		execute += "(NULL" + strings.Repeat(", NULL", n-1) + ")"
	}
	err = c.hushed(ctx, "EXPLAIN ("+options+") EXECUTE "+execute, &answer)
	return answer, err
}
