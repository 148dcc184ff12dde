package postgres

import (
	"context"
	"encoding/json"
	"slices"

	"mltop/internal/db"
)

// A columnDetail is what more of a column's statistics a size needs. It is read
// when an index of the column is first sized.
type columnDetail struct {
	Type   string  `db:"type"`
	Spread float64 `db:"spread"` // of the bytes of its values, by those that ANALYZE kept; 1 of what is no text
	Text   string  `db:"common"`
	common []float64
}

// keysOf are the keys that an index can hold, by what ANALYZE found out about
// its columns.
func (l *Lab) keysOf(ix db.Index) keys {
	k := keys{shares: len(ix.Include) == 0}
	rows, spread := max(l.rows[ix.Table], 1), 0.0
	for i, name := range keyNames(ix) {
		s, ok := l.stats[ix.Table+"."+name]
		if !ok {
			s = columnStat{width: unknownWidth, distinct: -1}
		}
		d := l.detail(ix, name)
		k.shares = k.shares && sharesEntries(d.Type, l.number)
		if spread = max(spread, d.Spread); d.Spread > 0 {
			s.width += cutWidth
		}
		kinds := kindsOf(s, d.common, rows)
		if i == 0 {
			k.kinds = kinds
		} else {
			k.kinds = together(k.kinds, kinds)
		}
	}
	k.varies = spread >= align/4.0
	return k
}

// cutWidth is what ANALYZE cuts off a mean width on average: it keeps whole bytes.
const cutWidth = 0.5

// sharesEntries reports whether rows of equal values share an entry. Of types
// whose equal values may not look alike each row has its own (documentation of
// B-tree deduplication); char(n) is one of them since the minor versions of
// November 2026 (release notes of 15.20), of which number is server_version_num.
func sharesEntries(valueType string, number int) bool {
	if valueType != "bpchar" {
		return !slices.Contains([]string{"numeric", "float4", "float8", "jsonb", "interval"}, valueType)
	}
	first := map[int]int{14: 25, 15: 20, 16: 16, 17: 12, 18: 6} // by major version
	minor, mended := first[number/10000]
	return number < 190000 && !(mended && number%10000 >= minor)
}

// detail asks once for each column. Where nothing is known, or may be read, or
// there is nobody to ask, it is empty: then all values come equally often, and
// are as wide.
func (l *Lab) detail(ix db.Index, column string) columnDetail {
	key := ix.Table + "." + column
	if d, known := l.details[key]; known || l.e == nil {
		return d
	}
	ctx, cancel := context.WithTimeout(context.Background(), l.e.o.StatementTimeout)
	defer cancel()
	var found []columnDetail
	err := l.e.read(ctx, "what-if", func(c *conn) error {
		return c.list(ctx, &found, `SELECT /* mltop */ t.typname::text AS type, coalesce(array_to_json(s.most_common_freqs)::text, '[]') AS common,
			CASE WHEN t.typlen >= 0 THEN 0 WHEN t.typcategory <> 'S' THEN 1 ELSE coalesce((SELECT stddev_pop(octet_length(v))::float8 FROM unnest(coalesce(s.histogram_bounds::text::text[], '{}') || coalesce(s.most_common_vals::text::text[], '{}')) v), 0) END AS spread
			FROM pg_stats s JOIN pg_namespace n ON n.nspname = s.schemaname JOIN pg_class r ON r.relnamespace = n.oid AND r.relname = s.tablename
			JOIN pg_attribute a ON a.attrelid = r.oid AND a.attname = s.attname JOIN pg_type t ON t.oid = a.atttypid
			WHERE s.tablename = $1 AND s.attname = $2 AND ($3 = '' OR s.schemaname = $3) ORDER BY s.inherited DESC, array_position(current_schemas(false), s.schemaname) LIMIT 1`, ix.Bare(), column, ix.Schema)
	})
	var d columnDetail
	if err == nil && len(found) > 0 {
		d = found[0]
		_ = json.Unmarshal([]byte(d.Text), &d.common) // none: all come equally often
	}
	l.details[key] = d
	return d
}
