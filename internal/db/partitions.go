package db

import "strings"

// Partitioned is why a table has no rows and no index of its own: these are
// its partitions'.
const Partitioned = "partitioned table"

// A PartIndexer is a Dialect of servers on which the index of a partitioned
// table is made part by part, so that no writer is kept out.
type PartIndexer interface {
	// CreateParts makes an index on all partitions that s knows. The error says
	// why that is left to the user.
	CreateParts(ix Index, s *Schema) (Change, error)
}

// MakeIndex is the change that makes an index, on whatever table of s.
func MakeIndex(d Dialect, s *Schema, ix Index) (Change, error) {
	p, able := d.(PartIndexer)
	if t := s.Table(ix.Table); able && t != nil && t.Unsupported == Partitioned {
		return p.CreateParts(ix, s)
	}
	return Change{d.CreateIndex(ix)}, nil
}

// Indexable reports whether an index can be made on a table.
func (t *Table) Indexable() bool { return t.Unsupported == "" || t.Unsupported == Partitioned }

// PartitionsOf are a table's own partitions, not those of its partitions.
func (s *Schema) PartitionsOf(t *Table) []*Table {
	var out []*Table
	for _, p := range s.Tables {
		if p.PartitionOf == t.Name && p.PartitionIn == t.Schema && p.PartitionOf != "" {
			out = append(out, p)
		}
	}
	return out
}

// Leaves are the partitions that hold a table's rows; of one that is not
// partitioned, itself.
func (s *Schema) Leaves(t *Table) []*Table {
	if t.Unsupported != Partitioned {
		return []*Table{t}
	}
	var out []*Table
	for _, p := range s.PartitionsOf(t) {
		out = append(out, s.Leaves(p)...)
	}
	return out
}

// SumPartitions counts the rows of partitioned tables, where those of all
// partitions are known: what the server keeps of the whole is seldom renewed.
func (s *Schema) SumPartitions() {
	for _, t := range s.Tables {
		if t.Unsupported != Partitioned {
			continue
		}
		if sum, known := sumRows(s.Leaves(t)); known {
			t.Rows, t.Estimated = &sum, "the sum of its partitions"
		}
	}
}

func sumRows(list []*Table) (sum int64, known bool) {
	for _, t := range list {
		if t.Rows == nil {
			return 0, false
		}
		sum += *t.Rows
	}
	return sum, true
}

// Alike reports that two indexes of different tables hold the same of each.
func (ix Index) Alike(other Index) bool {
	other.Table = ix.Table
	method := func(m string) string { return strings.TrimSuffix(m, "btree") }
	return ix.Signature() == other.Signature() && ix.Unique == other.Unique && method(ix.Method) == method(other.Method)
}
