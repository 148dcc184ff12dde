package rowlog

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// keepHouse does what waits behind the writing of batches.
func (l *Log) keepHouse() {
	if l.spill.empty() {
		l.check()
		l.trim()
		return
	}
	if l.retryNow() && l.replay(time.Now().Add(replayFor)) {
		l.oldest.Store(l.spillOldest())
	}
}

// check asks a database that nothing was written to for a while whether it is
// there, and keeps as many connections open as there shall be.
func (l *Log) check() {
	p := l.Rule().Pool
	if l.away != nil {
		if !l.retryNow() {
			return
		}
	} else if time.Since(l.store.looked) < p.Check {
		return
	}
	l.counts.checks.Add(1)
	if err := l.store.look(l.context(), p.Min); err != nil {
		l.counts.checksFailed.Add(1)
		l.failed(err)
		return
	}
	l.back()
	if !l.tidied {
		l.tidied = l.store.forgetWriters(l.context(), time.Now()) == nil // else at the next look
	}
}

// look opens so many connections, or sees that they are there.
func (s *store) look(ctx context.Context, least int) error {
	ctx, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	s.looked = time.Now()
	if err := s.prepare(ctx); err != nil {
		return err
	}
	held := make([]*sql.Conn, 0, least)
	defer func() {
		for _, c := range held {
			c.Close()
		}
	}()
	for range max(least, 1) {
		c, err := s.db.DB.Conn(ctx)
		if err != nil {
			return fmt.Errorf("connect: %w", err)
		}
		held = append(held, c)
		if err := ask(ctx, c); err != nil {
			return fmt.Errorf("ask whether the database is there: %w", err)
		}
	}
	return nil
}

func ask(ctx context.Context, c *sql.Conn) error {
	var one int
	return c.QueryRowContext(ctx, "SELECT 1").Scan(&one)
}

// Rows that are too old, or too many, are deleted so many at a time, so often:
// 10,000 a second at most, and none is held up by it.
const (
	trimRows  = 1000
	trimEvery = 100 * time.Millisecond
	trimRest  = 10 * time.Second // when there was nothing more to delete
	// staleWriter: no spill file waits as long for its database.
	staleWriter = 90 * 24 * time.Hour
)

// trim deletes a few rows beyond the bounds.
func (l *Log) trim() {
	k, now := l.Rule().Keep, time.Now()
	if k == (KeepRule{}) || l.away != nil || now.Before(l.store.trimNext) {
		return
	}
	n, err := l.store.trim(l.context(), k, now)
	l.counts.deleted.Add(uint64(n))
	l.store.trimNext = now.Add(trimEvery)
	if n == 0 || err != nil {
		l.store.trimNext = now.Add(trimRest)
	}
	if err != nil {
		l.note(fmt.Errorf("delete old rows: %w", err))
	}
}

// trim goes by the key: rows get it in the order in which they are written,
// and no other index is needed. Both ends are looked up one by one: SQLite
// reads the whole table for two in one.
func (s *store) trim(ctx context.Context, k KeepRule, now time.Time) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	table := s.kind.quote(s.table)
	var first, last sql.NullInt64
	if err := s.db.QueryRowContext(ctx, "SELECT (SELECT min(id) FROM "+table+"), (SELECT max(id) FROM "+table+")").Scan(&first, &last); err != nil || !first.Valid {
		return 0, err
	}
	upto := first.Int64 + trimRows - 1
	var deleted int64
	if k.Rows > 0 && last.Int64-k.Rows >= first.Int64 {
		n, err := s.delete(ctx, "id <= ?", min(upto, last.Int64-k.Rows))
		if deleted += n; err != nil || n > 0 {
			return deleted, err
		}
	}
	if k.Age > 0 {
		return s.delete(ctx, "id <= ? AND timestamp < ?", upto, s.kind.when(now.Add(-k.Age)))
	}
	return deleted, nil
}

func (s *store) delete(ctx context.Context, where string, args ...any) (int64, error) {
	res, err := s.db.ExecContext(ctx, s.db.Rebind("DELETE FROM "+s.kind.quote(s.table)+" WHERE "+where), args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// forgetWriters removes the notes of those who will not come back.
func (s *store) forgetWriters(ctx context.Context, now time.Time) error {
	_, err := s.db.ExecContext(ctx, s.db.Rebind("DELETE FROM "+writers+" WHERE seen < ?"), now.Add(-staleWriter).Unix())
	return err
}
