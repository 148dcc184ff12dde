package postgres

import "math"

// A keyKind are keys that are alike: so many values, each of which this part of
// a table's rows has. Values that no row happens to have count too: how often
// each comes is a draw of its own (Poisson).
type keyKind struct {
	values, share float64
	width         float64 // bytes of a key
}

// keys are all that an index can hold.
type keys struct {
	kinds  []keyKind
	varies bool // the width of a key does
	shares bool // rows of equal keys share an entry (since version 13)
}

// rarest stands for a value that no two rows have: its rows a value are none of
// it, as good as.
const rarest = 1e-6

// perValue is the mean of a Poisson draw of which those that are not 0 have
// this mean: how often each value comes of which the ones that come are known.
func perValue(mean float64) float64 {
	low, high := rarest, math.Max(mean, rarest)
	if mean <= 1+rarest {
		return rarest
	}
	for range 50 {
		mid := (low + high) / 2
		if mid/-math.Expm1(-mid) < mean {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}

// kindsOf are the keys of one column of a table of so many rows.
func kindsOf(s columnStat, common []float64, rows float64) []keyKind {
	var out []keyKind
	rest := 1 - s.nulls
	if s.nulls > 0 {
		out = append(out, keyKind{1, s.nulls, nullBitmap})
	}
	for _, share := range common {
		out = append(out, keyKind{1, share, s.width})
		rest -= share
	}
	distinct := s.distinct
	if distinct < 0 {
		distinct *= -rows
	}
	if rest*rows < 0.5 {
		return out
	}
	draw := perValue(rest * rows / math.Max(distinct-float64(len(common)), 1))
	return append(out, keyKind{rest * rows / draw, draw / rows, s.width})
}

// together are the keys of two columns that have nothing to do with each other.
// Kinds that are about as frequent become one.
func together(a, b []keyKind) []keyKind {
	const finer = 4 // kinds a doubling
	sums := map[int]*keyKind{}
	var out []keyKind
	for _, x := range a {
		for _, y := range b {
			at := int(math.Round(finer * math.Log2(x.share*y.share)))
			if sums[at] == nil {
				sums[at] = &keyKind{}
			}
			sums[at].add(keyKind{x.values * y.values, x.share * y.share, x.width + y.width})
		}
	}
	for _, k := range sums {
		out = append(out, *k)
	}
	return out
}

func (k *keyKind) add(o keyKind) {
	mine, theirs := k.values*k.share, o.values*o.share
	k.width = (mine*k.width + theirs*o.width) / (mine + theirs)
	k.values += o.values
	k.share = (mine + theirs) / k.values
}

// entries are those of the leaves: how many, their bytes, and the sum of the
// squares of these.
type entries struct{ count, bytes, squares float64 }

func (e *entries) add(count, each float64) {
	e.count, e.bytes, e.squares = e.count+count, e.bytes+count*each, e.squares+count*each*each
}

// entriesOf are what so many rows come to.
func (k keys) entriesOf(rows float64) entries {
	var out entries
	for _, kind := range k.kinds {
		one := k.entry(kind.width)
		mean := rows * kind.share
		if !k.shares {
			out.add(kind.values*mean, one)
			continue
		}
		single := mean * math.Exp(-mean)
		many := math.Max(0, -math.Expm1(-mean)-single)
		out.add(kind.values*single, one)
		if shared := mean - single; many > 0 && shared > 0 {
			most := math.Floor((maxPosting - (one - linePointer)) / rowPointer)
			each := math.Min(shared/many, most)
			lists := math.Max(many, shared/most+many/2)
			if shared/many <= most {
				lists = many
			}
			out.add(kind.values*lists, math.Min(one+postingPad+rowPointer*math.Min(each, shared/lists), maxPosting+linePointer))
		}
	}
	return out
}

// entry is a key with its header and the pointer to it. Aligning keys of many
// widths adds half of it on average.
func (k keys) entry(width float64) float64 {
	if k.varies {
		return tupleHeader + width + (align-1)/2.0 + linePointer
	}
	return tupleHeader + aligned(width) + linePointer
}

// alike is the spread of entries, in bytes, up to which each page has as many.
const alike = 1

// pages are those that hold the entries where so many bytes of each stay free.
// What does not fit any more goes to the next page: of entries that are alike
// always the same, else half of one that is met by length.
func (e entries) pages(rest float64) float64 {
	room, mean := pageBytes-pageTaken-rest, e.bytes/e.count
	if e.squares/e.count-mean*mean <= alike*alike {
		return math.Ceil(e.count / math.Max(1, math.Floor(room/mean)))
	}
	return math.Ceil(e.bytes / math.Max(room-e.squares/e.bytes/2, mean))
}

// treeBytes is the size of the B-tree as CREATE INDEX builds it.
func (k keys) treeBytes(rows float64) float64 {
	list := k.entriesOf(rows)
	if rows < 1 || list.count == 0 {
		return 2 * pageBytes // about itself, and a root
	}
	total := 1.0 // the meta page
	level := list.pages(leafRest)
	for total += level; level > 1; total += level {
		var above entries
		above.add(level, k.entry(k.width()))
		level = above.pages(innerRest)
	}
	return total * pageBytes
}

// width is that of a key on average.
func (k keys) width() float64 {
	var all keyKind
	for _, kind := range k.kinds {
		all.add(kind)
	}
	return all.width
}
