package sqlite

import (
	"strings"

	"github.com/sqlc-dev/meyer/ast"
)

// deterministic lists the built-in functions that an index may hold.
func deterministic(name string) bool {
	switch name {
	case "abs", "char", "coalesce", "concat", "concat_ws", "format", "glob", "hex", "if", "ifnull", "iif",
		"instr", "json", "json_array", "json_array_length", "json_extract", "json_object", "json_quote",
		"json_type", "json_valid", "length", "like", "likelihood", "likely", "lower", "ltrim", "max", "min",
		"nullif", "octet_length", "printf", "quote", "replace", "round", "rtrim", "sign", "substr",
		"substring", "trim", "typeof", "unhex", "unicode", "unlikely", "upper":
		return true
	}
	return isDateFunction(name)
}

func isDateFunction(name string) bool {
	switch name {
	case "date", "time", "datetime", "julianday", "unixepoch", "strftime", "timediff":
		return true
	}
	return false
}

// harmless lists the other built-ins, which change nothing either.
func harmless(name string) bool {
	switch name {
	case "changes", "last_insert_rowid", "random", "randomblob", "soundex", "sqlite_compileoption_get",
		"sqlite_compileoption_used", "sqlite_source_id", "sqlite_version", "total_changes", "zeroblob",
		"json_insert", "json_replace", "json_set", "json_remove", "json_patch", "json_pretty", "json_error_position",
		"acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "ceil", "ceiling", "cos", "cosh", "degrees",
		"exp", "floor", "ln", "log", "log10", "log2", "mod", "pi", "pow", "power", "radians", "sin", "sinh",
		"sqrt", "tan", "tanh", "trunc", "current_date", "current_time", "current_timestamp", "regexp",
		"bm25", "highlight", "snippet", "matchinfo", "offsets", "match", "subtype", "unistr", "unistr_quote":
		return true
	}
	return strings.HasPrefix(name, "jsonb") || isWindowOnly(name) || isAggregate(name, 1) || deterministic(name)
}

func isWindowOnly(name string) bool {
	switch name {
	case "row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead",
		"first_value", "last_value", "nth_value":
		return true
	}
	return false
}

// isAggregate reports whether a call without OVER gathers rows; min and max
// do with one argument only.
func isAggregate(name string, args int) bool {
	switch name {
	case "count", "sum", "avg", "total", "group_concat", "string_agg", "median", "percentile",
		"json_group_array", "json_group_object", "jsonb_group_array", "jsonb_group_object":
		return true
	case "min", "max":
		return args == 1
	}
	return false
}

// whyNotKey says why an index cannot hold a call; "" when it can.
func whyNotKey(f *ast.FuncCall) string {
	name := strings.ToLower(f.Name.Name)
	switch {
	case !deterministic(name):
		return "non-deterministic or unknown function: " + name + "()"
	case isDateFunction(name) && dependsOnNow(f):
		return "non-deterministic use of " + name + "()"
	}
	return ""
}

// dependsOnNow reports whether a date function reads the clock or the time
// zone: SQLite refuses that in an index, some of it only when rows come.
func dependsOnNow(f *ast.FuncCall) bool {
	needed := 1
	if strings.EqualFold(f.Name.Name, "strftime") {
		needed = 2
	}
	if len(f.Args) < needed {
		return true
	}
	for i, a := range f.Args {
		lit, ok := unwrap(a).(*ast.Literal)
		switch {
		case i >= needed && !ok:
			return true // a modifier that is not known now
		case ok && lit.Kind == ast.LitString && readsClock(lit.Value):
			return true
		}
	}
	return false
}

func readsClock(modifier string) bool {
	switch strings.ToLower(strings.TrimSpace(modifier)) {
	case "now", "localtime", "utc":
		return true
	}
	return false
}

// hasAggregate looks for an aggregate or window function outside subqueries.
func hasAggregate(columns []*ast.ResultColumn) bool {
	found := false
	for _, c := range columns {
		ast.Walk(c, func(n ast.Node) bool {
			switch t := n.(type) {
			case *ast.SelectStmt:
				return false
			case *ast.FuncCall:
				found = found || t.Over != nil || isAggregate(strings.ToLower(t.Name.Name), len(t.Args))
			}
			return true
		})
	}
	return found
}
