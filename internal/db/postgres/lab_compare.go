package postgres

import (
	"context"
	"slices"
	"time"

	"mltop/internal/db"
)

// compareTime bounds the drawing of a sample that only two answers are
// compared on.
const compareTime = 10 * time.Second

// Equivalent compares on a sample, drawn for that alone where one is allowed:
// what the planner is asked with has no rows.
func (l *Lab) Equivalent(ctx context.Context, a, b db.Query) (bool, error) {
	if !l.o.AllowScratch {
		return false, db.NotMeasuredf("comparing two answers would run both on the live database; --allow-scratch lets a sample be drawn for it")
	}
	s, err := l.sampled(ctx, a, b)
	if err != nil {
		return false, err
	}
	return s.Equivalent(ctx, a, b)
}

// sampled is a sample that holds the tables of the queries. It is kept for the
// questions after this one.
func (l *Lab) sampled(ctx context.Context, list ...db.Query) (*sampleLab, error) {
	schema, err := l.e.Schema(ctx)
	if err != nil {
		return nil, err
	}
	var tables []string
	for _, q := range list {
		shape, err := l.e.Parse(q.SQL, schema)
		if err != nil {
			return nil, err
		}
		tables = append(tables, shape.Tables()...)
	}
	missing := func(t string) bool { return !slices.Contains(l.within, t) }
	if l.beside != nil && !slices.ContainsFunc(tables, missing) {
		return l.beside, nil
	}
	if err := l.leaveSample(); err != nil {
		return nil, err
	}
	for _, t := range tables {
		if missing(t) {
			l.within = append(l.within, t)
		}
	}
	o := l.o
	o.Tables, o.MaxTime = l.within, compareTime
	s, err := l.e.newSampleLab(ctx, l, o, func(db.Progress) {})
	if err == nil {
		l.beside = s
	}
	return s, err
}

func (l *Lab) leaveSample() error {
	s := l.beside
	if l.beside = nil; s == nil {
		return nil
	}
	return s.Close()
}
