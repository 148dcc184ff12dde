package mysql

import (
	"fmt"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// The answers of MySQL are from dev.mysql.com/doc/refman/8.4/en/
// optimizer-statistics.html; MariaDB's JSON from sql/opt_histogram_json.cc.
// Neither was seen on a live server here.
func TestHistogramsAreRead(t *testing.T) {
	for _, c := range []struct {
		name string
		got  db.Values
		want string // most frequent, its share, quantiles at 0, ½ and the end
	}{
		{"MySQL, one bucket a value", mysqlHistogram(`{"buckets": [["base64:type254:ZG9uZQ==", 0.9], ["base64:type254:b3Blbg==", 1.0]], "data-type": "string", "null-values": 0.0, "histogram-type": "singleton"}`), "done 0.90 done done open"},
		{"MySQL, equal heights", mysqlHistogram(`{"buckets": [[1, 100, 0.5, 100], [101, 101, 0.75, 1], [102, 900, 1.0, 300]], "histogram-type": "equi-height"}`), "101 0.25 1 101 900"},
		{"MariaDB, JSON", jsonHistogram(`{"target_histogram_size": 3, "histogram_hb": [{"start": "1", "size": 0.5, "ndv": 50}, {"start": "60", "size": 0.25, "ndv": 1}, {"start": "61", "end": "99", "size": 0.25, "ndv": 20}]}`), "60 0.25 1 60 99"},
		{"MariaDB, widths", widthHistogram("0.100,0.000,0.400,0.500", "0", "1000"), "100 0.25 0 100 1000"},
		{"no histogram", mysqlHistogram("null"), ""},
		{"widths of text", widthHistogram("0.5,0.5", "a", "z"), ""},
	} {
		got := ""
		if len(c.got.Common) > 0 {
			b := c.got.Bounds
			got = fmt.Sprintf("%s %.2f %s %s %s", c.got.Common[0].Value, c.got.Common[0].Share, b[0], c.got.Quantile(0.5), b[len(b)-1])
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestConstantsAreDrawnForStatementsWithoutThem(t *testing.T) {
	const query = "SELECT * FROM orders WHERE total_cents BETWEEN ? AND ? AND status = ? LIMIT ?"
	for _, c := range []struct{ name, histogram string }{
		{"some rows", ""}, {"a JSON histogram", "JSON_HB"}, {"a histogram of widths", "DOUBLE_PREC_HB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, app := orders(t, dbtest.MariaDB(t), 5000, Options{})
			if c.histogram != "" {
				dbtest.Exec(t, app, "SET SESSION histogram_type = '"+c.histogram+"'")
				dbtest.Exec(t, app, "ANALYZE TABLE orders PERSISTENT FOR ALL")
			}
			typical, worst, err := e.Draw(t.Context(), query)
			if err != nil || len(typical) != 4 || len(worst) != 4 {
				t.Fatalf("got %v, %v, %v", typical, worst, err)
			}
			part := func(args []any) float64 {
				return valueOf(texts(t, app, fmt.Sprintf("SELECT AVG(total_cents BETWEEN %v AND %v) FROM orders", args[0], args[1]))[0])
			}
			if p, w := part(typical), part(worst); p < 0.04 || p > 0.25 || w < 0.35 || w > 0.65 {
				t.Errorf("typical %v takes %.2f of the rows, worst %v takes %.2f", typical, p, worst, w)
			}
			if typical[2] != "done" || worst[2] != "done" || fmt.Sprint(typical[3]) != "50" {
				t.Errorf("got %v and %v", typical, worst)
			}
			p := must(e.Explain(t.Context(), db.Query{SQL: query}))(t)
			q := must(e.Explain(t.Context(), db.Query{SQL: query, Args: worst}))(t)
			if p.Root.Detail == "" || q.Root.Detail != "" {
				t.Errorf("the plans say %q and %q", p.Root.Detail, q.Root.Detail)
			}
		})
	}
}

// A function of a column has other values than the column.
func TestConstantsAreDrawnOfTheExpressionThatTheyAreComparedWith(t *testing.T) {
	e, _ := orders(t, dbtest.MariaDB(t), 2000, Options{})
	lab := labOf(t, e, 0)
	for _, c := range []struct{ name, where, want string }{
		{"a function", "UPPER(o.status) = ?", "DONE"},
		{"a number of it", "LENGTH(o.status) = ?", "4"},
		{"the column itself", "o.status = ?", "done"},
		{"what is not known without another value", "LEFT(o.status, ?) = ?", "done"},
		{"what the server does not take by itself", "LENGTH(o.status) + (SELECT 1) = ?", "done"},
	} {
		query := "SELECT * FROM orders o WHERE " + c.where
		live, _, err := e.Draw(t.Context(), query)
		if err != nil || live[len(live)-1] != c.want {
			t.Errorf("%s: got %v of the server, error %v, want %s", c.name, live, err, c.want)
		}
		shape := must(e.Parse(query, lab.schema))(t)
		sampled, _, err := lab.arguments(t.Context(), shape, nil)
		if err != nil || sampled[len(sampled)-1] != c.want {
			t.Errorf("%s: got %v of the sample, error %v, want %s", c.name, sampled, err, c.want)
		}
	}
}
