package collectors

import (
	"slices"
	"sort"
	"time"
)

// kept holds whole sections by time: all of the last minute, one in ten
// seconds of the last hour, and at least the newest.
type kept[T any] struct {
	items []keptItem[T]
	bytes int
}

type keptItem[T any] struct {
	at   time.Time
	v    T
	size int
}

func (k *kept[T]) put(at time.Time, v T, size int) {
	i := k.after(at)
	k.items = slices.Insert(k.items, i, keptItem[T]{at, v, size})
	k.bytes += size
	k.thin()
}

func (k *kept[T]) after(t time.Time) int {
	return sort.Search(len(k.items), func(i int) bool { return k.items[i].at.After(t) })
}

// thin drops what is too old, or too near to another of the past.
func (k *kept[T]) thin() {
	end := k.items[len(k.items)-1].at
	out, slot := k.items[:0], int64(-1)
	for i, it := range k.items {
		age, own := end.Sub(it.at), floorDiv(it.at.Unix(), 10)
		if i < len(k.items)-1 && (age > time.Hour || age > time.Minute && own == slot) {
			k.bytes -= it.size
			continue
		}
		out, slot = append(out, it), own
	}
	clear(k.items[len(out):])
	k.items = out
}

// trim drops the oldest until limit bytes are left; the newest stays.
func (k *kept[T]) trim(limit int) {
	n := 0
	for k.bytes > limit && n < len(k.items)-1 {
		k.bytes -= k.items[n].size
		n++
	}
	k.items = slices.Delete(k.items, 0, n)
}

// at is the newest taken no later than t; none gives the zero value.
func (k *kept[T]) at(t time.Time) (v T) {
	if i := k.after(t); i > 0 {
		v = k.items[i-1].v
	}
	return v
}

func (k *kept[T]) newest() (v T) {
	if n := len(k.items); n > 0 {
		v = k.items[n-1].v
	}
	return v
}
