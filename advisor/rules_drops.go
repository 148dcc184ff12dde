package advisor

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"mltop/internal/db"
	"mltop/internal/units"
)

// Daring reports advice that is applied by its own id only, never together
// with others: to drop an index that is merely not seen in use.
func (r Recommendation) Daring() bool {
	return r.Kind == KindDropIndex && r.Confidence == "low"
}

// Together reports advice that may be applied with others, without anybody
// having named it: it speeds something up, and dares nothing.
func (r Recommendation) Together() bool {
	return !r.Daring() && r.Object != objectSource && r.Object != objectRoom
}

// vetDrops measures the workload without each index that is to be dropped. A
// drop that slows a statement, or that a statement may not survive, is
// declined.
func (s *search) vetDrops(ctx context.Context, list []Recommendation, schema *db.Schema) ([]Recommendation, []Declined) {
	var kept []Recommendation
	var declined []Declined
	for _, r := range list {
		if r.Kind != KindDropIndex {
			kept = append(kept, r)
			continue
		}
		ix := schema.Index(r.Change[0].Object.Name)
		w := s.without(ctx, ix, r.ID)
		if w.against != nil {
			declined = append(declined, Declined{What: r.Title, Queries: []string{w.against.Label()}, Reason: w.why})
			continue
		}
		kept = append(kept, s.withSavedWrites(ctx, r, *ix, w.tried))
	}
	return kept, declined
}

// A trial is what running the workload without an index showed.
type trial struct {
	against *bound // a statement that needs the index; nil: none does
	why     string
	tried   int // statements of its table that were measured without it
}

// without measures the statements of an index's table without it.
func (s *search) without(ctx context.Context, ix *db.Index, id string) trial {
	return s.trial(ix, id, s.base, func(b *bound) (measure, error) {
		return s.what.measure(ctx, b, db.Config{Hide: []string{ix.Name}})
	})
}

// trial looks for a statement that cannot do without an index: it gets
// slower, or fails.
func (s *search) trial(ix *db.Index, id string, now map[*bound]measure, measure func(*bound) (measure, error)) trial {
	t := trial{}
	worse := 1 + (slower-1)/s.had.bar(id)
	for _, b := range s.measured() {
		if !b.tables[strings.ToLower(ix.Table)] {
			continue
		}
		after, err := measure(b)
		switch before := now[b]; {
		case err != nil:
			return trial{b, fmt.Sprintf("%s could not be tried without it: %v", b.Label(), err), t.tried}
		case before.saves(after) < 0 && after.value > worse*before.value:
			return trial{b, fmt.Sprintf("without it %s takes %s instead of %s", b.Label(), amount(after), amount(before)), t.tried}
		}
		t.tried++
	}
	return t
}

func (s *search) withSavedWrites(ctx context.Context, r Recommendation, ix db.Index, tried int) Recommendation {
	r.Evidence = append(r.Evidence, triedWithout(tried, ix.Table))
	rows := rowsWritten(s.all, s.rows, ix)
	e, err := s.what.lab.WriteCost(ctx, ix)
	if err != nil || rows == 0 {
		return r
	}
	r.SavedRatio = max(e.Value, 0) * rows * s.secondsOf(e.Unit)
	r.Evidence = append(r.Evidence, fmt.Sprintf("spares %s for each of %s rows an hour", inUnit(max(e.Value, 0), e.Unit), units.Digits(rows*3600)))
	return r
}

func triedWithout(tried int, table string) string {
	if tried == 0 {
		return "nothing was measured without it: no statement of " + table + " is known"
	}
	return fmt.Sprintf("measured without it: %s of %s, none gets slower", units.Plural(tried, "statement"), table)
}

// spareNamed declines to drop an index that a text names: without the index
// that text is an error.
func spareNamed(f Facts, a Advice) Advice {
	named := namedIndexes(f)
	var kept []Recommendation
	for _, r := range a.Recommendations {
		by, ok := named[strings.ToLower(strings.TrimPrefix(r.Object, "index "))]
		if r.Kind != KindDropIndex || !ok {
			kept = append(kept, r)
			continue
		}
		a.Declined = append(a.Declined, Declined{What: r.Title, Reason: by + " names it with INDEXED BY and would fail without it"})
	}
	a.Recommendations = kept
	return a
}

// namedIndexes finds who names which index, by its name in lower case: the
// statements of the workload, the views and the triggers.
func namedIndexes(f Facts) map[string]string {
	named := map[string]string{}
	look := func(who, sql string) {
		for _, name := range indexedBy(sql) {
			named[name] = who
		}
	}
	for _, s := range f.Workload.Statements {
		for _, text := range append([]string{s.Text, s.Rewrite}, s.Examples...) {
			look(s.Label(), text)
		}
	}
	for _, v := range f.Schema.Views {
		look("the view "+v.Name, v.SQL)
	}
	for _, t := range f.Schema.Triggers {
		look("the trigger "+t.Name, t.SQL)
	}
	return named
}

// indexedByName finds SQLite's INDEXED BY, with comments between its words
// and a name in any quotes. In a string literal it would mislead to spare an
// index, which harms nobody. The name is outside (?i): folding the case of
// that range of runes takes milliseconds, at the start of every mltop.
var indexedByName = regexp.MustCompile("(?s)\\b(?i:INDEXED)" + gap + "(?i:BY)" + gap + "?" +
	"(\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|\\[[^\\]]*\\]|'(?:[^']|'')*'|[\\w$\\x{80}-\\x{10ffff}]+)")

const gap = `(?:\s|--[^\n]*\n|/\*.*?\*/)+`

func indexedBy(sql string) []string {
	var names []string
	for _, m := range indexedByName.FindAllStringSubmatch(sql, -1) {
		names = append(names, strings.ToLower(unquoted(m[1])))
	}
	return names
}

func unquoted(name string) string {
	q := name[:1]
	switch q {
	case "[":
		return name[1 : len(name)-1]
	case `"`, "`", "'":
		return strings.ReplaceAll(name[1:len(name)-1], q+q, q)
	}
	return name
}
