package collectors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"sort"

	"mltop/internal/stat"
)

// A tally is four counters and a distribution: a group of requests (count,
// with a status, 4xx, 5xx) or of a statement's calls (calls, errors, rows).
type tally struct {
	n   [4]uint64
	lat stat.Sketch
}

func (t *tally) merge(o *tally) {
	for i := range t.n {
		t.n[i] += o.n[i]
	}
	t.lat.Merge(&o.lat)
}

func (t *tally) reset() {
	t.n = [4]uint64{}
	t.lat.Reset()
}

// part is the i-th of parts of a tally: every parts-th call by rank, so that
// each part has slow ones and fast ones. Together they have all the counts,
// and the times as far as a sketch tells them.
func (t *tally) part(i, parts uint64) (out tally) {
	upTo := func(rank uint64) uint64 { return (rank + parts - 1 - i) / parts }
	for k, n := range t.n {
		out.n[k] = upTo(n)
	}
	rank := uint64(0)
	t.lat.Each(func(v float64, n uint64) {
		out.lat.AddN(v, uint32(upTo(rank+n)-upTo(rank)))
		rank += n
	})
	if n, sum := t.lat.Unseen(); sum > 0 {
		mine := upTo(rank+n) - upTo(rank)
		out.lat.AddTotal(mine, sum*shareOf(mine, n, parts))
	}
	return out
}

// shareOf is the part of a sum that goes with mine of n calls; of time without
// calls every part has as much.
func shareOf(mine, n, parts uint64) float64 {
	if n == 0 {
		return 1 / float64(parts)
	}
	return float64(mine) / float64(n)
}

// weight orders names: by time, then by count where no time was measured.
func (t *tally) weight() float64 { return t.lat.Sum() + 1e-9*float64(t.n[0]) }

func (t *tally) pack(b []byte) []byte {
	for _, v := range t.n {
		b = binary.AppendUvarint(b, v)
	}
	return t.lat.AppendPacked(b)
}

// mergePacked adds a packed tally. What we packed ourselves unpacks.
func (t *tally) mergePacked(b []byte) {
	for i := range t.n {
		v, n := binary.Uvarint(b)
		t.n[i] += v
		b = b[n:]
	}
	if _, err := t.lat.MergePacked(b); err != nil {
		panic("history: " + err.Error())
	}
}

func tallyOfGroup(g *Group) tally {
	t := tally{n: [4]uint64{g.Count, g.StatusCount, g.ClientErrors, g.ServerErrors}}
	t.lat.Merge(g.Latency)
	return t
}

func (t *tally) group() Group {
	return Group{Count: t.n[0], StatusCount: t.n[1], ClientErrors: t.n[2], ServerErrors: t.n[3], Latency: &t.lat}
}

// An entry is the tally of one name. Entries are kept in order of id.
type entry struct {
	id uint32
	tally
}

// The ids that stand for no single name.
const (
	idTotal   = 0
	idOther   = 1
	firstName = 2
)

// namesKept is how many routes, or statements, are kept by name; the rest is
// counted as other.
const namesKept = 200

// sortEntries orders entries by id and merges those of the same id.
func sortEntries(es []entry) []entry {
	slices.SortFunc(es, func(a, b entry) int { return cmp.Compare(a.id, b.id) })
	out := es[:0]
	for i := range es {
		if n := len(out); n > 0 && out[n-1].id == es[i].id {
			out[n-1].merge(&es[i].tally)
			continue
		}
		out = append(out, es[i])
	}
	return out
}

// capNames keeps the keep heaviest names and merges the rest into other.
func capNames(es []entry, keep int, weight func(*entry) float64) []entry {
	names := es[firstNamed(es):]
	if len(names) <= keep {
		return es
	}
	byWeight := slices.Clone(names)
	slices.SortStableFunc(byWeight, func(a, b entry) int { return cmp.Compare(weight(&b), weight(&a)) })
	out := append([]entry(nil), es[:firstNamed(es)]...)
	other := entry{id: idOther}
	for i := range byWeight[keep:] {
		other.merge(&byWeight[keep+i].tally)
	}
	return sortEntries(append(append(out, byWeight[:keep]...), other))
}

func firstNamed(es []entry) int {
	return sort.Search(len(es), func(i int) bool { return es[i].id >= firstName })
}

// A packer turns entries into the form in which cells are kept: one block of
// bytes, so that a day of history is a few thousand pointers, not millions.
type packer struct{ all, one []byte } // room that is used again

// pack answers a block that is no larger than it must be.
func (p *packer) pack(es []entry) []byte {
	p.all = p.all[:0]
	for i := range es {
		p.one = es[i].pack(p.one[:0])
		p.all = binary.AppendUvarint(p.all, uint64(es[i].id))
		p.all = binary.AppendUvarint(p.all, uint64(len(p.one)))
		p.all = append(p.all, p.one...)
	}
	return bytes.Clone(p.all)
}

// eachPacked calls f with every entry of a packed cell, still packed, until f
// answers false.
func eachPacked(b []byte, f func(id uint32, packed []byte) bool) {
	for len(b) > 0 {
		id, n := binary.Uvarint(b)
		b = b[n:]
		size, n := binary.Uvarint(b)
		b = b[n:]
		if !f(uint32(id), b[:size]) {
			return
		}
		b = b[size:]
	}
}

func unpackEntries(b []byte) []entry { return absorb(nil, b) }

// absorb adds the entries of a packed cell to es; both are in order of id.
func absorb(es []entry, packed []byte) []entry {
	if len(es) == 0 {
		es = make([]entry, 0, countEntries(packed))
	}
	i := 0
	eachPacked(packed, func(id uint32, one []byte) bool {
		for i < len(es) && es[i].id < id {
			i++
		}
		if i == len(es) || es[i].id != id {
			es = slices.Insert(es, i, entry{id: id})
		}
		es[i].mergePacked(one)
		return true
	})
	return es
}

func countEntries(packed []byte) (n int) {
	eachPacked(packed, func(uint32, []byte) bool { n++; return true })
	return n
}

// findPacked merges the entry of one id into t and reports whether the cell
// has it.
func findPacked(b []byte, id uint32, t *tally) (found bool) {
	eachPacked(b, func(i uint32, packed []byte) bool {
		if found = i == id; found {
			t.mergePacked(packed)
		}
		return i < id
	})
	return found
}
