/**
 * Ten questions of TPC-H, in SQLite's words: dates are texts, and orders are made total, so that answers can be compared line by line. (TPC Benchmark H,
 * Standard Specification, 2.4.)
 */
const revenue = 'l_extendedprice * (1 - l_discount)'
const questions = {
  'TPC-H 1, price summary': `
    SELECT l_returnflag, l_linestatus, sum(l_quantity), round(sum(l_extendedprice), 2), round(sum(${revenue}), 2),
      round(sum(${revenue} * (1 + l_tax)), 2), round(avg(l_quantity), 4), round(avg(l_extendedprice), 2), round(avg(l_discount), 4), count(*)
    FROM lineitem WHERE l_shipdate <= date('1998-12-01', '-90 days')
    GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus`,
  'TPC-H 3, shipping priority': `
    SELECT l_orderkey, round(sum(${revenue}), 2) AS revenue, o_orderdate, o_shippriority
    FROM customer, orders, lineitem
    WHERE c_mktsegment = 'BUILDING' AND c_custkey = o_custkey AND l_orderkey = o_orderkey AND o_orderdate < '1995-03-15' AND l_shipdate > '1995-03-15'
    GROUP BY l_orderkey, o_orderdate, o_shippriority ORDER BY revenue DESC, o_orderdate, l_orderkey LIMIT 10`,
  'TPC-H 4, order priority': `
    SELECT o_orderpriority, count(*) FROM orders
    WHERE o_orderdate >= '1993-07-01' AND o_orderdate < '1993-10-01'
      AND EXISTS (SELECT * FROM lineitem WHERE l_orderkey = o_orderkey AND l_commitdate < l_receiptdate)
    GROUP BY o_orderpriority ORDER BY o_orderpriority`,
  'TPC-H 5, local suppliers': `
    SELECT n_name, round(sum(${revenue}), 2) AS revenue
    FROM customer, orders, lineitem, supplier, nation, region
    WHERE c_custkey = o_custkey AND l_orderkey = o_orderkey AND l_suppkey = s_suppkey AND c_nationkey = s_nationkey AND s_nationkey = n_nationkey
      AND n_regionkey = r_regionkey AND r_name = 'ASIA' AND o_orderdate >= '1994-01-01' AND o_orderdate < '1995-01-01'
    GROUP BY n_name ORDER BY revenue DESC, n_name`,
  'TPC-H 6, forecast': `
    SELECT round(sum(l_extendedprice * l_discount), 2) FROM lineitem
    WHERE l_shipdate >= '1994-01-01' AND l_shipdate < '1995-01-01' AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24`,
  'TPC-H 9, profit by nation': `
    SELECT nation, year, round(sum(amount), 2) FROM (
      SELECT n_name AS nation, strftime('%Y', o_orderdate) AS year, ${revenue} - ps_supplycost * l_quantity AS amount
      FROM part, supplier, lineitem, partsupp, orders, nation
      WHERE s_suppkey = l_suppkey AND ps_suppkey = l_suppkey AND ps_partkey = l_partkey AND p_partkey = l_partkey AND o_orderkey = l_orderkey
        AND s_nationkey = n_nationkey AND p_name LIKE '%green%')
    GROUP BY nation, year ORDER BY nation, year DESC`,
  'TPC-H 10, returned items': `
    SELECT c_custkey, c_name, round(sum(${revenue}), 2) AS revenue, c_acctbal, n_name, c_address, c_phone
    FROM customer, orders, lineitem, nation
    WHERE c_custkey = o_custkey AND l_orderkey = o_orderkey AND o_orderdate >= '1993-10-01' AND o_orderdate < '1994-01-01' AND l_returnflag = 'R'
      AND c_nationkey = n_nationkey
    GROUP BY c_custkey, c_name, c_acctbal, c_phone, n_name, c_address ORDER BY revenue DESC, c_custkey LIMIT 20`,
  'TPC-H 13, orders of a customer': `
    SELECT orders, count(*) AS customers FROM (
      SELECT c_custkey, count(o_orderkey) AS orders FROM customer LEFT JOIN orders ON c_custkey = o_custkey AND o_comment NOT LIKE '%special%requests%'
      GROUP BY c_custkey)
    GROUP BY orders ORDER BY customers DESC, orders DESC`,
  'TPC-H 18, large orders': `
    SELECT c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice, sum(l_quantity)
    FROM customer, orders, lineitem
    WHERE o_orderkey IN (SELECT l_orderkey FROM lineitem GROUP BY l_orderkey HAVING sum(l_quantity) > 250)
      AND c_custkey = o_custkey AND o_orderkey = l_orderkey
    GROUP BY c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice ORDER BY o_totalprice DESC, o_orderdate, o_orderkey LIMIT 100`,
  'TPC-H 21, who kept others waiting': `
    SELECT s_name, count(*) AS waits FROM supplier, lineitem AS l1, orders, nation
    WHERE s_suppkey = l1.l_suppkey AND o_orderkey = l1.l_orderkey AND o_orderstatus = 'F' AND l1.l_receiptdate > l1.l_commitdate
      AND EXISTS (SELECT * FROM lineitem AS l2 WHERE l2.l_orderkey = l1.l_orderkey AND l2.l_suppkey <> l1.l_suppkey)
      AND NOT EXISTS (SELECT * FROM lineitem AS l3 WHERE l3.l_orderkey = l1.l_orderkey AND l3.l_suppkey <> l1.l_suppkey AND l3.l_receiptdate > l3.l_commitdate)
      AND s_nationkey = n_nationkey AND n_name = 'SAUDI ARABIA'
    GROUP BY s_name ORDER BY waits DESC, s_name LIMIT 100`,
}

export const tpchQueries = Object.entries(questions).map(([name, sql]) => ({
  file: 'tpch.db',
  name,
  sql,
}))
