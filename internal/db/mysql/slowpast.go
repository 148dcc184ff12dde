package mysql

import (
	"context"
	"fmt"

	"mltop/internal/db"
)

// ReadSlowLog reads the past of the slow log that was given, from the first
// entry that counts to its end, in bounded memory; what is written to it later
// counts from there. Without it the totals begin with the last part of the file.
// done tells the bytes that are behind it, of all that there are.
func (e *Engine) ReadSlowLog(ctx context.Context, done func(at, all int64)) (db.LogPast, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	log := newSlowLog(e.o.SlowLog, e.Quotes(), e.leftOut)
	p, err := log.ReadPast(ctx, e.o.SlowLogFrom, done)
	if err != nil {
		log.Close()
		return p, fmt.Errorf("read the slow log %s: %w", e.o.SlowLog, err)
	}
	e.followSlow(log)
	return p, nil
}
