package sqlite

import (
	"database/sql/driver"
	"math"
)

// A batch is some rows of one statement, by the row, as SQLite stores them:
// no value of them is an object of its own. It is used again for each read.
type batch struct {
	columns int
	rows    int
	cells   []cell // columns of each row
	texts   string // what the cells' texts and blobs lie in
	room    []byte // where texts are gathered
}

// A cell is one value.
type cell struct {
	n    int64 // an integer; the bits of a float; where a text or blob begins
	size uint32
	kind uint32
}

// The kinds of values, as SQLite numbers them (sqlite.org/c3ref/c_blob.html).
const (
	kindInteger = 1
	kindFloat   = 2
	kindText    = 3
	kindBlob    = 4
	kindNull    = 5
)

const (
	// batchRows share the price of a call from Go into C, 40 ns, and fit into
	// a core's own cache.
	batchRows = 256
	// batchText is room for texts; a batch ends where one more row might not
	// fit. Rows of a request log hold some 50 bytes that are read.
	batchText = 64 << 10
	// cellText cuts texts and blobs: a route, a time and a number are known by
	// far less, and one row must not cost a megabyte.
	cellText = 4096
)

func newBatch(columns int) *batch {
	return &batch{columns: columns, cells: make([]cell, batchRows*columns), room: make([]byte, batchText+columns*cellText)}
}

// row is the cells of one row.
func (b *batch) row(i int) []cell { return b.cells[i*b.columns : (i+1)*b.columns] }

// text is the text of a cell that holds one. Texts of one batch lie together:
// keeping one keeps all.
func (b *batch) text(c cell) string { return b.texts[c.n : c.n+int64(c.size)] }

func (c cell) hasText() bool { return c.kind == kindText || c.kind == kindBlob }

// asText is asText of the value.
func (b *batch) asText(c cell) string {
	if c.hasText() {
		return b.text(c)
	}
	return asText(b.value(c))
}

// value is what the driver would answer.
func (b *batch) value(c cell) driver.Value {
	switch c.kind {
	case kindInteger:
		return c.n
	case kindFloat:
		return math.Float64frombits(uint64(c.n))
	case kindText:
		return b.text(c)
	case kindBlob:
		return []byte(b.text(c))
	}
	return nil
}
