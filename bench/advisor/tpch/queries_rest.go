package tpch

const query12 = `
SELECT l_shipmode, sum(CASE WHEN o_orderpriority IN ('1-URGENT', '2-HIGH') THEN 1 ELSE 0 END) AS high,
	sum(CASE WHEN o_orderpriority NOT IN ('1-URGENT', '2-HIGH') THEN 1 ELSE 0 END) AS low
FROM orders JOIN lineitem ON l_orderkey = o_orderkey
WHERE l_shipmode IN ('MAIL', 'SHIP') AND l_commitdate < l_receiptdate AND l_shipdate < l_commitdate
	AND l_receiptdate >= {1994-01-01} AND l_receiptdate < {1994-01-01 +1 year}
GROUP BY l_shipmode ORDER BY l_shipmode`

const query13 = `
SELECT orders_placed, count(*) AS customers FROM (
	SELECT c_custkey, count(o_orderkey) AS orders_placed
	FROM customer LEFT JOIN orders ON o_custkey = c_custkey AND o_comment NOT LIKE '%special%requests%' GROUP BY c_custkey) AS counted
GROUP BY orders_placed ORDER BY customers DESC, orders_placed DESC`

const query14 = `
SELECT 100.00 * sum(CASE WHEN p_type LIKE 'PROMO%' THEN l_extendedprice * (1 - l_discount) ELSE 0 END)
	/ sum(l_extendedprice * (1 - l_discount)) AS promotions
FROM lineitem JOIN part ON p_partkey = l_partkey WHERE l_shipdate >= {1995-09-01} AND l_shipdate < {1995-09-01 +1 month}`

const query15 = `
WITH revenue AS (
	SELECT l_suppkey AS supplier_no, sum(l_extendedprice * (1 - l_discount)) AS total
	FROM lineitem WHERE l_shipdate >= {1996-01-01} AND l_shipdate < {1996-01-01 +3 month} GROUP BY l_suppkey)
SELECT s_suppkey, s_name, s_address, s_phone, total FROM supplier JOIN revenue ON supplier_no = s_suppkey
WHERE total = (SELECT max(total) FROM revenue) ORDER BY s_suppkey`

const query16 = `
SELECT p_brand, p_type, p_size, count(DISTINCT ps_suppkey) AS suppliers FROM partsupp JOIN part ON p_partkey = ps_partkey
WHERE p_brand <> 'Brand#45' AND p_type NOT LIKE 'MEDIUM POLISHED%' AND p_size IN (49, 14, 23, 45, 19, 3, 36, 9)
	AND ps_suppkey NOT IN (SELECT s_suppkey FROM supplier WHERE s_comment LIKE '%Customer%Complaints%')
GROUP BY p_brand, p_type, p_size ORDER BY suppliers DESC, p_brand, p_type, p_size`

const query17 = `
SELECT sum(l_extendedprice) / 7.0 AS a_year FROM lineitem JOIN part ON p_partkey = l_partkey
WHERE p_brand = 'Brand#23' AND p_container = 'MED BOX'
	AND l_quantity < (SELECT 0.2 * avg(other.l_quantity) FROM lineitem other WHERE other.l_partkey = p_partkey)`

const query18 = `
SELECT c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice, sum(l_quantity) AS quantity
FROM customer JOIN orders ON o_custkey = c_custkey JOIN lineitem ON l_orderkey = o_orderkey
WHERE o_orderkey IN (SELECT l_orderkey FROM lineitem GROUP BY l_orderkey HAVING sum(l_quantity) > 300)
GROUP BY c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice ORDER BY o_totalprice DESC, o_orderdate LIMIT 100`

const query19 = `
SELECT sum(l_extendedprice * (1 - l_discount)) AS revenue FROM lineitem JOIN part ON p_partkey = l_partkey
WHERE l_shipmode IN ('AIR', 'AIR REG') AND l_shipinstruct = 'DELIVER IN PERSON' AND (
	p_brand = 'Brand#12' AND p_container IN ('SM CASE', 'SM BOX', 'SM PACK', 'SM PKG') AND l_quantity BETWEEN 1 AND 11 AND p_size BETWEEN 1 AND 5
	OR p_brand = 'Brand#23' AND p_container IN ('MED BAG', 'MED BOX', 'MED PKG', 'MED PACK') AND l_quantity BETWEEN 10 AND 20 AND p_size BETWEEN 1 AND 10
	OR p_brand = 'Brand#34' AND p_container IN ('LG CASE', 'LG BOX', 'LG PACK', 'LG PKG') AND l_quantity BETWEEN 20 AND 30 AND p_size BETWEEN 1 AND 15)`

const query20 = `
SELECT s_name, s_address FROM supplier JOIN nation ON n_nationkey = s_nationkey
WHERE n_name = 'CANADA' AND s_suppkey IN (
	SELECT ps_suppkey FROM partsupp WHERE ps_partkey IN (SELECT p_partkey FROM part WHERE p_name LIKE 'forest%')
		AND ps_availqty > (SELECT 0.5 * sum(l_quantity) FROM lineitem
			WHERE l_partkey = ps_partkey AND l_suppkey = ps_suppkey AND l_shipdate >= {1994-01-01} AND l_shipdate < {1994-01-01 +1 year}))
ORDER BY s_name`

const query21 = `
SELECT s_name, count(*) AS waits
FROM supplier JOIN lineitem late ON late.l_suppkey = s_suppkey JOIN orders ON o_orderkey = late.l_orderkey JOIN nation ON n_nationkey = s_nationkey
WHERE o_orderstatus = 'F' AND late.l_receiptdate > late.l_commitdate AND n_name = 'SAUDI ARABIA'
	AND EXISTS (SELECT 1 FROM lineitem o WHERE o.l_orderkey = late.l_orderkey AND o.l_suppkey <> late.l_suppkey)
	AND NOT EXISTS (SELECT 1 FROM lineitem o WHERE o.l_orderkey = late.l_orderkey AND o.l_suppkey <> late.l_suppkey AND o.l_receiptdate > o.l_commitdate)
GROUP BY s_name ORDER BY waits DESC, s_name LIMIT 100`

const query22 = `
SELECT code, count(*) AS customers, sum(c_acctbal) AS balance FROM (
	SELECT substring(c_phone, 1, 2) AS code, c_acctbal FROM customer
	WHERE substring(c_phone, 1, 2) IN ('13', '31', '23', '29', '30', '18', '17')
		AND c_acctbal > (SELECT avg(c_acctbal) FROM customer
			WHERE c_acctbal > 0.00 AND substring(c_phone, 1, 2) IN ('13', '31', '23', '29', '30', '18', '17'))
		AND NOT EXISTS (SELECT 1 FROM orders WHERE o_custkey = c_custkey)) AS idle
GROUP BY code ORDER BY code`
