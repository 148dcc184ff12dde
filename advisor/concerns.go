package advisor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"mltop/internal/db"
	"mltop/internal/units"
)

// A Concern is something in a catalog that is worth a look.
type Concern struct {
	Kind   string // "dead rows", "bloat", "unused index", …
	Object string // "orders", "orders.orders_status"
	Text   string
	Grave  bool
	Weight float64 // of its kind: bytes, or the part that is used up
}

// Below these nobody gains anything by a look.
const (
	manyDead      = 1000
	deadPart      = 0.1
	muchFree      = 8 << 20 // bytes
	freePart      = 0.25
	keysUsed      = 0.5
	keysNearEnd   = 0.8
	datedRows     = 1000
	staleAfter    = 30 * 24 * time.Hour
	unusedAfter   = 24 * time.Hour // sooner, a job of the night may not have run
	unusedAtLeast = 64 << 10       // bytes
)

// Concerns lists what is worth a look, the grave first.
func Concerns(s *db.Schema, now time.Time) []Concern {
	if s == nil {
		return nil
	}
	var out []Concern
	for _, c := range s.Counters {
		if u := c.Used(); u >= keysUsed {
			out = append(out, Concern{"keys run out", joinName(c.Table, c.Column, c.Name), fmt.Sprintf("%s of its keys are given out: inserts fail when it ends", units.Percent(u)), u >= keysNearEnd, u})
		}
	}
	dated := slices.ContainsFunc(s.Tables, func(t *db.Table) bool { return t.Analyzed != nil })
	for _, t := range s.Tables {
		out = append(out, tableConcerns(t, now, dated)...)
		out = append(out, keyConcerns(s, t)...)
		out = append(out, indexConcerns(t, s.UsesSince, now)...)
	}
	slices.SortStableFunc(out, func(a, b Concern) int {
		if a.Grave != b.Grave {
			return boolOrder(b.Grave)
		}
		return cmp.Or(strings.Compare(a.Kind, b.Kind), cmp.Compare(b.Weight, a.Weight), strings.Compare(a.Object, b.Object))
	})
	return out
}

func joinName(table, column, name string) string {
	if table == "" {
		return name
	}
	return table + "." + column
}

func tableConcerns(t *db.Table, now time.Time, dated bool) (out []Concern) {
	rows := valueOr(t.Rows)
	if dead := valueOr(t.Dead); dead >= manyDead && dead > deadPart*(rows+dead) {
		out = append(out, Concern{"dead rows", t.Name, fmt.Sprintf("%s of its rows are dead and take room (%s); vacuumed %s", units.Percent(dead/(rows+dead)), units.SI(dead), agoOr(t.Vacuumed, now)), false, dead})
	}
	if free, all := valueOr(t.Free), valueOr(t.Bytes); free >= muchFree && free > freePart*all {
		out = append(out, Concern{"bloat", t.Name, fmt.Sprintf("%s of %s hold nothing (%s)", units.Bytes(free), units.Bytes(all), t.FreeHow), false, free})
	}
	if dated && rows >= datedRows && t.Unsupported == "" && (t.Analyzed == nil || now.Sub(*t.Analyzed) > staleAfter) {
		out = append(out, Concern{"old statistics", t.Name, "the planner's statistics were gathered " + agoOr(t.Analyzed, now), false, rows})
	}
	return out
}

func keyConcerns(s *db.Schema, t *db.Table) (out []Concern) {
	for _, fk := range s.UnindexedKeys(t) {
		all := "all of this table"
		if n, of := s.LeavesWithout(t, fk), len(s.Leaves(t)); t.Unsupported == db.Partitioned && n < of {
			all = fmt.Sprintf("all of %d of its %d partitions", n, of)
		}
		out = append(out, Concern{"foreign key without index", t.Name, fmt.Sprintf("(%s) refers to %s: a delete there reads %s", strings.Join(fk.Columns, ", "), fk.Table, all), false, valueOr(t.Rows)})
	}
	return out
}

func indexConcerns(t *db.Table, since, now time.Time) (out []Concern) {
	known := map[string]*db.Index{}
	for _, ix := range t.Indexes {
		name, bytes := t.Name+"."+ix.Name, valueOr(ix.Bytes)
		same, twice := known[ix.Signature()]
		known[ix.Signature()] = ix
		switch {
		case ix.Building:
			out = append(out, Concern{"index not ready", name, "somebody is building or removing it now: it serves nobody yet", false, bytes})
		case ix.Invalid && ix.Parted:
			out = append(out, Concern{"invalid index", name, "not all partitions have it: ATTACH PARTITION adds those that lack, or drop it", true, bytes})
		case ix.Invalid:
			out = append(out, Concern{"invalid index", name, "left by a build that did not end: it costs writes and serves nobody", true, bytes})
		case twice:
			out = append(out, duplicate(t, ix, same))
		case wider(t, ix) != "":
			out = append(out, Concern{"redundant index", name, wider(t, ix) + " begins with the same columns", false, bytes})
		case ix.Uses != nil && *ix.Uses == 0 && !ix.Bound() && !ix.Unique && bytes >= unusedAtLeast && !since.IsZero() && now.Sub(since) >= unusedAfter:
			out = append(out, Concern{"unused index", name, fmt.Sprintf("not used since the counters began %s; %s", agoOr(&since, now), units.Bytes(bytes)), false, bytes})
		}
		if free := valueOr(ix.Free); free >= muchFree && free > freePart*bytes {
			out = append(out, Concern{"bloat", name, fmt.Sprintf("a new build would save %s of %s (estimate)", units.Bytes(free), units.Bytes(bytes)), false, free})
		}
	}
	return out
}

// duplicate is the concern of two that are the same: it names the one that may
// go.
func duplicate(t *db.Table, ix, same *db.Index) Concern {
	if ix.Bound() && !same.Bound() {
		ix, same = same, ix
	}
	return Concern{"duplicate index", t.Name + "." + ix.Name, "the same as " + same.Name, false, valueOr(ix.Bytes)}
}

// wider names an index of the table that makes ix redundant; "" for none.
func wider(t *db.Table, ix *db.Index) string {
	for _, keep := range t.Indexes {
		if mayReplace(ix, keep) && widens(ix, keep) {
			return keep.Name
		}
	}
	return ""
}

func valueOr(p *int64) float64 {
	if p == nil {
		return 0
	}
	return float64(*p)
}

func agoOr(at *time.Time, now time.Time) string {
	if at == nil {
		return "never, as far as the server counts"
	}
	return units.Ago(now.Sub(*at)) + " ago"
}
