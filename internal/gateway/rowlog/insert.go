package rowlog

import (
	"context"
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

// insertAll inserts by as few calls as there may be.
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
	switch {
	case s.kind != SQLite:
		_, err = tx.StmtxContext(ctx, s.insert[len(rows)]).ExecContext(ctx, s.valuesOf(rows)...)
	case canInsertDirectly():
		err = s.insertDirectly(ctx, tx, rows)
	default:
		err = s.insertByDriver(ctx, tx, rows)
	}
	if err != nil {
		return fmt.Errorf("insert: %w", err)
	}
	return nil
}

// insertByDriver has the driver keep the statement, by its text.
func (s *store) insertByDriver(ctx context.Context, tx txn, rows []row) error {
	_, err := tx.ExecContext(ctx, s.texts[len(rows)], s.valuesOf(rows)...)
	return err
}

// insertDirectly goes past the driver, which takes more for handing the values
// over than SQLite does for writing them.
func (s *store) insertDirectly(ctx context.Context, tx txn, rows []row) error {
	s.cells.reset()
	for i := range rows {
		s.cells.add(&rows[i], &s.when, s.bodies)
	}
	kept := false
	err := tx.conn.Raw(func(c any) (err error) {
		kept, err = s.cells.insert(c, s.texts[len(rows)])
		return err
	})
	if err == nil && !kept {
		return s.insertByDriver(ctx, tx, rows)
	}
	return err
}

// directRows are what one call of C writes to SQLite: more bring nothing, and
// behind 20 µs the scheduler gives the thread's turn to another one.
const directRows = 20

// valuesOf are the values of rows, in the order of columns.
func (s *store) valuesOf(rows []row) []any {
	s.values = s.values[:0]
	for i := range rows {
		r := &rows[i]
		s.values = append(s.values, s.when.of(r.at), float64(r.took)/float64(time.Millisecond), int64(r.status), r.received, r.sent)
		for _, t := range r.kept(s.bodies) {
			if isNull(t) {
				s.values = append(s.values, nil)
			} else {
				s.values = append(s.values, t)
			}
		}
	}
	return s.values
}

// takenBack is a row with whose refusal the database took the transaction back:
// SQLite's ON CONFLICT ROLLBACK.
type takenBack struct{ row int }

func (t *takenBack) Error() string { return "a refused row took the whole batch back" }

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
			s.refusal = err
			refused++
		}
		if _, failed := tx.ExecContext(ctx, end); failed != nil && err != nil {
			return refused, &takenBack{i}
		} else if failed != nil {
			return refused, failed
		}
	}
	return refused, nil
}
