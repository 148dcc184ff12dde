package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"
	"time"

	"mltop/internal/db"
)

// How much is read to learn the sizes of tables. Counting rows reads a whole
// table; a few seeks into it tell nearly as much.
const (
	countUpTo   = 1000 // rows counted exactly
	densityAt   = 8    // places in a larger table …
	densityRows = 25   // … and rows read at each
	// sizesFor bounds the whole: with 10,000 tables the last ones stay
	// without numbers.
	sizesFor = 400 * time.Millisecond
	// pageFill is how full B-tree pages are after random inserts (Yao 1978:
	// ln 2); tables that grow at their end are fuller.
	pageFillIndex = 0.69
	pageFillTable = 0.9
	// rowOverhead is a cell's own bytes: its pointer, length, rowid, header.
	rowOverhead   = 8
	whyNotCounted = "there are too many tables to look into each"
)

// sizes estimates rows and bytes.
func (r *schemaReader) sizes(ctx context.Context) error {
	end := time.Now().Add(sizesFor)
	for _, t := range r.list {
		if t.Unsupported != "" && virtualModule(t.SQL) != "" {
			continue
		}
		if time.Now().After(end) {
			if t.Rows == nil {
				t.Estimated = whyNotCounted
			}
			continue
		}
		if err := r.sizeOf(ctx, t); err != nil {
			return err
		}
	}
	return r.fitToFile(ctx)
}

func (r *schemaReader) sizeOf(ctx context.Context, t *db.Table) error {
	n, _, err := intOf(ctx, r.c, fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM %s LIMIT %d)", quoted(t.Name), countUpTo+1))
	if err != nil {
		return err
	}
	if n <= countUpTo {
		t.Rows, t.Estimated = &n, ""
	}
	s := tableSample{rowid: rowIDName(t)}
	if n > countUpTo && s.rowid != "" {
		if err := s.spread(ctx, r.c, t); err != nil {
			return err
		}
	}
	if err := s.weigh(ctx, r.c, t); err != nil {
		return err
	}
	s.apply(t)
	return nil
}

// rowIDName is a name of the rowid that no column has taken; "" if none.
func rowIDName(t *db.Table) string {
	if t.WithoutRowID {
		return ""
	}
	for _, name := range []string{"rowid", "_rowid_", "oid"} {
		if t.Column(name) == nil || strings.EqualFold(t.RowID, name) {
			return name
		}
	}
	return ""
}

// A tableSample is what a few rows of a table tell of the rest.
type tableSample struct {
	rowid       string
	low, high   int64
	seen, span  int64   // rows seen, and the rowids they spread over
	places      []int64 // rowids to begin at
	rowBytes    float64
	columnBytes []float64 // by table column
}

// spread measures how dense the rowids are.
func (s *tableSample) spread(ctx context.Context, c *conn, t *db.Table) error {
	var err error
	id := "t." + s.rowid
	if s.low, _, err = intOf(ctx, c, "SELECT min("+id+") FROM "+quoted(t.Name)+" t"); err != nil {
		return err
	}
	if s.high, _, err = intOf(ctx, c, "SELECT max("+id+") FROM "+quoted(t.Name)+" t"); err != nil {
		return err
	}
	sql := fmt.Sprintf("SELECT min(r), max(r), count(*) FROM (SELECT %s r FROM %s t WHERE %s >= ?1 ORDER BY %s LIMIT %d)", id, quoted(t.Name), id, id, densityRows)
	for i := range densityAt {
		at := int64(float64(s.low) + (float64(s.high)-float64(s.low))*float64(i)/densityAt)
		s.places = append(s.places, at)
		_, err := c.each(ctx, sql, []driver.Value{at}, func(row []driver.Value) error {
			first, ok1 := row[0].(int64)
			last, ok2 := row[1].(int64)
			n, _ := row[2].(int64)
			if ok1 && ok2 {
				s.seen += n
				s.span += max(last-min(first, at)+1, n)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// weigh measures the mean bytes of each column over the sample. octet_length
// reads a row's header alone: large values stay where they are.
func (s *tableSample) weigh(ctx context.Context, c *conn, t *db.Table) error {
	places := s.places
	if len(places) == 0 {
		places = []int64{0}
	}
	var sums []string
	for _, col := range t.Columns {
		sums = append(sums, fmt.Sprintf("sum(ifnull(octet_length(t.%s), 0))", quoted(col.Name)))
	}
	if len(sums) == 0 {
		return nil
	}
	from := fmt.Sprintf("(SELECT * FROM %s LIMIT %d) t", quoted(t.Name), densityRows*densityAt)
	if len(s.places) > 0 {
		from = fmt.Sprintf("(SELECT * FROM %s t WHERE t.%s >= ?1 ORDER BY t.%s LIMIT %d) t", quoted(t.Name), s.rowid, s.rowid, densityRows)
	}
	rows := 0.0
	s.columnBytes = make([]float64, len(t.Columns))
	for _, at := range places {
		_, err := c.each(ctx, "SELECT count(*), "+strings.Join(sums, ", ")+" FROM "+from, []driver.Value{at}[:min(1, len(s.places))], func(row []driver.Value) error {
			n, _ := numberOf(row[0])
			rows += n
			for i := range s.columnBytes {
				b, _ := numberOf(row[i+1])
				s.columnBytes[i] += b
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for i, col := range t.Columns {
		s.columnBytes[i] = storedBytes(col.Type, s.columnBytes[i]/max(rows, 1))
		s.rowBytes += s.columnBytes[i]
	}
	return nil
}

// storedBytes allows for numbers, whose text is longer than what is stored.
func storedBytes(kind string, text float64) float64 {
	k := strings.ToUpper(kind)
	switch {
	case strings.Contains(k, "INT"), strings.Contains(k, "BOOL"):
		return 1 + text*0.42 // 8 bits hold 2.4 digits
	case db.KeepsFractions(kind):
		return 9
	}
	return 1 + text
}

// apply turns the sample into the table's numbers.
func (s *tableSample) apply(t *db.Table) {
	if len(s.places) > 0 && s.seen > 0 {
		rows := int64((float64(s.high) - float64(s.low) + 1) * float64(s.seen) / float64(s.span))
		t.Rows, t.Estimated = &rows, "rows by the range of rowids"
		if s.span > s.seen {
			t.Estimated = fmt.Sprintf("rows by the range of rowids, and how dense they are in %d places", densityAt)
		}
	}
	if t.Rows == nil {
		t.Estimated = "a table without rowid, never analyzed: its rows are not counted"
		return
	}
	rows := float64(*t.Rows)
	t.Bytes = bytesOf(rows*(s.rowBytes+rowOverhead), pageFillTable)
	if t.Estimated != "" {
		t.Estimated += "; "
	}
	t.Estimated += "bytes by the mean of sampled rows"
	for _, ix := range t.Indexes {
		if ix.Where != "" || t.IsItself(ix) {
			continue // how many rows a partial index has is not known
		}
		ix.Bytes = bytesOf(rows*(s.entryBytes(t, ix)+rowOverhead), pageFillIndex)
	}
}

func bytesOf(content, fill float64) *int64 {
	n := int64(content / fill)
	return &n
}

func (s *tableSample) entryBytes(t *db.Table, ix *db.Index) float64 {
	bytes := 4.0 // the rowid
	for _, key := range ix.Columns {
		for i, col := range t.Columns {
			if strings.EqualFold(col.Name, key.Name) {
				bytes += s.columnBytes[i]
			}
		}
		if key.Name == "" {
			bytes += 9
		}
	}
	return bytes
}

// fitToFile scales the estimates so that they do not exceed the file.
func (r *schemaReader) fitToFile(ctx context.Context) error {
	pages, _, err := intOf(ctx, r.c, "PRAGMA page_count")
	if err != nil {
		return err
	}
	size, _, err := intOf(ctx, r.c, "PRAGMA page_size")
	if err != nil {
		return err
	}
	free, _, err := intOf(ctx, r.c, "PRAGMA freelist_count")
	if err != nil {
		return err
	}
	used := float64((pages - free) * size)
	total := 0.0
	r.eachBytes(func(b *int64) { total += float64(max(*b, size)) })
	scale := min(1, used/max(total, 1))
	r.eachBytes(func(b *int64) { *b = max(int64(float64(*b)*scale), size) })
	return nil
}

func (r *schemaReader) eachBytes(f func(*int64)) {
	for _, t := range r.list {
		if t.Bytes != nil {
			f(t.Bytes)
		}
		for _, ix := range t.Indexes {
			if ix.Bytes != nil {
				f(ix.Bytes)
			}
		}
	}
}
