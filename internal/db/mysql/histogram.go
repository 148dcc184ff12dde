package mysql

import (
	"context"
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strings"

	"mltop/internal/db"
)

// histogramOf reads what the server has gathered of a column: column_stats of
// MariaDB (ANALYZE TABLE … PERSISTENT), COLUMN_STATISTICS of MySQL (ANALYZE
// TABLE … UPDATE HISTOGRAM); nothing where it gathered none.
func histogramOf(ctx context.Context, c *conn, s server, table, column string) (v db.Values, err error) {
	sql := "SELECT min_value, max_value, hist_type, IF(hist_type LIKE 'JSON%', histogram, DECODE_HISTOGRAM(hist_type, histogram)) AS histogram FROM mysql.column_stats WHERE db_name = DATABASE() AND table_name = ? AND column_name = ?"
	if !s.MariaDB {
		sql = "SELECT HISTOGRAM AS histogram FROM information_schema.COLUMN_STATISTICS WHERE SCHEMA_NAME = DATABASE() AND TABLE_NAME = ? AND COLUMN_NAME = ?"
	}
	err = c.records(ctx, sql, []any{table, column}, func(row record) error {
		switch {
		case !s.MariaDB:
			v = mysqlHistogram(row.get("histogram"))
		case strings.HasPrefix(row.get("hist_type"), "JSON"):
			v = jsonHistogram(row.get("histogram"))
		default:
			v = widthHistogram(row.get("histogram"), row.get("min_value"), row.get("max_value"))
		}
		return nil
	})
	return v, err
}

// A bucket of a histogram.
type bucket struct {
	low, high string
	share     float64
	values    float64 // distinct ones; 0: not known
}

// histogramSteps is how many quantiles a histogram is turned into.
const histogramSteps = 100

// valuesIn turns rising buckets into Values: a bucket of one value is a common
// value, quantiles are where a bucket begins.
func valuesIn(list []bucket) db.Values {
	var v db.Values
	sum, next := 0.0, 0.0
	for _, b := range list {
		if b.values == 1 {
			v.Common = append(v.Common, db.CommonValue{Value: b.low, Share: b.share})
		}
		for sum += b.share; next < sum-1e-9 && len(v.Bounds) < histogramSteps; next += 1.0 / histogramSteps {
			v.Bounds = append(v.Bounds, b.low)
		}
	}
	if n := len(list); n > 0 {
		v.Bounds = append(v.Bounds, list[n-1].high)
	}
	slices.SortStableFunc(v.Common, func(a, b db.CommonValue) int { return int(math.Max(-1, math.Min(1, (b.Share-a.Share)*1e9))) })
	return v
}

// jsonHistogram reads MariaDB's JSON_HB (mariadb.com/kb/en/histogram-based-
// statistics; sql/opt_histogram_json.cc): buckets with start, size and ndv.
func jsonHistogram(text string) db.Values {
	doc, err := parseJSON(text)
	if err != nil {
		return db.Values{}
	}
	var list []bucket
	for _, b := range doc.get("histogram_hb").items {
		list = append(list, bucket{low: b.word("start"), high: b.word("end"), share: valueOf(b.word("size")), values: valueOf(b.word("ndv"))})
	}
	for i := range list {
		if list[i].high == "" && i+1 < len(list) {
			list[i].high = list[i+1].low
		}
	}
	return valuesIn(list)
}

// widthHistogram reads MariaDB's SINGLE_PREC_HB and DOUBLE_PREC_HB: buckets of
// as many rows each, by their widths as parts of the way from the least value
// to the greatest. Only numbers can be found on that way.
func widthHistogram(widths, low, high string) db.Values {
	from, to := number(low), number(high)
	if from == nil || to == nil || widths == "" {
		return db.Values{}
	}
	whole := !strings.Contains(low+high, ".")
	text := func(at float64) string {
		if whole {
			return fmt.Sprintf("%.0f", at)
		}
		return fmt.Sprint(at)
	}
	parts := strings.Split(widths, ",")
	v := db.Values{Bounds: []string{text(*from)}}
	at := 0.0
	for _, w := range parts {
		at += valueOf(w)
		v.Bounds = append(v.Bounds, text(*from+math.Min(at, 1)*(*to-*from)))
	}
	return frequent(v)
}

// frequent finds values that fill whole buckets: they are common.
func frequent(v db.Values) db.Values {
	counts := map[string]int{}
	for i := 1; i < len(v.Bounds); i++ {
		if v.Bounds[i] == v.Bounds[i-1] {
			counts[v.Bounds[i]]++
		}
	}
	for value, n := range counts {
		v.Common = append(v.Common, db.CommonValue{Value: value, Share: float64(n) / float64(len(v.Bounds)-1)})
	}
	slices.SortFunc(v.Common, func(a, b db.CommonValue) int {
		if a.Share != b.Share {
			return int(math.Max(-1, math.Min(1, (b.Share-a.Share)*1e9)))
		}
		return strings.Compare(a.Value, b.Value)
	})
	return v
}

// mysqlHistogram reads MySQL's: [value, cumulative share] in a singleton,
// [low, high, cumulative share, values] in an equi-height one
// (dev.mysql.com/doc/refman/8.4/en/optimizer-statistics.html).
func mysqlHistogram(text string) db.Values {
	doc, err := parseJSON(text)
	if err != nil {
		return db.Values{}
	}
	var list []bucket
	before := 0.0
	for _, b := range doc.get("buckets").items {
		if len(b.items) < 2 {
			continue
		}
		k := bucket{low: plainText(b.items[0].text), high: plainText(b.items[0].text), values: 1}
		upto := valueOf(b.items[1].text)
		if len(b.items) >= 4 {
			k.high, k.values, upto = plainText(b.items[1].text), valueOf(b.items[3].text), valueOf(b.items[2].text)
		}
		k.share, before = upto-before, upto
		list = append(list, k)
	}
	return valuesIn(list)
}

// plainText reads "base64:type254:b3Blbg==", as MySQL writes strings.
func plainText(s string) string {
	rest, ok := strings.CutPrefix(s, "base64:")
	if !ok {
		return s
	}
	_, code, _ := strings.Cut(rest, ":")
	if b, err := base64.StdEncoding.DecodeString(code); err == nil {
		return string(b)
	}
	return s
}
