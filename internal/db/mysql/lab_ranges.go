package mysql

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"mltop/internal/db"
)

// ranges draws rows along the primary key: whole where share is 1, else at
// random places.
func (f *filler) ranges(ctx context.Context, r *db.Room, share float64) error {
	target := r.Full * share
	if share >= 1 {
		target = math.Inf(1)
	}
	key := keyColumn(r.Table)
	if key == "" {
		r.Why = "it has no key to draw along: only its beginning is there"
		_, err := f.copy(ctx, r, f.insert(r)+fmt.Sprintf(" LIMIT %d", mostARead))
		return err
	}
	r.ByKey = true
	first, last, err := f.bounds(ctx, r, key)
	if err != nil || first == nil {
		r.Complete = err == nil // it is empty
		return err
	}
	from, err1 := strconv.ParseInt(*first, 10, 64)
	to, err2 := strconv.ParseInt(*last, 10, 64)
	switch {
	case err1 == nil && err2 == nil:
		return f.byNumber(ctx, r, key, from, to, target)
	case share >= 1:
		return f.walk(ctx, r, key)
	}
	return f.byPlaces(ctx, r, key, target)
}

// keyColumn is the first column of the key that rows are stored by; "" for
// none.
func keyColumn(t *db.Table) string {
	if len(t.PrimaryKey) > 0 {
		return t.PrimaryKey[0]
	}
	for _, ix := range t.Indexes {
		if ix.Unique && len(ix.Columns) > 0 && ix.Columns[0].Name != "" && ix.Columns[0].Prefix == 0 {
			if c := t.Column(ix.Columns[0].Name); c != nil && c.NotNull {
				return c.Name
			}
		}
	}
	return ""
}

// bounds are the key's first and last value; nil for an empty table. They are
// two ends of a tree.
func (f *filler) bounds(ctx context.Context, r *db.Room, key string) (first, last *string, err error) {
	for _, end := range []struct {
		into  **string
		order string
	}{{&first, ""}, {&last, " DESC"}} {
		k := quoteAlways(key)
		sql := fmt.Sprintf("SELECT %s FROM %s WHERE %s IS NOT NULL ORDER BY %s%s LIMIT 1", k, f.live(r.Table), k, k, end.order)
		if err := f.l.c.row(ctx, end.into, sql); err != nil {
			return nil, nil, err
		}
	}
	return first, last, nil
}

// byNumber cuts a key of whole numbers into ranges of some hundred rows and
// copies them in random order. What they hold says how many rows the table
// has, better than the server's own guess.
func (f *filler) byNumber(ctx context.Context, r *db.Room, key string, from, to int64, target float64) error {
	spans := cut(from, to, max(r.Full, 1)/atOnce(target))
	f.l.blocks[r.Table.Name] = fmt.Sprintf("(%s - (%d)) DIV %d", quoteAlways(key), from, spans[0][1]-spans[0][0]+1)
	f.rng.Shuffle(len(spans), func(i, j int) { spans[i], spans[j] = spans[j], spans[i] })
	drawn := 0.0
	sql := f.insert(r) + fmt.Sprintf(" WHERE %s BETWEEN ? AND ? LIMIT %d", quoteAlways(key), mostARead)
	for i, s := range spans {
		if why := f.spent(r, max(target, rowsARead)); why != "" && i > 0 {
			r.Why, r.Full = why, drawn*float64(len(spans))/float64(i)
			return nil
		}
		n, err := f.copy(ctx, r, sql, s[0], s[1])
		if err != nil {
			return err
		}
		if n >= mostARead {
			r.Why = "its key is unevenly spread"
		}
		drawn += float64(n)
	}
	r.Complete = r.Why == ""
	return nil
}

// atOnce is how many rows one read brings: few where they are a sample, for
// that has to come from many places.
func atOnce(target float64) float64 {
	if math.IsInf(target, 1) {
		return rowsWhole
	}
	return rowsARead
}

// mostSpans bounds the list of ranges of one table.
const mostSpans = 100_000

// cut divides a range of numbers into about n parts of one width.
func cut(from, to int64, n float64) [][2]int64 {
	width := uint64(to) - uint64(from) // wraps right: to is not below from
	parts := uint64(math.Max(1, math.Min(n, mostSpans)))
	step := width/parts + 1
	var out [][2]int64
	for at := uint64(0); ; at += step {
		end := min(width, at+step-1)
		out = append(out, [2]int64{int64(uint64(from) + at), int64(uint64(from) + end)})
		if end == width || at+step < at {
			return out
		}
	}
}

// walk copies a whole table along a key of any type, piece by piece: each
// begins at the greatest key that is there. A piece that brings nothing new is
// made larger, as one key may have many rows.
func (f *filler) walk(ctx context.Context, r *db.Room, key string) error {
	k := quoteAlways(key)
	order := fmt.Sprintf(" ORDER BY %s LIMIT ?", k)
	sql := f.insert(r) + order
	for size := int64(rowsWhole); ; {
		n, err := f.copy(ctx, r, sql, size)
		if err != nil {
			return err
		}
		if why := f.spent(r, math.Inf(1)); why != "" {
			r.Why = why + "; only the beginning of the key's order is there"
			return nil
		}
		if n == 0 && (size >= mostARead || r.Rows == 0) {
			r.Complete = r.Why == ""
			return nil
		}
		if n < size/2 {
			size = min(2*size, mostARead)
		}
		sql = f.insert(r) + fmt.Sprintf(" WHERE %s >= (SELECT MAX(%s) FROM %s)", k, k, quoteAlways(r.Table.Name)) + order
	}
}

// Pieces at places of a key that is no number are small, so that there are
// many of them.
const rowsAPlace = 50

// byPlaces copies rows behind random places of a key of letters or of times.
// Places are spread over the letters that the key is written in, so that keys
// that follow a gap come more often than others: for random keys (UUID) that
// is no bias at all.
func (f *filler) byPlaces(ctx context.Context, r *db.Room, key string, target float64) error {
	places, err := f.placesOf(ctx, r, key)
	if err != nil {
		return err
	}
	k := quoteAlways(key)
	sql := f.insert(r) + fmt.Sprintf(" WHERE %s >= ? ORDER BY %s LIMIT %d", k, k, rowsAPlace)
	for idle := 0; idle < 100; {
		if why := f.spent(r, max(target, rowsARead)); why != "" {
			r.Why = why
			return nil
		}
		n, err := f.copy(ctx, r, sql, places())
		if err != nil {
			return err
		}
		idle++
		if n > 0 {
			idle = 0
		}
	}
	r.Why = "no more places of its key could be found"
	return nil
}

// lettersSeen is how many keys are looked at to learn their letters.
const lettersSeen = 200

// placesOf makes random keys: as the keys at both ends begin, and on with
// letters that keys hold.
func (f *filler) placesOf(ctx context.Context, r *db.Room, key string) (func() string, error) {
	k := quoteAlways(key)
	var keys []string
	for _, order := range []string{"", " DESC"} {
		_, err := f.l.c.each(ctx, fmt.Sprintf("SELECT %s FROM %s ORDER BY %s%s LIMIT %d", k, f.live(r.Table), k, order, lettersSeen/2), nil,
			func(row []value) error {
				keys = append(keys, row[0].s)
				return nil
			})
		if err != nil {
			return nil, err
		}
	}
	prefix, letters := lettersOf(keys)
	return func() string {
		var b strings.Builder
		b.WriteString(prefix)
		for range 8 { // far more places than pieces
			b.WriteByte(letters[f.rng.IntN(len(letters))])
		}
		return b.String()
	}, nil
}

// lettersOf finds how all keys begin, and which bytes follow there. The dash
// of a UUID is at one place only, and is not drawn.
func lettersOf(keys []string) (prefix string, letters []byte) {
	if len(keys) > 0 {
		prefix = keys[0]
	}
	for _, k := range keys {
		n := 0
		for n < len(prefix) && n < len(k) && prefix[n] == k[n] {
			n++
		}
		prefix = prefix[:n]
	}
	seen := [256]bool{}
	for _, k := range keys {
		for i := len(prefix); i < len(k) && i < len(prefix)+8; i++ {
			if !seen[k[i]] && k[i] != '-' {
				seen[k[i]] = true
				letters = append(letters, k[i])
			}
		}
	}
	if len(letters) == 0 {
		letters = []byte("0")
	}
	return prefix, letters
}
