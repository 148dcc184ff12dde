package mysql

import (
	"context"
	"fmt"
	"math"
	"strings"

	"mltop/internal/db"
)

// An InnoDB secondary index's entry: its columns, then those of the primary
// key that it lacks, with a record header of 5 bytes and about one for lengths
// and NULLs (storage/innobase/rem/rem0rec.cc). A sorted build fills pages to
// 15/16, less the page's own 128 bytes.
const (
	recordHeader = 6
	innodbPage   = 16384
	pageOwn      = 128
	pageFill     = 15.0 / 16
	hiddenRowID  = 6 // where a table has no primary key
)

// storedBytes is how wide a value of a type is, given its mean length as text
// (dev.mysql.com/doc/refman/8.4/en/storage-requirements.html).
func storedBytes(kind string, length float64) float64 {
	kind = strings.ToLower(kind)
	word := strings.FieldsFunc(kind, func(r rune) bool { return r == '(' || r == ' ' })
	if len(word) == 0 {
		return length + 1
	}
	fixed := map[string]float64{
		"tinyint": 1, "bool": 1, "year": 1, "smallint": 2, "mediumint": 3, "date": 3, "time": 3, "int": 4, "integer": 4, "float": 4, "timestamp": 4,
		"datetime": 5, "bigint": 8, "double": 8, "real": 8, "enum": 1, "set": 2, "uuid": 16, "inet6": 16,
	}
	if n, ok := fixed[word[0]]; ok {
		return n
	}
	switch word[0] {
	case "decimal", "numeric":
		return math.Ceil(length/2) + 1 // nine digits take four bytes
	}
	return length + 1
}

// entryBytes is one entry of an index.
func entryBytes(r *db.Room, ix db.Index) float64 {
	seen := map[string]bool{}
	bytes := float64(recordHeader)
	add := func(name string, prefix int) {
		key := strings.ToLower(name)
		if seen[key] {
			return
		}
		seen[key] = true
		w, ok := r.Widths[key]
		if !ok {
			w = 8 // an expression
		}
		if prefix > 0 {
			w = math.Min(w, float64(prefix)+1)
		}
		bytes += w
	}
	for _, c := range ix.Columns {
		add(c.Key(), c.Prefix)
	}
	for _, name := range ix.Include {
		add(name, 0)
	}
	for _, name := range r.Table.PrimaryKey {
		add(name, 0)
	}
	if len(r.Table.PrimaryKey) == 0 {
		bytes += hiddenRowID
	}
	return bytes
}

// Size is a rule: entries of the sample's mean width for all live rows.
func (l *Lab) Size(ix db.Index) db.Estimate {
	e := db.Estimate{Unit: db.UnitBytes, Method: db.MethodRule}
	r := l.Find(ix.Table)
	if r == nil {
		return e
	}
	e.Value = indexBytes(r.Full, entryBytes(r, ix))
	e.Low, e.High = e.Value*0.7, e.Value*1.5 // an index that grows row by row is filled by half to nine tenths
	return e
}

// indexBytes is a B-tree of whole pages, leaves and what leads to them, each
// in a segment of its own.
func indexBytes(rows, entry float64) float64 {
	aPage := math.Floor((innodbPage - pageOwn) * pageFill / entry)
	leaves := math.Max(1, math.Ceil(rows/math.Max(1, aPage)))
	if leaves == 1 {
		return innodbPage
	}
	above := 0.0
	for level := leaves; level > 1; {
		level = math.Ceil(level * (entry + 4) / (innodbPage * pageFill))
		above += level
	}
	return (segmentPages(leaves) + segmentPages(above)) * innodbPage
}

// A segment takes its first pages one by one, then extents of 64 (1 MB), and
// has its whole extents: storage/innobase/fsp/fsp0fsp.cc.
const (
	singlePages = 32
	extentPages = 64
)

func segmentPages(used float64) float64 {
	if used <= singlePages {
		return used
	}
	return singlePages + extentPages*math.Ceil((used-singlePages)/extentPages)
}

// writeReads is what one more entry costs, in rows read by a scan: a way down
// the tree, a row in the change buffer or on the page, its redo and undo. With
// everything in memory a scan passes some four million rows a second, and an
// index takes 100 to 200 thousand entries.
const writeReads = 25

// WriteCost is a rule in the unit of Cost: down the tree once, for each level
// that is not in memory perhaps more.
func (l *Lab) WriteCost(_ context.Context, ix db.Index) (db.Estimate, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.roomOf(ix.Table); err != nil {
		return db.Estimate{}, err
	}
	return db.Estimate{Value: writeReads, Low: writeReads / 2.0, High: 4 * writeReads, Unit: db.UnitHandlerReads, Method: db.MethodRule}, nil
}

// Try builds the index on the sample: the server itself says whether it takes
// it, keys that are too long and expressions that fail on a row included.
func (l *Lab) Try(ctx context.Context, ix db.Index) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.roomOf(ix.Table); err != nil {
		return err
	}
	_, err := l.shelf.want(ctx, db.Config{Add: []db.Index{ix}})
	return err
}

// mostCompared bounds the rows that two answers are compared by.
const mostCompared = 100_000

// Equivalent compares the rows of two pure SELECTs on the sample: in order
// where both ask for one, else as a bag.
func (l *Lab) Equivalent(ctx context.Context, a, b db.Query) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	x, orderedA, err := l.answer(ctx, a)
	if err != nil {
		return false, fmt.Errorf("run the first statement: %w", err)
	}
	y, orderedB, err := l.answer(ctx, b)
	if err != nil {
		return false, fmt.Errorf("run the second statement: %w", err)
	}
	return db.SameRows(x, y, orderedA, orderedB), nil
}

func (l *Lab) answer(ctx context.Context, q db.Query) (rows []string, ordered bool, err error) {
	if _, err := pureSelect(q.SQL); err != nil {
		return nil, false, err
	}
	t, err := l.begin(ctx, q, db.Config{})
	if err != nil {
		return nil, false, err
	}
	run, cancel := quietly(ctx)
	defer cancel()
	_, err = l.c.each(run, t.text, t.typical, func(row []value) error {
		if len(rows) >= mostCompared {
			return db.NotMeasuredf("it answers more than %d rows", mostCompared)
		}
		var b strings.Builder
		for _, v := range row {
			fmt.Fprintf(&b, "%v %q\x00", v.null, v.s)
		}
		rows = append(rows, b.String())
		return nil
	})
	return rows, t.shape.Ordered(), sampleError(err)
}
