package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"mltop/internal/db"
)

// arguments answers what a statement is run with on the sample: its own
// arguments, or typical ones and the worst, from what the server's statistics
// know of the live columns.
func (l *sampleLab) arguments(ctx context.Context, text string, s *db.Shape, own []any) (typical, worst []any, err error) {
	if len(own) >= s.Params {
		return own, own, nil
	}
	run, cancel := quietly(ctx)
	defer cancel()
	typical, worst, err = s.DrawArgs(func(p db.Placeholder) (db.Values, error) {
		key := p.Table + "." + p.Column
		if v, ok := l.drawn[key]; ok {
			return v, nil
		}
		v, err := valuesOf(run, l.c, l.schema.Table(p.Table), p.Column)
		if err == nil {
			l.drawn[key] = v
		}
		return v, err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("draw a value for a placeholder: %w", err)
	}
	typical, worst = fitting(text, typical), fitting(text, worst)
	copy(typical, asText(own))
	copy(worst, asText(own))
	return typical, worst, nil
}

// fitting are arguments as text; those of which nothing is known are of the
// type that the text gives them. A span is never a value of the column that it
// is counted from.
func fitting(text string, args []any) []any {
	out, casts := asText(args), castsOf(text)
	for i := range out {
		name := casts[i+1]
		if v := typicalOf(name); v != "" && (args[i] == int64(1) || name == "interval") {
			out[i] = v
		}
	}
	return out
}

// typicalOf is a value of a type; "" where 1 is one.
func typicalOf(name string) string {
	switch name {
	case "interval":
		return "1 day" // the span that is written most
	case "date", "timestamp", "timestamptz":
		return "today"
	case "time", "timetz":
		return "12:00"
	case "uuid":
		return "00000000-0000-0000-0000-000000000000"
	case "json", "jsonb":
		return "{}"
	case "inet", "cidr":
		return "127.0.0.1"
	}
	return ""
}

// bring copies the rows that a statement asks for by key.
func (l *sampleLab) bring(ctx context.Context, shape *db.Shape, args []any) error {
	for _, k := range shape.Lookups(l.schema, args) {
		r := l.Find(k.Table.Name)
		key := fmt.Sprint(k.Table.Name, "\x00", k.Column, "\x00", k.Value, k.Arg)
		if r == nil || r.Complete || l.brought[key] {
			continue
		}
		l.brought[key] = true
		is, own := k.Value, []any(nil)
		if k.Value == "" {
			is, own = "$1", asText([]any{k.Arg})
		}
		run, cancel := quietly(ctx)
		f := &filler{l: l}
		n, err := l.c.affected(run, f.insert(k.Table, "")+live(k.Table)+" WHERE "+quote(k.Column)+" = "+is+" LIMIT 1 ON CONFLICT DO NOTHING", own...)
		cancel()
		r.Rows += float64(n)
		if err != nil && codeOf(err) == "" {
			return err // else the constant is no value of the column's: the run itself will say so
		}
	}
	return nil
}

// asText writes numbers as text: the server then reads them as the type that
// it expects.
func asText(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		if out[i] = a; a != nil {
			out[i] = fmt.Sprint(a)
		}
	}
	return out
}

// valuesSQL reads what ANALYZE found out about one column.
const valuesSQL = `SELECT /* mltop */ coalesce(array_to_json(most_common_vals::text::text[])::text, '[]'), coalesce(array_to_json(most_common_freqs)::text, '[]'),
	coalesce(array_to_json(histogram_bounds::text::text[])::text, '[]') FROM pg_stats WHERE schemaname = $1 AND tablename = $2 AND attname = $3 LIMIT 1`

// valuesOf are the server's own statistics of a column; none where it was
// never analyzed, or may not be looked at.
func valuesOf(ctx context.Context, c *conn, t *db.Table, column string) (db.Values, error) {
	var v db.Values
	if t == nil {
		return v, nil
	}
	var answers []struct {
		Values string `db:"v"`
		Shares string `db:"s"`
		Bounds string `db:"b"`
	}
	sql := "SELECT v.* FROM (" + valuesSQL + ") v(v, s, b)"
	if err := c.list(ctx, &answers, sql, t.Schema, t.Name, column); err != nil || len(answers) == 0 {
		return v, err
	}
	var values []string
	var shares []float64
	for text, into := range map[string]any{answers[0].Values: &values, answers[0].Shares: &shares, answers[0].Bounds: &v.Bounds} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			return v, fmt.Errorf("read the statistics of %s.%s: %w", t.Name, column, err)
		}
	}
	for i := range min(len(values), len(shares)) {
		v.Common = append(v.Common, db.CommonValue{Value: values[i], Share: shares[i]})
	}
	return v, nil
}

// limitOf is how many rows a statement's own LIMIT lets through; 0: it has
// none, or one that is not known.
func limitOf(text string, args []any) float64 {
	tree, err := parseTree(text)
	if err != nil || len(tree.Stmts) == 0 {
		return 0
	}
	count := tree.Stmts[0].Stmt.GetSelectStmt().GetLimitCount()
	if p := count.GetParamRef(); p != nil && int(p.Number) <= len(args) && p.Number > 0 {
		n, _ := strconv.ParseFloat(fmt.Sprint(args[p.Number-1]), 64) // 0: not known
		return n
	}
	if k := count.GetAConst(); k != nil && k.GetIval() != nil {
		return float64(k.GetIval().Ival)
	}
	return 0
}
