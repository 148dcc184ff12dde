package postgres

import (
	"context"
	"fmt"
	"math"
	"strings"

	pgquery "github.com/sqlc-dev/oliphant"

	"mltop/internal/db"
)

// Plan plans q on the sample, with the configuration's indexes really there.
func (l *sampleLab) Plan(ctx context.Context, q db.Query, c db.Config) (*db.Plan, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, err := l.begin(ctx, q)
	if err != nil {
		return nil, err
	}
	var plan *db.Plan
	err = l.under(ctx, c, t, func(run context.Context) error {
		plan, err = t.explain(run, "EXPLAIN (VERBOSE, FORMAT JSON) ", t.typical)
		return err
	})
	l.Live(plan)
	return plan, err
}

// Cost runs q on the sample and scales the rows that it read. Value is that of
// typical arguments, High includes the worst, where placeholders are unbound.
func (l *sampleLab) Cost(ctx context.Context, q db.Query, c db.Config) (db.Estimate, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, err := l.begin(ctx, q)
	if err != nil {
		return db.Estimate{}, err
	}
	e := db.Estimate{Unit: db.UnitRowsRead, Method: l.Method(t.shape)}
	err = l.under(ctx, c, t, func(run context.Context) error {
		if e.Plan, err = t.explain(run, "EXPLAIN (ANALYZE, VERBOSE, TIMING OFF, FORMAT JSON) ", t.typical); err != nil {
			return err
		}
		reads := t.scale(e.Plan)
		e.Value, e.Low, e.High, e.Timed, e.Work = reads.Value, reads.Low, reads.High, reads.Timed, &db.Work{Steps: int64(reads.Sampled)}
		if fmt.Sprint(t.worst...) == fmt.Sprint(t.typical...) {
			return nil
		}
		worst, err := t.explain(run, "EXPLAIN (ANALYZE, VERBOSE, TIMING OFF, FORMAT JSON) ", t.worst)
		if err == nil {
			reads = t.scale(worst)
			e.Low, e.High = min(e.Low, reads.Low), max(e.High, reads.High)
		}
		return err
	})
	l.Live(e.Plan)
	e.Uses = e.Plan.Uses("ctid")
	return e, err
}

// Price knows nothing: a plan on a sample costs what it costs there.
func (l *sampleLab) Price(*db.Plan) (db.Estimate, bool) { return db.Estimate{}, false }

// A trial is one statement on the sample.
type trial struct {
	l              *sampleLab
	text           string
	shape          *db.Shape
	typical, worst []any
	limit          float64
}

// begin admits a statement: one plain read, or a write of rows that it looks
// for, that reaches nothing but the sample.
func (l *sampleLab) begin(ctx context.Context, q db.Query) (*trial, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if l.c == nil {
		return nil, errLabClosed
	}
	text, err := oneStatement(q.SQL)
	if err != nil {
		return nil, err
	}
	text = l.e.settled(ctx, text)
	t := &trial{l: l, text: text}
	if t.shape, err = l.e.Parse(text, l.schema); err != nil {
		return nil, err
	}
	if err := l.Usable(t.shape); err != nil {
		return nil, err
	}
	if err := l.harmless(ctx, text); err != nil {
		return nil, err
	}
	if err := l.bring(ctx, t.shape, q.Args); err != nil {
		return nil, err
	}
	if t.typical, t.worst, err = l.arguments(ctx, text, t.shape, q.Args); err != nil {
		return nil, err
	}
	t.limit = limitOf(text, t.typical)
	return t, nil
}

// harmless refuses functions that may do something: what they do is not taken
// back with the transaction, or not on the sample.
func (l *sampleLab) harmless(ctx context.Context, text string) error {
	names := functionsOf(text)
	if len(names) == 0 {
		return nil
	}
	run, cancel := quietly(ctx)
	defer cancel()
	var volatile []string
	err := l.c.list(run, &volatile, `SELECT DISTINCT proname::text FROM pg_proc WHERE provolatile = 'v' AND proname = ANY (string_to_array($1, ' '))
		AND proname NOT IN ('random', 'clock_timestamp', 'timeofday', 'gen_random_uuid', 'uuid_generate_v4')`, strings.Join(names, " "))
	if err == nil && len(volatile) > 0 {
		return db.NotMeasuredf("it is not tried on the sample, as %s() may do more than read", volatile[0])
	}
	return err
}

// functionsOf lists the words that stand before a parenthesis.
func functionsOf(text string) []string {
	tokens, err := pgquery.Scan(text)
	if err != nil {
		return nil // the server's own error about the text says more
	}
	var out []string
	for i, t := range tokens.Tokens {
		if i+1 < len(tokens.Tokens) && tokens.Tokens[i+1].Token == pgquery.Token_ASCII_40 && int(t.End) <= len(text) {
			out = append(out, strings.ToLower(strings.Trim(text[t.Start:t.End], `"`)))
		}
	}
	return out
}

// explain plans, or runs, the statement, and makes sure that it touches the
// sample alone: a view or a qualified name could lead out.
func (t *trial) explain(ctx context.Context, verb string, args []any) (*db.Plan, error) {
	var answer string
	if strings.Contains(verb, "ANALYZE") {
		if err := t.l.c.row(ctx, "EXPLAIN (VERBOSE, FORMAT JSON) "+t.text, args, &answer); err != nil {
			return nil, fmt.Errorf("plan on the sample: %w", err)
		}
		if _, err := t.read(answer); err != nil {
			return nil, err
		}
	}
	if err := t.l.c.row(ctx, verb+t.text, args, &answer); err != nil {
		if codeOf(err) == codeCanceled {
			return nil, db.NotMeasuredf("it ran longer than %s on the sample", labRunTime)
		}
		return nil, fmt.Errorf("run on the sample: %w", err)
	}
	return t.read(answer)
}

func (t *trial) read(answer string) (*db.Plan, error) {
	if out := leadsOut([]byte(answer), t.l.name); out != "" {
		return nil, db.NotMeasuredf("it reads %s itself, not the sample", out)
	}
	root, err := parsePlan([]byte(answer), false)
	if err != nil {
		return nil, err
	}
	return &db.Plan{Engine: "PostgreSQL", Version: t.l.version, Root: root}, nil
}

// scale turns the rows that a run read on the sample into those of the live
// tables. What was sorted, hashed or gathered was handled once more; it scales
// with what is read most.
func (t *trial) scale(plan *db.Plan) db.SampledReads {
	var reads []db.SampleRead
	var rest float64
	streams := true
	plan.Walk(func(n *db.Node, _ int) {
		if n.Actual == nil {
			return
		}
		switch {
		case n.Op == db.OpSort || n.Op == db.OpGroup || n.Op == db.OpOther && n.Detail == "hash":
			streams = false
			for _, c := range n.Children {
				if c.Actual != nil {
					rest += c.Actual.Rows * c.Actual.Loops
				}
			}
		case n.Table != "" && n.Rows != nil && (n.Op == db.OpScan || n.Op == db.OpSearch || n.Op == db.OpMultiOr):
			reads = append(reads, db.SampleRead{Table: n.Table, Scan: n.Op == db.OpScan, Loops: n.Actual.Loops, Rows: *n.Rows,
				Twice: n.Index != "" && n.Index != "ctid" && !n.Covering, Expected: t.expected(n)})
		}
	})
	out := t.l.Sample().Scale(reads)
	out = out.AddHandled(rest)
	if top := plan.Root.Actual; t.limit > 0 && streams && top != nil {
		out = out.StoppedAt(t.limit, top.Rows*math.Max(top.Loops, 1))
	}
	return out.AtLeastOne()
}

// expected is how many live rows the server's statistics know for one lookup
// of constants; nil where the node is none.
func (t *trial) expected(n *db.Node) *float64 {
	r := t.l.Find(n.Table)
	if r == nil || r.Complete || n.Op != db.OpSearch || n.Actual.Loops > 1 || len(n.Columns) == 0 {
		return nil
	}
	rows := r.Full
	for _, c := range n.Columns {
		name, _, equal := strings.Cut(c, " = ")
		s, known := t.l.stats[n.Table+"."+bareColumn(name)]
		if !equal || !known || s.distinct == 0 {
			return nil
		}
		if s.distinct < 0 {
			rows *= 1 / math.Max(1, -s.distinct*r.Full)
		} else {
			rows /= s.distinct
		}
	}
	rows = math.Max(rows, 1)
	return &rows
}

// bareColumn is the column in "(o.status)::text".
func bareColumn(s string) string {
	s, _, _ = strings.Cut(s, "::")
	s = strings.Trim(s, "()")
	return strings.Trim(s[strings.LastIndexByte(s, '.')+1:], `"`)
}

// Equivalent compares the rows of two pure SELECTs on the sample.
func (l *sampleLab) Equivalent(ctx context.Context, a, b db.Query) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	x, orderedA, err := l.answer(ctx, a)
	if err != nil {
		return false, fmt.Errorf("run the first statement: %w", err)
	}
	y, orderedB, err := l.answer(ctx, b)
	if err != nil {
		return false, fmt.Errorf("run the second statement: %w", err)
	}
	return db.SameRows(x, y, orderedA, orderedB), nil
}

// mostCompared bounds the rows that two answers are compared by.
const mostCompared = 100_000

func (l *sampleLab) answer(ctx context.Context, q db.Query) (rows []string, ordered bool, err error) {
	if _, err := pureSelect(q.SQL); err != nil {
		return nil, false, err
	}
	t, err := l.begin(ctx, q)
	if err != nil {
		return nil, false, err
	}
	err = l.under(ctx, db.Config{}, t, func(run context.Context) error {
		if _, err := t.explain(run, "EXPLAIN (VERBOSE, FORMAT JSON) ", t.typical); err != nil {
			return err
		}
		_, err := l.c.each(run, t.text, t.typical, func(row []any) error {
			if len(rows) >= mostCompared {
				return db.NotMeasuredf("it answers more than %d rows", mostCompared)
			}
			rows = append(rows, fmt.Sprintf("%q", texts(row)))
			return nil
		})
		return err
	})
	return rows, t.shape.Ordered(), err
}
