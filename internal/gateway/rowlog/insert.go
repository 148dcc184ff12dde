package rowlog

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// A txn is a transaction, and the connection that it is on.
type txn struct {
	*sqlx.Tx
	conn *sqlx.Conn // to SQLite; nil: to a server
}

// begin leaves it to the pool to begin anew where a server has gone meanwhile.
func (s *store) begin(ctx context.Context) (txn, error) {
	if s.kind != SQLite {
		tx, err := s.db.BeginTxx(ctx, nil)
		return txn{Tx: tx}, err
	}
	conn, err := s.db.Connx(ctx)
	if err != nil {
		return txn{}, err
	}
	tx, err := conn.BeginTxx(ctx, nil)
	if err != nil {
		conn.Close()
	}
	return txn{tx, conn}, err
}

// end gives the connection back. What was not committed is taken back.
func (t txn) end() {
	t.Rollback() //nolint:errcheck // nothing is left to roll back behind a commit
	if t.conn != nil {
		t.conn.Close()
	}
}

// insertAll inserts by as few statements as the prepared ones allow.
func (s *store) insertAll(ctx context.Context, tx txn, rows []row) error {
	for _, size := range s.sizes {
		for len(rows) >= size {
			if err := s.insertRows(ctx, tx, rows[:size]); err != nil {
				return err
			}
			rows = rows[size:]
		}
	}
	return nil
}

func (s *store) cols() []string {
	if s.bodies {
		return columns
	}
	return columns[:len(columns)-bodyColumns]
}

func (s *store) insertRows(ctx context.Context, tx txn, rows []row) (err error) {
	s.values = s.values[:0]
	for i := range rows {
		s.add(&rows[i])
	}
	if s.kind == SQLite {
		err = s.insertDirectly(ctx, tx.conn, len(rows))
	} else {
		_, err = tx.StmtxContext(ctx, s.insert[len(rows)]).ExecContext(ctx, s.values...)
	}
	if err != nil {
		return fmt.Errorf("insert: %w", err)
	}
	return nil
}

// insertDirectly hands the values to SQLite's driver as a query's: it takes
// those into C in one call, and another statement's one by one.
func (s *store) insertDirectly(ctx context.Context, conn *sqlx.Conn, rows int) error {
	s.named = s.named[:0]
	for i, v := range s.values {
		s.named = append(s.named, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return conn.Raw(func(c any) error {
		q, ok := c.(driver.QueryerContext)
		if !ok {
			return fmt.Errorf("the driver %T takes no query", c) // it is SQLite's: never reached
		}
		done, err := q.QueryContext(ctx, s.texts[rows], s.named)
		if err != nil {
			return err
		}
		return done.Close() // its one step was taken
	})
}

// add puts a row behind the values, in the order of columns.
func (s *store) add(r *row) {
	s.values = append(s.values, s.when.of(r.at), float64(r.took)/float64(time.Millisecond), int64(r.status), r.received, r.sent)
	texts := r.texts[:]
	if !s.bodies {
		texts = texts[:len(texts)-bodyColumns]
	}
	for i := range texts {
		if texts[i] == "" {
			s.values = append(s.values, nil)
		} else {
			s.values = append(s.values, texts[i])
		}
	}
}

// insertEach leaves out the rows that the table does not take.
func (s *store) insertEach(ctx context.Context, tx txn, rows []row) (refused int, err error) {
	for i := range rows {
		if _, err := tx.ExecContext(ctx, "SAVEPOINT one"); err != nil {
			return refused, err
		}
		err := s.insertRows(ctx, tx, rows[i:i+1])
		if err != nil && s.kind.fate(err) != fateRow {
			return refused, err
		}
		end := "RELEASE SAVEPOINT one"
		if err != nil {
			end = "ROLLBACK TO SAVEPOINT one"
			refused++
		}
		if _, err := tx.ExecContext(ctx, end); err != nil {
			return refused, err
		}
	}
	return refused, nil
}
