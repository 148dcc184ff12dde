package tpch

import (
	"fmt"
	"strconv"
	"strings"
)

// A Query of the 22.
type Query struct {
	Number int
	Name   string
	text   string
}

// Queries are the 22, written from what the specification says that each asks,
// with its values for validation. What a brace holds is written by the engine:
// {1995-01-01} a day, {1995-01-01 +3 month} a day reckoned from it, {year c} a
// day's year.
//
// Two are put otherwise than usual, with the same answer: the conditions by
// which the tables of 19 are joined stand once and not in each of the three
// cases, and the view of 15 is a common table expression.
func (d Data) Queries() []Query {
	list := []Query{
		{1, "prices by status", query1}, {2, "cheapest suppliers", query2}, {3, "orders to ship", query3}, {4, "late orders by priority", query4},
		{5, "local suppliers' volume", query5}, {6, "discounts' revenue", query6}, {7, "volume between two nations", query7}, {8, "market share", query8},
		{9, "profit by nation and year", query9}, {10, "returned items", query10}, {11, "important stock", strings.ReplaceAll(query11, "$FRACTION", strconv.FormatFloat(0.0001/d.SF, 'f', 10, 64))},
		{12, "modes and priorities", query12}, {13, "customers by orders", query13}, {14, "promotions", query14}, {15, "top supplier", query15},
		{16, "suppliers by kind of part", query16}, {17, "small quantities", query17}, {18, "large orders", query18}, {19, "discounted revenue", query19},
		{20, "surplus of a part", query20}, {21, "suppliers who kept orders waiting", query21}, {22, "customers to win back", query22},
	}
	return list
}

// Title is how a report calls it.
func (q Query) Title() string { return fmt.Sprintf("Q%d %s", q.Number, q.Name) }

// SQL is the query as an engine reads it: "sqlite", "postgres", "mysql".
func (q Query) SQL(engine string) string {
	var b strings.Builder
	rest := strings.Join(strings.Fields(q.text), " ")
	for {
		before, behind, found := strings.Cut(rest, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		inside, after, _ := strings.Cut(behind, "}")
		b.WriteString(written(engine, strings.Fields(inside)))
		rest = after
	}
}

// written is what a brace stands for.
func written(engine string, words []string) string {
	switch {
	case words[0] == "year" && engine == "sqlite":
		return "CAST(strftime('%Y', " + words[1] + ") AS INTEGER)"
	case words[0] == "year":
		return "extract(YEAR FROM " + words[1] + ")"
	case engine == "sqlite" && len(words) == 3:
		return fmt.Sprintf("date('%s', '%s %s')", words[0], words[1], words[2])
	case engine == "sqlite":
		return "'" + words[0] + "'"
	case len(words) == 1:
		return "DATE '" + words[0] + "'"
	}
	sign, n := words[1][:1], words[1][1:]
	if engine == "postgres" {
		return fmt.Sprintf("DATE '%s' %s INTERVAL '%s %s'", words[0], sign, n, words[2])
	}
	return fmt.Sprintf("DATE '%s' %s INTERVAL %s %s", words[0], sign, n, strings.ToUpper(words[2]))
}

const query1 = `
SELECT l_returnflag, l_linestatus, sum(l_quantity) AS quantity, sum(l_extendedprice) AS gross,
	sum(l_extendedprice * (1 - l_discount)) AS net, sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) AS charged,
	avg(l_quantity) AS mean_quantity, avg(l_extendedprice) AS mean_price, avg(l_discount) AS mean_discount, count(*) AS lines_counted
FROM lineitem WHERE l_shipdate <= {1998-12-01 -90 day}
GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus`

const query2 = `
SELECT s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone, s_comment
FROM part JOIN partsupp ON ps_partkey = p_partkey JOIN supplier ON s_suppkey = ps_suppkey
	JOIN nation ON n_nationkey = s_nationkey JOIN region ON r_regionkey = n_regionkey
WHERE p_size = 15 AND p_type LIKE '%BRASS' AND r_name = 'EUROPE' AND ps_supplycost = (
	SELECT min(other.ps_supplycost) FROM partsupp other JOIN supplier s ON s.s_suppkey = other.ps_suppkey
		JOIN nation n ON n.n_nationkey = s.s_nationkey JOIN region r ON r.r_regionkey = n.n_regionkey
	WHERE other.ps_partkey = p_partkey AND r.r_name = 'EUROPE')
ORDER BY s_acctbal DESC, n_name, s_name, p_partkey LIMIT 100`

const query3 = `
SELECT l_orderkey, sum(l_extendedprice * (1 - l_discount)) AS revenue, o_orderdate, o_shippriority
FROM customer JOIN orders ON o_custkey = c_custkey JOIN lineitem ON l_orderkey = o_orderkey
WHERE c_mktsegment = 'BUILDING' AND o_orderdate < {1995-03-15} AND l_shipdate > {1995-03-15}
GROUP BY l_orderkey, o_orderdate, o_shippriority ORDER BY revenue DESC, o_orderdate LIMIT 10`

const query4 = `
SELECT o_orderpriority, count(*) AS orders_counted FROM orders
WHERE o_orderdate >= {1993-07-01} AND o_orderdate < {1993-07-01 +3 month} AND EXISTS (
	SELECT 1 FROM lineitem WHERE l_orderkey = o_orderkey AND l_commitdate < l_receiptdate)
GROUP BY o_orderpriority ORDER BY o_orderpriority`

const query5 = `
SELECT n_name, sum(l_extendedprice * (1 - l_discount)) AS revenue
FROM customer JOIN orders ON o_custkey = c_custkey JOIN lineitem ON l_orderkey = o_orderkey
	JOIN supplier ON s_suppkey = l_suppkey AND s_nationkey = c_nationkey
	JOIN nation ON n_nationkey = s_nationkey JOIN region ON r_regionkey = n_regionkey
WHERE r_name = 'ASIA' AND o_orderdate >= {1994-01-01} AND o_orderdate < {1994-01-01 +1 year}
GROUP BY n_name ORDER BY revenue DESC`

const query6 = `
SELECT sum(l_extendedprice * l_discount) AS revenue FROM lineitem
WHERE l_shipdate >= {1994-01-01} AND l_shipdate < {1994-01-01 +1 year} AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24`

const query7 = `
SELECT seller, buyer, shipped, sum(volume) AS revenue FROM (
	SELECT a.n_name AS seller, b.n_name AS buyer, {year l_shipdate} AS shipped, l_extendedprice * (1 - l_discount) AS volume
	FROM supplier JOIN lineitem ON l_suppkey = s_suppkey JOIN orders ON o_orderkey = l_orderkey JOIN customer ON c_custkey = o_custkey
		JOIN nation a ON a.n_nationkey = s_nationkey JOIN nation b ON b.n_nationkey = c_nationkey
	WHERE (a.n_name = 'FRANCE' AND b.n_name = 'GERMANY' OR a.n_name = 'GERMANY' AND b.n_name = 'FRANCE')
		AND l_shipdate BETWEEN {1995-01-01} AND {1996-12-31}) AS shipping
GROUP BY seller, buyer, shipped ORDER BY seller, buyer, shipped`

const query8 = `
SELECT placed, sum(CASE WHEN seller = 'BRAZIL' THEN volume ELSE 0 END) / sum(volume) AS share FROM (
	SELECT {year o_orderdate} AS placed, l_extendedprice * (1 - l_discount) AS volume, b.n_name AS seller
	FROM part JOIN lineitem ON l_partkey = p_partkey JOIN supplier ON s_suppkey = l_suppkey JOIN orders ON o_orderkey = l_orderkey
		JOIN customer ON c_custkey = o_custkey JOIN nation a ON a.n_nationkey = c_nationkey JOIN region ON r_regionkey = a.n_regionkey
		JOIN nation b ON b.n_nationkey = s_nationkey
	WHERE r_name = 'AMERICA' AND o_orderdate BETWEEN {1995-01-01} AND {1996-12-31} AND p_type = 'ECONOMY ANODIZED STEEL') AS sales
GROUP BY placed ORDER BY placed`

const query9 = `
SELECT country, placed, sum(amount) AS profit FROM (
	SELECT n_name AS country, {year o_orderdate} AS placed, l_extendedprice * (1 - l_discount) - ps_supplycost * l_quantity AS amount
	FROM part JOIN lineitem ON l_partkey = p_partkey JOIN supplier ON s_suppkey = l_suppkey
		JOIN partsupp ON ps_partkey = l_partkey AND ps_suppkey = l_suppkey
		JOIN orders ON o_orderkey = l_orderkey JOIN nation ON n_nationkey = s_nationkey
	WHERE p_name LIKE '%green%') AS profits
GROUP BY country, placed ORDER BY country, placed DESC`

const query10 = `
SELECT c_custkey, c_name, sum(l_extendedprice * (1 - l_discount)) AS revenue, c_acctbal, n_name, c_address, c_phone, c_comment
FROM customer JOIN orders ON o_custkey = c_custkey JOIN lineitem ON l_orderkey = o_orderkey JOIN nation ON n_nationkey = c_nationkey
WHERE o_orderdate >= {1993-10-01} AND o_orderdate < {1993-10-01 +3 month} AND l_returnflag = 'R'
GROUP BY c_custkey, c_name, c_acctbal, c_phone, n_name, c_address, c_comment ORDER BY revenue DESC LIMIT 20`

const query11 = `
SELECT ps_partkey, sum(ps_supplycost * ps_availqty) AS worth
FROM partsupp JOIN supplier ON s_suppkey = ps_suppkey JOIN nation ON n_nationkey = s_nationkey WHERE n_name = 'GERMANY'
GROUP BY ps_partkey HAVING sum(ps_supplycost * ps_availqty) > (
	SELECT sum(ps_supplycost * ps_availqty) * $FRACTION
	FROM partsupp JOIN supplier ON s_suppkey = ps_suppkey JOIN nation ON n_nationkey = s_nationkey WHERE n_name = 'GERMANY')
ORDER BY worth DESC`
