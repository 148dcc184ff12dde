package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// statistics reads sqlite_stat1: the rows of a table, and how many of them
// share the first columns of an index.
func (r *schemaReader) statistics(ctx context.Context) error {
	n, _, err := intOf(ctx, r.c, "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'")
	if err != nil || n == 0 {
		return err
	}
	digest := sha256.New()
	_, err = r.c.each(ctx, "SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY tbl, idx", nil, func(row []driver.Value) error {
		fmt.Fprintf(digest, "%q %q %q\n", asText(row[0]), asText(row[1]), asText(row[2]))
		numbers := statNumbers(asText(row[2]))
		if len(numbers) == 0 {
			return nil
		}
		if t := r.tables[asText(row[0])]; t != nil {
			rows := int64(numbers[0])
			if t.Rows == nil || rows > *t.Rows { // a partial index counts its own rows alone
				t.Rows, t.Estimated = &rows, "by the last ANALYZE"
			}
		}
		if ix := r.indexes[asText(row[1])]; ix != nil {
			ix.Stat = numbers[1:]
		}
		return nil
	})
	r.version += "." + hex.EncodeToString(digest.Sum(nil)[:4])
	return err
}

// statNumbers reads "200000 40 1 sz=12 unordered" up to its first word.
func statNumbers(stat string) []float64 {
	var out []float64
	for _, f := range strings.Fields(stat) {
		n, err := strconv.ParseFloat(f, 64)
		if err != nil {
			break
		}
		out = append(out, n)
	}
	return out
}
