package advisor

import (
	"errors"
	"maps"
	"sort"
	"strings"

	"mltop/internal/db"
)

// maxExamples is how many of a statement's texts are planned and measured:
// constants differ in how many rows they meet, and each costs a measurement.
const maxExamples = 3

// mostCounted is the same where it is known how often each text is called: an
// index may serve some of them alone, so all have to be measured.
const mostCounted = 5

// A bound statement is a statement of the workload with its examples parsed
// against the catalog.
type bound struct {
	Statement
	queries []db.Query
	weights []float64   // of the queries, 1 on average; nil: they weigh alike
	shapes  []*db.Shape // of the queries, one each
	tables  map[string]bool
	// implied is the foreign key for which the engine asks this by itself; nil:
	// the application does.
	implied *reference
	askedBy *bound // the statement that makes the engine ask
	// fixed are predicates whose constant is the same in every example, by
	// text: they can be the condition of a partial index.
	fixed map[string]bool
	// mostly are those of fixed that only most calls have, with their share.
	mostly   map[string]float64
	includes bool            // an index may hold columns beside its keys
	useful   map[string]bool // the indexes that its plan could use, by identity
}

// bindAll parses every statement. What cannot be parsed is declined, visibly;
// strangers are those of it whose writes are known.
func bindAll(w Workload, d db.Dialect, s *db.Schema) (all, strangers []*bound, declined []Declined) {
	for _, st := range w.Statements {
		b, err := bind(st, d, s)
		if err != nil {
			strangers = append(strangers, stranger(st, err)...)
			declined = append(declined, Declined{
				What:    "advice on this statement",
				Queries: []string{st.Label()},
				Reason:  whyUnbound(err),
			})
			continue
		}
		if len(b.tables) == 0 {
			declined = append(declined, Declined{What: "an index", Queries: []string{st.Label()}, Reason: noTable})
			continue
		}
		all = append(all, b)
	}
	return all, strangers, declined
}

// stranger is a statement of which only the writes are known: to a table that
// its bare name does not find. What the engine looks up for a write can be
// advised on all the same. Nil: err is another one.
func stranger(st Statement, err error) []*bound {
	var same db.SameName
	if !errors.As(err, &same) || len(same.Writes) == 0 {
		return nil
	}
	return []*bound{{Statement: st, shapes: []*db.Shape{{Writes: same.Writes}}}}
}

// whyUnbound is why a statement could not be bound to the catalog.
func whyUnbound(err error) string {
	if errors.Is(err, db.ErrSameName) || errors.Is(err, db.ErrBusy) {
		return err.Error()
	}
	const failed = "could not be parsed: "
	switch text := err.Error(); {
	case strings.HasPrefix(text, failed), strings.HasPrefix(text, "no such "): // it was parsed: what it names is not there
		return text
	default:
		return failed + text
	}
}

// noTable is why a statement on system catalogs, or on nothing, has no advice.
const noTable = "no advice, because it names no table of this database: system catalogs, and what functions read, are not looked into"

func bind(st Statement, d db.Dialect, s *db.Schema) (*bound, error) {
	texts := st.Examples
	if len(texts) == 0 {
		texts = []string{st.Text}
	}
	b := &bound{Statement: st, tables: map[string]bool{}, weights: st.weights()}
	most := maxExamples
	if b.weights != nil {
		most = mostCounted
	}
	for _, text := range spread(texts, most) {
		shape, err := d.Parse(text, s)
		if err != nil {
			return nil, unseenIn(text, s, err)
		}
		b.queries = append(b.queries, db.Query{SQL: text})
		b.shapes = append(b.shapes, shape)
		b.addTables(shape)
	}
	b.includes = hasInclude(d)
	if !hasPartial(d) {
		return b, nil
	}
	b.fixed = fixedPredicates(shapesOf(texts, d, s), st)
	b.mostly = b.mostlyFixed()
	for text := range b.mostly {
		b.fixed[text] = true
	}
	return b, nil
}

// hasPartial reports whether an index may have a condition: MariaDB and MySQL
// know none (https://mariadb.com/kb/en/create-index/), and would build it of
// all rows.
func hasPartial(d db.Dialect) bool { return d.Name() != "mysql" }

// hasInclude reports whether an index may hold columns that it is not sorted by
// (PostgreSQL since 11).
func hasInclude(d db.Dialect) bool { return d.Name() == "postgres" }

// weights are how often the examples are called, 1 on average; nil where that
// is not known of all.
func (s Statement) weights() []float64 {
	sum := 0.0
	for _, c := range s.Calls {
		sum += c
	}
	if len(s.Examples) < 2 || len(s.Calls) != len(s.Examples) || len(s.Examples) > mostCounted || !(sum > 0) {
		return nil
	}
	out := make([]float64, len(s.Calls))
	for i, c := range s.Calls {
		out[i] = c * float64(len(out)) / sum
	}
	return out
}

// mostlyShare is the part of the calls that a condition has to hold for to be
// tried as that of a partial index.
const mostlyShare = 0.8

// mostlyFixed are the conditions that most calls have, by their share, where
// that is known and not all have them.
func (b *bound) mostlyFixed() map[string]float64 {
	share, texts := map[string]float64{}, map[string]int{}
	for i, w := range b.weights {
		for text := range constantPredicates(b.shapes[i], anyConstant) {
			share[text] += w / float64(len(b.weights))
			texts[text]++
		}
	}
	maps.DeleteFunc(share, func(text string, part float64) bool { return part < mostlyShare || texts[text] == len(b.weights) })
	return share
}

// shapesOf parses every text that can be parsed: one that is only looked at
// for its constants need not.
func shapesOf(texts []string, d db.Dialect, s *db.Schema) []*db.Shape {
	var out []*db.Shape
	for _, text := range texts {
		if shape, err := d.Parse(text, s); err == nil {
			out = append(out, shape)
		}
	}
	return out
}

// spread picks at most n texts, evenly from first to last.
func spread(texts []string, n int) []string {
	if len(texts) <= n {
		return texts
	}
	out := make([]string, n)
	for i := range out {
		out[i] = texts[i*(len(texts)-1)/(n-1)]
	}
	return out
}

func (b *bound) addTables(s *db.Shape) {
	for _, block := range s.Blocks {
		for _, r := range block.Relations {
			if r.Table != "" {
				b.tables[strings.ToLower(r.Table)] = true
			}
		}
	}
	for _, w := range s.Writes {
		b.tables[strings.ToLower(w.Table)] = true
	}
}

// reads reports whether the statement looks for rows at all.
func (b *bound) reads() bool { return len(b.shapes[0].Blocks) > 0 }

// fixedPredicates finds the constants that belong to the statement and not to
// one call of it. With several examples those that never change; with few,
// only what nobody passes as a parameter: NULL tests, flags, and a literal
// that stands among placeholders. Of a few calls in a log a flag may be a
// parameter as well: an index WHERE flag = 1 would serve no other value.
func fixedPredicates(shapes []*db.Shape, st Statement) map[string]bool {
	belongs := anyConstant
	switch {
	case st.Varies || st.Logged && len(shapes) < severalCalls:
		belongs = isNullTest
	case len(shapes) < severalCalls:
		belongs = unlikelyParameter
	}
	seen := map[string]int{}
	for _, s := range shapes {
		for text := range constantPredicates(s, belongs) {
			seen[text]++
		}
	}
	fixed := map[string]bool{}
	for text, n := range seen {
		fixed[text] = n == len(shapes)
	}
	return fixed
}

// severalCalls with other constants beside it show that a literal is always
// the same.
const severalCalls = 3

func anyConstant(db.Predicate) bool { return true }

func isNullTest(p db.Predicate) bool { return p.Op == db.PredIsNull || p.Op == db.PredNotNull }

func constantPredicates(s *db.Shape, belongs func(db.Predicate) bool) map[string]bool {
	out := map[string]bool{}
	for _, block := range s.Blocks {
		for _, p := range block.Predicates {
			if p.OrGroup == 0 && isConstant(p) && (s.Params > 0 || belongs(p)) {
				out[p.Text] = true
			}
		}
	}
	return out
}

func isConstant(p db.Predicate) bool {
	return p.Constant != "" || isNullTest(p)
}

// smallNumber is the longest integer that is more often a code or a flag of
// the application (a status below 400) than a value of one call.
const smallNumber = 3

func unlikelyParameter(p db.Predicate) bool {
	switch p.Op {
	case db.PredEq:
		return p.Constant == "0" || p.Constant == "1"
	case db.PredRange:
		return len(p.Constant) <= smallNumber && strings.Trim(p.Constant, "0123456789") == ""
	}
	return isNullTest(p)
}

// load is how many calls a second a statement makes.
func (s Statement) load() float64 { return s.CallsPerHour / 3600 }

// rows is how many rows a second a write writes: where the source of statements
// counts no rows, one for each call.
func (s Statement) rows() float64 {
	if s.RowsPerCall > 0 {
		return s.load() * s.RowsPerCall
	}
	return s.load()
}

// byLoad orders statements by what they cost in all, the dearest first, so
// that a run cut short has looked at what matters.
func byLoad(all []*bound, cost map[*bound]float64) []*bound {
	out := append([]*bound(nil), all...)
	sort.SliceStable(out, func(i, j int) bool {
		return out[i].load()*cost[out[i]] > out[j].load()*cost[out[j]]
	})
	return out
}
