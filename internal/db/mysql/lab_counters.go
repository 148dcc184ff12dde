package mysql

import (
	"context"
	"strings"

	"mltop/internal/db"
)

// handlers are the session's own counters of rows: what the storage engine
// was asked for, one by one. They are the same in every run.
type handlers struct {
	first, key, last, next, prev, random, randomNext float64
	temporary, sorted, sorts, scans                  float64
}

// handlerFields says which counter is which field. Rows put into a temporary
// table are Handler_tmp_write of MariaDB; MySQL counts them as Handler_write.
func (h *handlers) fields(mariaDB bool) map[string]*float64 {
	out := map[string]*float64{
		"handler_read_first": &h.first, "handler_read_key": &h.key, "handler_read_last": &h.last, "handler_read_next": &h.next,
		"handler_read_prev": &h.prev, "handler_read_rnd": &h.random, "handler_read_rnd_next": &h.randomNext,
		"handler_tmp_write": &h.temporary, "sort_rows": &h.sorted, "sort_scan": &h.scans, "sort_range": &h.sorts,
	}
	if !mariaDB {
		delete(out, "handler_tmp_write")
		out["handler_write"] = &h.temporary
	}
	return out
}

// counters reads them as they are now. Nothing is flushed: FLUSH STATUS needs
// a right that few have.
func (l *Lab) counters(ctx context.Context) (handlers, error) {
	var h handlers
	fields := h.fields(l.e.server.MariaDB)
	var names []string
	for name := range fields {
		names = append(names, name)
	}
	run, cancel := quietly(ctx)
	defer cancel()
	v, err := l.c.pairs(run, "SHOW SESSION STATUS WHERE Variable_name IN ("+list(len(names))+")", anys(names)...)
	for name, at := range fields {
		*at = valueOf(v[strings.ToLower(name)])
	}
	return h, err
}

// learnOverhead measures what reading the counters adds to them.
func (l *Lab) learnOverhead(ctx context.Context) error {
	before, err := l.counters(ctx)
	if err != nil {
		return err
	}
	after, err := l.counters(ctx)
	l.overhead = after.less(before)
	return err
}

func (h handlers) less(o handlers) handlers {
	return handlers{h.first - o.first, h.key - o.key, h.last - o.last, h.next - o.next, h.prev - o.prev, h.random - o.random, h.randomNext - o.randomNext,
		h.temporary - o.temporary, h.sorted - o.sorted, h.sorts - o.sorts, h.scans - o.scans}
}

// reads are all rows that were asked for.
func (h handlers) reads() float64 {
	return h.first + h.key + h.last + h.next + h.prev + h.random + h.randomNext
}

func (h handlers) work() *db.Work {
	return &db.Work{Steps: int64(h.reads() + h.temporary + h.sorted), FullscanSteps: int64(h.randomNext), Sorts: int64(h.sorts + h.scans)}
}
