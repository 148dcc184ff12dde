package postgres

import (
	"context"
	"fmt"
	"time"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// A sampler adds up what is seen running by looking again and again: each
// look stands for the time since the one before.
type sampler struct {
	began, last time.Time
	totals      map[string]*db.StatementTotal
}

// maxLook bounds what one look stands for: behind a pause nobody knows what ran.
const maxLook = 2 * time.Second

// maxSampled bounds how many statements are kept apart.
const maxSampled = 2000

const runningSQL = `SELECT /* mltop */ query FROM pg_stat_activity WHERE state = 'active' AND datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`

// look takes one sample and answers the sums.
func (s *sampler) look(ctx context.Context, c *conn) (db.StatementTotals, error) {
	var running []string
	if err := c.list(ctx, &running, runningSQL); err != nil {
		return db.StatementTotals{}, fmt.Errorf("look at the running statements: %w", err)
	}
	now := time.Now()
	if s.totals == nil {
		s.totals, s.began, s.last = map[string]*db.StatementTotal{}, now, now
	}
	weight := min(now.Sub(s.last), maxLook).Seconds()
	s.last = now
	for _, text := range running {
		s.add(text, weight)
	}
	out := db.StatementTotals{Source: "pg_stat_activity, sampled", Since: s.began, Sampled: true, Missing: map[string]string{"calls": whyNoStatements}}
	for _, t := range s.totals {
		out.List = append(out.List, *t)
	}
	return out, nil
}

func (s *sampler) add(text string, weight float64) {
	key := sqltext.Fingerprint(text)
	t := s.totals[key]
	if t == nil {
		if len(s.totals) >= maxSampled || text == insufficient || text == "" {
			return
		}
		t = &db.StatementTotal{Key: key, Text: sqltext.Normalize(text), Example: text}
		s.totals[key] = t
	}
	t.Seconds += weight
}
