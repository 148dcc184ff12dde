package advisor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mltop/internal/db"
	"mltop/internal/units"
)

// Daring reports advice that is applied by its own id only, never together
// with others: to drop or hide an index that is merely not seen in use.
func (r Recommendation) Daring() bool {
	return (r.Kind == KindDropIndex || r.Kind == KindHideIndex) && r.Confidence == "low"
}

// Together reports advice that may be applied with others, without anybody
// having named it: it speeds something up, and dares nothing.
func (r Recommendation) Together() bool { return r.scripted() && !r.weighty() }

// scripted reports advice that a script may hold.
func (r Recommendation) scripted() bool {
	return !r.Daring() && r.Object != objectSource && r.Object != objectRoom
}

// vetDrops measures the workload without each index that is to be dropped, and
// without those before it, as things are and beside the new indexes. A drop
// that slows a statement, or that a statement may not survive, is declined.
func (s *search) vetDrops(ctx context.Context, list []Recommendation, schema *db.Schema) ([]Recommendation, []Declined) {
	var kept []Recommendation
	var declined []Declined
	for _, r := range onePerObject(list) {
		if r.Kind != KindDropIndex {
			kept = append(kept, r)
			continue
		}
		ix := indexOf(schema, r)
		w := s.without(ctx, ix.Table, r.ID, append(gone(kept), ix.Name))
		if w.against != nil {
			declined = append(declined, Declined{What: r.Title, Queries: []string{w.against.Label()}, Reason: w.why, object: r.Object})
			continue
		}
		r.free = true
		kept = append(kept, lightly(s.withSavedWrites(ctx, r, *ix, w)))
	}
	return kept, declined
}

// notAdvised leaves out the refusals of drops that are advised all the same, once
// a new index exists.
func notAdvised(declined []Declined, list []Recommendation) []Declined {
	return slices.DeleteFunc(declined, func(d Declined) bool {
		return d.object != "" && slices.ContainsFunc(list, func(r Recommendation) bool { return r.Object == d.object })
	})
}

// indexOf is the index that advice drops: several tables may have one of that
// name.
func indexOf(schema *db.Schema, r Recommendation) *db.Index {
	if t := schema.Table(r.Table); t != nil {
		for _, ix := range t.Indexes {
			if ix.Name == r.Change[0].Object.Name {
				return ix
			}
		}
	}
	return schema.Index(r.Change[0].Object.Name)
}

// What an index must cost for its drop to be more than tidiness.
const (
	costlyBytes  = 64 << 20
	costlyWrites = 1e-3 // seconds of every second
)

// lightly takes the warning off a drop that frees little and spares little.
func lightly(r Recommendation) Recommendation {
	if r.Severity == SeverityWarning && r.SizeBytes != nil && *r.SizeBytes < costlyBytes && r.SavedRatio < costlyWrites {
		r.Severity = SeverityInfo
	}
	return r
}

// gone names the indexes that are dropped together.
func gone(list []Recommendation) (names []string) {
	for _, r := range list {
		if r.Kind == KindDropIndex && r.Together() {
			names = append(names, r.Change[0].Object.Name)
		}
	}
	return names
}

// A trial is what running the workload without an index showed.
type trial struct {
	against *bound // a statement that needs the index; nil: none does
	why     string
	tried   int // statements of its table that were measured without it
	unread  int // and those that nothing could be measured of, whose plans do not use it
}

// without measures the statements of a table without some of its indexes: as
// things are, and with the indexes advised.
func (s *search) without(ctx context.Context, table, id string, gone []string) trial {
	now := s.trial(ctx, table, id, s.base, db.Config{Hide: gone})
	if now.against != nil || len(s.chosen) == 0 {
		return now
	}
	then := s.beside(ctx, table, id, gone)
	if then.against != nil {
		then.why += ", beside the indexes advised"
	}
	return then
}

// beside is without, with the indexes advised only.
func (s *search) beside(ctx context.Context, table, id string, gone []string) trial {
	config := s.config()
	config.Hide = gone
	return s.trial(ctx, table, id, s.now, config)
}

// trial looks for a statement that cannot do without the hidden indexes of a
// table: it gets slower, or fails. One whose plan reads none of them has
// nothing to lose but its life, where its text names one.
func (s *search) trial(ctx context.Context, table, id string, now map[*bound]measure, c db.Config) trial {
	t := trial{}
	for _, b := range s.measured() {
		if !b.tables[strings.ToLower(table)] {
			continue
		}
		before := now[b]
		reads := slices.ContainsFunc(c.Hide, func(name string) bool { return before.uses[name] })
		c.Most = slowest * before.value
		after, err := s.measure(ctx, b, c)
		for i := 0; i < surely && err == nil && reads && before.worse(after, s.had.bar(id)); i++ {
			if _, err = s.what.measureAgain(ctx, b, c); err == nil {
				after, err = s.measure(ctx, b, c)
			}
		}
		switch {
		case err != nil && (reads || !errors.As(err, new(db.NotMeasured))):
			return trial{against: b, why: fmt.Sprintf("%s could not be tried without it: %v", b.Label(), err)}
		case err == nil && reads && before.worse(after, s.had.bar(id)):
			return trial{against: b, why: fmt.Sprintf("without it %s takes %s instead of %s", b.Label(), amount(after), amount(before))}
		case err != nil:
			t.unread++
		default:
			t.tried++
		}
	}
	return t
}

// surely is how often a statement that seems to need an index is run again
// before that is believed: a busy machine makes any run slower.
const surely = 3

// worse reports whether a statement needs what was taken away. Where it does
// the same work, only on a wider index, two runs of it may lie as far apart.
func (before measure) worse(after measure, bar float64) bool {
	limit := slower
	if before.steps > 0 && after.steps >= 0 && float64(after.steps) <= slower*float64(before.steps) {
		limit = 1 + band
	}
	return before.saves(after) < 0 && after.value > (1+(limit-1)/bar)*before.value
}

func (s *search) withSavedWrites(ctx context.Context, r Recommendation, ix db.Index, w trial) Recommendation {
	r.Evidence = append(r.Evidence, w.found(ix.Table, s.reckons()))
	rows := s.written(ix)
	e, err := s.what.lab.WriteCost(ctx, ix)
	if err != nil || rows == 0 {
		return r
	}
	r.SavedRatio = max(e.Value, 0) * rows * s.secondsOf(measure{unit: e.Unit})
	r.Evidence = append(r.Evidence, fmt.Sprintf("spares %s for each row, of which %s written an hour", inUnit(max(e.Value, 0), e.Unit), areWritten(rows*3600)))
	return r
}

// areWritten is a number of rows with its verb.
func areWritten(rows float64) string {
	verb := "are"
	if units.Digits(rows) == "1" {
		verb = "is"
	}
	return units.Digits(rows) + " " + verb
}

// found is what a trial that speaks for the drop has shown.
func (t trial) found(table, how string) string {
	unread := fmt.Sprintf("no plan uses it of %s of %s, not %s without it", units.Plural(t.unread, "statement"), table, how)
	switch {
	case t.tried == 0 && t.unread == 0:
		return "nothing was " + how + " without it: no statement of " + table + " is known"
	case t.tried == 0:
		return unread
	case t.unread == 0:
		unread = ""
	}
	return strings.TrimSuffix(fmt.Sprintf("%s without it: %s of %s, none gets slower; %s", how, units.Plural(t.tried, "statement"), table, unread), "; ")
}

// reckons is what the lab does with a statement.
func (s *search) reckons() string {
	for _, m := range s.base {
		if m.method == db.MethodRule {
			return "reckoned"
		}
	}
	return "measured"
}
