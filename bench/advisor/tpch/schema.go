// Package tpch is data after the public specification of the TPC Benchmark H
// (revision 3) and its 22 queries, in the words of three engines: eight tables
// of a wholesaler, in any size. It is not the official generator: the
// distributions that the queries depend on are the specification's, the
// numbers drawn and the words of comments are our own, and no result here is a
// result of the TPC.
package tpch

import (
	"fmt"
	"math"
	"strings"
)

// A Data is one set of tables. Two of the same size hold the same rows.
type Data struct {
	SF      float64 // the scale factor: 1 has 8.7 million rows
	Keyless bool    // the tables have no primary keys
}

// A Table of the eight.
type Table struct {
	Name    string
	Columns []Column
	Key     []string // the primary key
	rows    func(d Data) int
	row     func(d Data, g *gen, i int, out []any) []any // i counts from 1
}

// A Column and its type, as PostgreSQL and MariaDB write it.
type Column struct{ Name, Type string }

// A Reference is a foreign key. None is declared: MariaDB would make an index
// of each by itself, and the engines are to begin alike.
type Reference struct{ Table, Column, To string }

// Tables are the eight, those that others refer to first.
func Tables() []Table {
	return []Table{region(), nation(), supplier(), customer(), part(), partsupp(), orders(), lineitem()}
}

// columns reads "r_regionkey int, r_name char(25)".
func columns(text string) []Column {
	var out []Column
	for _, c := range strings.Split(text, ", ") {
		name, kind, _ := strings.Cut(c, " ")
		if kind == "money" {
			kind = "decimal(15,2)"
		}
		out = append(out, Column{name, kind})
	}
	return out
}

// DDL makes a table. Every engine takes the types: in SQLite the affinity of a
// decimal is that of numbers, and a date is text.
func (d Data) DDL(t Table) string {
	parts := make([]string, len(t.Columns), len(t.Columns)+1)
	for i, c := range t.Columns {
		parts[i] = c.Name + " " + c.Type + " NOT NULL"
	}
	if !d.Keyless {
		parts = append(parts, "PRIMARY KEY ("+strings.Join(t.Key, ", ")+")")
	}
	return fmt.Sprintf("CREATE TABLE %s (%s)", t.Name, strings.Join(parts, ", "))
}

// References are the foreign keys.
func References() []Reference {
	return []Reference{
		{"nation", "n_regionkey", "region"}, {"supplier", "s_nationkey", "nation"}, {"customer", "c_nationkey", "nation"},
		{"partsupp", "ps_partkey", "part"}, {"partsupp", "ps_suppkey", "supplier"}, {"orders", "o_custkey", "customer"},
		{"lineitem", "l_orderkey", "orders"}, {"lineitem", "l_partkey", "part"}, {"lineitem", "l_suppkey", "supplier"},
	}
}

// scaled is how many rows a table of n at scale 1 has, at least a few.
func (d Data) scaled(n int) int { return max(int(math.Round(float64(n)*d.SF)), 8) }

func (d Data) suppliers() int { return d.scaled(10_000) }
func (d Data) customers() int { return d.scaled(150_000) }
func (d Data) parts() int     { return d.scaled(200_000) }
func (d Data) orders() int    { return d.scaled(1_500_000) }

// Rows is how many rows a table has; the lines of orders are not known before
// they are drawn: -1.
func (d Data) Rows(t Table) int {
	if t.rows == nil {
		return -1
	}
	return t.rows(d)
}

// Visit visits the rows of a table in the order of their keys. A value is an
// int, a string, a Money or a Day; the slice is used again for the next row.
func (d Data) Visit(t Table, visit func([]any) error) error {
	g := newGen()
	out := make([]any, 0, len(t.Columns))
	if t.rows == nil {
		return d.visitLines(g, out, visit)
	}
	for i := 1; i <= t.rows(d); i++ {
		if err := visit(t.row(d, g, i, out[:0])); err != nil {
			return err
		}
	}
	return nil
}
