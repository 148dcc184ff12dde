package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mltop/internal/db"
)

var _ db.PartIndexer = Dialect{}

const (
	// mostPartitions bounds what one change holds: two steps for each, which a
	// person reads before they run and of which each is in the journal.
	mostPartitions = 200
	// instant is what a change of a few rows of the catalog takes, cautiously:
	// some 2 ms here.
	instant = 10 * time.Millisecond
)

// CreateParts makes an index of a partitioned table: the empty index of the
// whole, to which partitions that come later add theirs by themselves; then
// that of each partition, built concurrently, and added. DROP INDEX of the
// whole takes everything along.
//
// Where partitions have such indexes of their own, the others get theirs and
// nothing is joined: what was joined cannot be taken apart again.
func (d Dialect) CreateParts(ix db.Index, s *db.Schema) (db.Change, error) {
	if ix.Name == "" {
		ix.Name = IndexName(ix)
	}
	t := s.Table(ix.Table)
	p := parts{schema: s, whole: ix, lacks: lacking(s, t, ix)}
	for _, leaf := range s.Leaves(t) {
		if leaf.Rows != nil {
			p.rows += float64(*leaf.Rows)
		}
	}
	if err := p.mayNot(t); err != nil {
		return nil, err
	}
	if len(p.lacks) == len(s.Leaves(t)) {
		p.tree(t, ix, true)
	} else {
		for _, leaf := range p.lacks {
			p.change = append(p.change, d.CreateIndex(p.of(leaf)))
		}
	}
	// Behind the first step, so that a partition is seen that came before it;
	// one that comes later has the index of the whole.
	return slices.Insert(p.change, 1, unmoved(s, t)), nil
}

// lacking are the leaves of t that have no such index.
func lacking(s *db.Schema, t *db.Table, ix db.Index) []*db.Table {
	return slices.DeleteFunc(slices.Clone(s.Leaves(t)), func(leaf *db.Table) bool {
		return slices.ContainsFunc(leaf.Indexes, func(have *db.Index) bool { return !have.Invalid && ix.Alike(*have) })
	})
}

// parts gathers the steps of one index.
type parts struct {
	schema *db.Schema
	whole  db.Index
	lacks  []*db.Table
	rows   float64 // of all leaves
	change db.Change
}

// mayNot says why the index is left to the user.
func (p *parts) mayNot(t *db.Table) error {
	leaves := p.schema.Leaves(t)
	switch foreign := slices.IndexFunc(leaves, func(l *db.Table) bool { return l.Unsupported != "" }); {
	case p.schema.Partly != "":
		return errors.New("not all tables are read, and its partitions may be among the others: " + p.schema.Partly)
	case foreign >= 0:
		return fmt.Errorf("its partition %s is a %s, which takes no index", leaves[foreign].Name, leaves[foreign].Unsupported)
	case len(leaves) > mostPartitions:
		return fmt.Errorf("%s has %d partitions, and mltop makes an index on %d at most: by hand, CREATE INDEX ON ONLY %s, CREATE INDEX CONCURRENTLY on each partition, then ATTACH", t.Name, len(leaves), mostPartitions, t.Name)
	case len(p.lacks) == 0 && len(leaves) > 0:
		return fmt.Errorf("all partitions of %s have it already", t.Name)
	}
	for _, have := range t.Indexes {
		if have.Invalid && p.whole.Alike(*have) {
			return fmt.Errorf("%s is the same, and not on all partitions of %s yet: add those that it lacks, or drop it", have.Name, t.Name)
		}
	}
	return nil
}

// tree adds the index of a partitioned table and those of its partitions,
// which may be partitioned themselves; whole says that no other index holds it.
func (p *parts) tree(t *db.Table, ix db.Index, whole bool) {
	p.change = append(p.change, only(ix, whole))
	for _, child := range p.schema.PartitionsOf(t) {
		part := p.of(child)
		if child.Unsupported == db.Partitioned {
			p.tree(child, part, false)
		} else {
			build := Dialect{}.CreateIndex(part)
			build.TakeBack, build.Undo = build.Undo, nil
			p.change = append(p.change, build)
		}
		p.change = append(p.change, attach(ix, part))
	}
}

// of is the index of one partition, with its share of the bytes.
func (p *parts) of(t *db.Table) db.Index {
	ix := p.whole
	ix.Schema, ix.Table, ix.Name, ix.Bytes, ix.Reads = t.Schema, t.Name, "", nil, t.Bytes
	ix.Name = IndexName(ix)
	if p.schema.Index(ix.Name) != nil || p.schema.Table(ix.Name) != nil {
		ix.Name = IndexName(db.Index{Table: t.Name, Columns: ix.Columns, Where: "beside " + ix.Name})
	}
	if p.whole.Bytes != nil && t.Rows != nil && p.rows > 0 {
		bytes := int64(float64(*p.whole.Bytes) * float64(*t.Rows) / p.rows)
		ix.Bytes = &bytes
	}
	return ix
}

// only is the step of the index of a partitioned table, without its parts.
func only(ix db.Index, whole bool) db.Step {
	step := db.Step{
		Object: indexObject(ix), Do: []string{createText(ix, "", "ONLY ")}, Undo: []string{"DROP INDEX " + qualified(ix.Schema, ix.Name)},
		Mode: db.OutsideTransaction, Before: db.Absent,
		Blocks:     db.Blocks{Who: "writers", For: instant, Method: "once it has its lock, and behind it for seconds at most while it tries: the index is empty"},
		UndoBlocks: db.Blocks{Who: "everybody", For: instant, Method: "once it has its locks, and behind it for seconds at most while it tries: it waits for all who use the table"},
	}
	if predictable(ix) {
		step.After = db.State(step.Do[0])
	}
	if !whole {
		step.TakeBack, step.Undo = step.Undo, nil
	}
	return step
}

// attach is the step that adds the index of a partition to that of the whole.
func attach(whole, part db.Index) db.Step {
	return db.Step{
		Object: db.Object{Kind: db.ObjectPart, Table: qualified(part.Schema, part.Bare()), Name: part.Name},
		Do:     []string{"ALTER INDEX " + qualified(whole.Schema, whole.Name) + " ATTACH PARTITION " + qualified(part.Schema, part.Name)},
		Mode:   db.OutsideTransaction, Before: db.Absent, After: partOf(whole.Schema, whole.Name),
		TakeBack: []string{"DROP INDEX " + qualified(whole.Schema, whole.Name)},
		Blocks:   db.Blocks{Who: "readers and writers of one partition", For: instant, Method: "once it has its lock on the partition's index, and behind it for seconds at most while it tries"},
	}
}

func partOf(schema, index string) db.State { return db.State("part of " + qualified(schema, index)) }

// unmoved is a look: all partitions are those that the change was made for.
func unmoved(s *db.Schema, t *db.Table) db.Step {
	names := tree(s, t)
	slices.Sort(names)
	is := db.State(strings.Join(names, ", "))
	return db.Step{
		Object: db.Object{Kind: db.ObjectPartitions, Table: qualified(t.Schema, t.Name), Name: t.Name},
		Mode:   db.OutsideTransaction, Before: is, After: is,
	}
}

func tree(s *db.Schema, t *db.Table) (names []string) {
	for _, p := range s.PartitionsOf(t) {
		names = append(append(names, qualified(p.Schema, p.Name)), tree(s, p)...)
	}
	return names
}

// partitionsState lists the partitions of a table, and theirs.
func partitionsState(ctx context.Context, c *conn, table string) (db.State, error) {
	var names string
	err := c.row(ctx, `SELECT /* mltop */ coalesce(string_agg(quote_ident(n.nspname) || '.' || quote_ident(r.relname), ', ' ORDER BY (quote_ident(n.nspname) || '.' || quote_ident(r.relname)) COLLATE "C"), '')
		FROM pg_partition_tree(to_regclass($1)) p JOIN pg_class r ON r.oid = p.relid JOIN pg_namespace n ON n.oid = r.relnamespace WHERE p.level > 0`, []any{table}, &names)
	return db.State(names), err
}

// partState says of which index of a partitioned table one is a part.
func partState(ctx context.Context, c *conn, o db.Object) (db.State, error) {
	var schema, index string
	err := c.row(ctx, `SELECT /* mltop */ n.nspname::text, w.relname::text FROM pg_index i JOIN pg_class r ON r.oid = i.indexrelid JOIN pg_inherits h ON h.inhrelid = r.oid
		JOIN pg_class w ON w.oid = h.inhparent JOIN pg_namespace n ON n.oid = w.relnamespace WHERE r.relname = $1 AND i.indrelid = to_regclass($2)`, []any{o.Name, o.Table}, &schema, &index)
	if errors.Is(err, sql.ErrNoRows) {
		return db.Absent, nil
	}
	return partOf(schema, index), err
}
