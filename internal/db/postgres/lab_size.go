package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"

	"mltop/internal/db"
)

// A B-tree's bytes, from nbtree's README, nbtsort.c, itup.h and bufpage.h.
const (
	pageBytes   = 8192
	pageTaken   = 24 + 16 + 2*4 // the page's header, nbtree's own at its end, the pointer to its high key, and one more
	leafRest    = 819           // bytes that CREATE INDEX leaves free on a leaf: a tenth of a page
	innerRest   = 2457          // and three tenths above them, whatever the fillfactor
	tupleHeader = 8
	linePointer = 4
	rowPointer  = 6   // of each row in a posting list
	maxPosting  = 808 // bytes of a key with its list: a tenth of a page, aligned, with its pointer
	postingPad  = 3   // bytes on average that align a list
	nullBitmap  = 8   // a key with a NULL has it behind its header
	align       = 8
)

// unknownWidth is that of a column without statistics.
const unknownWidth = 16

func aligned(n float64) float64 { return math.Ceil(n/align) * align }

// keyWidth is the bytes of one key, on average.
func (l *Lab) keyWidth(ix db.Index) float64 {
	width := 0.0
	for _, name := range keyNames(ix) {
		w := float64(unknownWidth)
		if s, ok := l.stats[ix.Table+"."+name]; ok {
			w = s.width * (1 - s.nulls)
		}
		width += w
	}
	return width
}

func keyNames(ix db.Index) []string {
	var out []string
	for _, c := range ix.Columns {
		out = append(out, c.Name+folded(c.Expr))
	}
	return append(out, ix.Include...)
}

// folded is the column whose letters an expression changes: its values are as
// long, and about as many. "" for other expressions.
func folded(expr string) string {
	for _, f := range []string{"lower(", "upper("} {
		name, ok := strings.CutPrefix(strings.ToLower(expr), f)
		name = bareColumn(strings.TrimSuffix(name, ")"))
		if ok && name != "" && !strings.ContainsAny(name, "(), |+") {
			return name
		}
	}
	return ""
}

// Size is our own model: HypoPG's leaves out that rows of equal keys share
// one entry (since version 13). Of a partial index the planner tells the rows.
func (l *Lab) Size(ix db.Index) db.Estimate {
	if ix.Method == methodBRIN {
		size := blockBytes(l.pages[ix.Table], l.keyWidth(ix))
		return db.Estimate{Value: size, Low: size, High: size * 1.5, Unit: db.UnitBytes, Method: db.MethodRule}
	}
	size := l.keysOf(ix).treeBytes(l.rows[ix.Table] * l.share(ix))
	return db.Estimate{Value: size, Low: size * 0.7, High: size * 1.5, Unit: db.UnitBytes, Method: db.MethodRule}
}

// share is the part of a table's rows that a partial index holds, as the
// planner estimates it.
func (l *Lab) share(ix db.Index) float64 {
	if ix.Where == "" {
		return 1
	}
	key := ix.Table + " " + ix.Where
	if n, ok := l.shares[key]; ok {
		return n
	}
	share := partialShare
	if rows, err := l.rowsOf("SELECT 1 FROM " + qualified(ix.Schema, ix.Bare()) + " WHERE " + ix.Where); err == nil {
		share = math.Min(rows/math.Max(l.rows[ix.Table], 1), 1)
	}
	l.shares[key] = share
	return share
}

// rowsOf is how many rows the planner expects of a statement.
func (l *Lab) rowsOf(sql string) (float64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), l.e.o.StatementTimeout)
	defer cancel()
	var text string
	err := l.with(ctx, db.Config{}, func(c *conn, _ *knowledge, _ map[string]string) error {
		return c.row(ctx, "EXPLAIN /* mltop */ (FORMAT JSON) "+sql, nil, &text)
	})
	if err != nil {
		return 0, err
	}
	var answer []struct {
		Plan struct {
			Rows float64 `json:"Plan Rows"`
		}
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || len(answer) != 1 {
		return 0, errors.Join(errors.New("the plan could not be read"), err)
	}
	return answer[0].Plan.Rows, nil
}

// partialShare is what a predicate is taken to keep when nobody knows: the
// planner itself takes a third for a range and less for an equality.
const partialShare = 1.0 / 3

// A BRIN's pages, from brin_page.h, brin_tuple.h and brin_revmap.h.
const (
	methodBRIN    = "brin"
	pagesPerRange = 128  // by default
	rangesPerPage = 1360 // of the map from ranges to their entries
	blockHeader   = 8    // of an entry: the range's number, what is NULL; aligned
)

// blockBytes is the size of a BRIN: a page about itself, its map, and an entry
// of the least and the greatest value for each range of the table's pages.
func blockBytes(tablePages, width float64) float64 {
	ranges := math.Ceil(tablePages / pagesPerRange)
	room := float64(pageBytes - pageTaken)
	entries := math.Ceil(ranges * (blockHeader + aligned(2*width) + linePointer) / room)
	return (1 + math.Max(math.Ceil(ranges/rangesPerPage), 1) + math.Max(entries, 1)) * pageBytes
}
