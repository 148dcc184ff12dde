package advisor

import (
	"context"
	"errors"
	"slices"
	"strings"

	"mltop/advisor/rewrite"
	"mltop/internal/db"
)

// A rewriting is one rewrite being judged: the statement, and the new text for
// each of its examples.
type rewriting struct {
	r      Recommendation
	of     *bound
	before *bound
	after  *bound
	checks []checkPair
}

// A checkPair is two queries that have to return the same rows.
type checkPair struct {
	what string
	a, b db.Query
	why  string // it cannot be compared; "" where it can
	must bool   // see rewrite.Check
}

// vetRewrite plans both texts, compares their rows where there is a copy, and
// measures them. One that fails is declined with the reason.
func (s *search) vetRewrite(ctx context.Context, r Recommendation) (Recommendation, *Declined) {
	w, why := s.rewritingOf(ctx, r)
	if why != "" {
		return r, &Declined{What: r.Title, Queries: r.Queries, Reason: why}
	}
	said, differs, why := s.compareRows(ctx, w)
	if why != "" {
		return r, &Declined{What: r.Title, Queries: r.Queries, Reason: why}
	}
	card := *w.r.Rewrite
	card.Compared = said
	w.r.Rewrite = &card
	w.r.Confidence = "medium"
	if strings.HasPrefix(said, notCompared) {
		w.r.Confidence = "low"
	}
	if differs {
		w.r.Title, w.r.Severity = "NOT IN answers nothing: "+called(w.of.Name, card.Before)+" meets a NULL", SeverityCritical
		w.r.MayBeWrong = "an empty answer may be what is expected by now"
	}
	if why := s.weighRewrite(ctx, w, r.Rewrite.found); why != "" {
		return r, &Declined{What: r.Title, Queries: r.Queries, Reason: why}
	}
	if w.r.unchecked() && !w.r.Rewrite.found.Differs {
		w.r.Severity = SeverityInfo // whatever it saves: it may answer something else
	}
	return w.r, nil
}

// rewritingOf writes the new text for each example of the statement.
func (s *search) rewritingOf(ctx context.Context, r Recommendation) (*rewriting, string) {
	i := slices.IndexFunc(s.all, func(b *bound) bool { return b.Fingerprint+" "+b.Name == r.Rewrite.of && b.implied == nil })
	if i < 0 {
		return nil, "the statement could not be looked into"
	}
	b := s.all[i]
	w := &rewriting{r: r, of: b, before: b.of(nil), after: b.of(nil)}
	for i, q := range b.queries {
		found, ok := s.rewritten(b, i, r.Rewrite.found.Rule)
		if !ok {
			return nil, "it cannot be written for every call that was seen: the values differ in kind"
		}
		shape, err := s.dialect.Parse(found.After.SQL, s.schema)
		if err != nil {
			return nil, whyUnbound(err)
		}
		args, known := s.argumentsOf(ctx, q, b.shapes[i])
		w.before.shapes, w.after.shapes = append(w.before.shapes, b.shapes[i]), append(w.after.shapes, shape)
		w.before.queries = append(w.before.queries, db.Query{SQL: q.SQL, Args: args})
		w.after.queries = append(w.after.queries, db.Query{SQL: found.After.SQL, Args: spreadArgs(found.After, args)})
		for _, c := range found.Checks {
			w.addCheck(c, args, known || b.shapes[i].Params == 0)
		}
	}
	return w, ""
}

// of is the statement with other texts.
func (b *bound) of(queries []db.Query) *bound {
	return &bound{Statement: b.Statement, queries: queries, weights: b.weights, tables: b.tables}
}

func (s *search) rewritten(b *bound, i int, rule string) (rewrite.Rewrite, bool) {
	list := rewrite.Of(rewrite.Statement{SQL: b.queries[i].SQL, Shape: b.shapes[i], Schema: s.schema, Dialect: s.dialect, CallsPerRequest: b.CallsPerRequest})
	for _, w := range list {
		if w.Rule == rule {
			return w, true
		}
	}
	return rewrite.Rewrite{}, false
}

// argumentsOf are values for the placeholders of a statement, which both texts
// have to be given; known is false where none can be drawn.
func (s *search) argumentsOf(ctx context.Context, q db.Query, shape *db.Shape) (args []any, known bool) {
	if shape.Params == 0 {
		return q.Args, true
	}
	for _, able := range []any{s.what.lab, s.dialect} {
		if d, ok := able.(db.Drawer); ok {
			typical, _, err := d.Draw(ctx, q.SQL)
			return typical, err == nil && len(typical) == shape.Params
		}
	}
	return nil, false
}

// spreadArgs are the values in the order of the new text's placeholders; nil
// where it has none, or one that the statement does not have.
func spreadArgs(t rewrite.Text, args []any) []any {
	switch {
	case !t.Asks:
		return nil
	case t.Args == nil || len(args) == 0:
		return args
	}
	var out []any
	for _, n := range t.Args {
		if n < 0 || n >= len(args) {
			return nil
		}
		out = append(out, args[n])
	}
	return out
}

func (w *rewriting) addCheck(c rewrite.Check, args []any, known bool) {
	p := checkPair{what: c.What, a: db.Query{SQL: c.A.SQL, Args: spreadArgs(c.A, args)}, b: db.Query{SQL: c.B.SQL, Args: spreadArgs(c.B, args)}, must: c.Must}
	if !known && (c.A.Asks || c.B.Asks) {
		p.why = "the values of its placeholders are not known"
	}
	same := func(o checkPair) bool { return o.a.SQL == p.a.SQL && o.b.SQL == p.b.SQL }
	if !slices.ContainsFunc(w.checks, same) {
		w.checks = append(w.checks, p)
	}
}

// compareRows runs the checks. said is how it went; differs that the answers
// are not the same, where the rewrite says that they may not be; why, that they
// should be.
func (s *search) compareRows(ctx context.Context, w *rewriting) (said string, differs bool, why string) {
	var compared []string
	for _, c := range w.checks {
		same, err := false, error(nil)
		if c.why == "" {
			same, err = s.what.lab.Equivalent(ctx, c.a, c.b)
		}
		switch {
		case err != nil && !unasked(ctx, err):
			return "", false, "comparing the two ended in an error of the database: " + err.Error()
		case c.must && (c.why != "" || err != nil):
			return "", false, "it could not be asked whether " + c.what + ": " + whyNotCompared(ctx, c.why, err)
		case c.must && same && s.ground() == onSample:
			return "", false, "only a sample could be asked whether " + c.what
		case c.why != "" || err != nil:
			said = notCompared + whyNotCompared(ctx, c.why, err)
		case same:
			compared = append(compared, c.what)
		case w.r.Rewrite.found.Differs:
			differs = true
		case c.what == rewrite.BothTexts:
			return "", false, "it returns other rows than the statement it should replace"
		case c.what == rewrite.BothWrite:
			return "", false, "it would write other rows than the statement it should replace"
		default:
			return "", false, "what it relies on does not hold here: " + c.what
		}
	}
	switch {
	case differs:
		return "on the " + s.ground() + ": there are NULLs, and the answers differ", true, ""
	case said != "" || len(w.checks) == 0:
		return firstOf(said, notCompared+"the rows that it writes cannot be asked for by a SELECT"), false, ""
	}
	return "on the " + s.ground() + ", the same rows: " + strings.Join(once(compared), "; "), false, ""
}

// once is a list with each of its members once.
func once(list []string) (out []string) {
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// unasked reports a question that was not answered for want of time or of rows,
// and not because the database refuses it.
func unasked(ctx context.Context, err error) bool {
	return errors.As(err, new(db.NotMeasured)) || ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

func whyNotCompared(ctx context.Context, why string, err error) string {
	known := db.NotMeasured{}
	switch {
	case why != "":
		return why
	case errors.As(err, &known):
		return known.Why
	case ctx.Err() != nil:
		return "time was up before it could be; ask again with a longer --duration"
	case errors.Is(err, context.DeadlineExceeded):
		return "it takes too long to run here"
	}
	return err.Error()
}

// What measurements are made on.
const (
	onSample = "sample"
	onCopy   = "copy"
)

func (s *search) ground() string {
	for _, m := range s.base {
		if m.method == db.MethodSample {
			return onSample
		}
	}
	return onCopy
}
