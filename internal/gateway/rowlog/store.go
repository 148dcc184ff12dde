package rowlog

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	_ "github.com/mattn/go-sqlite3" // one of the three databases
)

// A Target is a database to write to.
type Target struct {
	Kind    Kind
	Name    string           // for people: without a password
	Path    string           // of SQLite's file
	Connect driver.Connector // to a server
}

// A ShapeError is a table that is no log of ours.
type ShapeError struct {
	Table   string
	Missing []string
}

func (e *ShapeError) Error() string {
	return fmt.Sprintf("the table %s is there and has no column %s: it is left alone; name another one with log.table", e.Table, strings.Join(e.Missing, ", "))
}

// A store writes blocks into a database.
type store struct {
	kind   Kind
	table  string
	db     *sqlx.DB
	limit  time.Duration // of one block
	bodies bool
	ready  bool // the tables were seen
	sizes  []int
	texts  map[int]string     // of the inserts, by rows
	insert map[int]*sqlx.Stmt // of servers
	note   *sqlx.Stmt
	values []any
	cells  cells // the same for SQLite
	when   clock

	refusal error // of the last row that was not wanted

	looked   time.Time // when the database was last seen
	trimNext time.Time // when to look for old rows again
}

// busyTimeout is how long SQLite waits for another writer: the queue fills
// meanwhile, and the spill file is there.
const busyTimeout = 250 * time.Millisecond

// keptStatements is room for the inserts of 20, 2 and 1 rows, and for what
// begins and ends a transaction.
const keptStatements = 8

// newStore connects to nothing yet.
func newStore(t Target, r *Rule) (*store, error) {
	s := &store{when: clock{kind: t.Kind}, kind: t.Kind, table: r.Table, limit: r.Pool.Timeout, bodies: r.Bodies > 0, insert: map[int]*sqlx.Stmt{}, texts: map[int]string{}}
	most := r.Batch
	if t.Kind == SQLite {
		most = min(most, directRows)
	}
	for n := most; n > 0; n /= 10 {
		s.sizes = append(s.sizes, n)
	}
	if s.sizes[len(s.sizes)-1] != 1 {
		s.sizes = append(s.sizes, 1)
	}
	if t.Kind != SQLite {
		s.db = sqlx.NewDb(sql.OpenDB(t.Connect), string(t.Kind))
	} else if err := s.openFile(t.Path); err != nil {
		return nil, err
	}
	s.db.SetMaxOpenConns(r.Pool.Max)
	s.db.SetMaxIdleConns(r.Pool.Max)
	s.db.SetConnMaxIdleTime(r.Pool.Idle)
	s.db.SetConnMaxLifetime(r.Pool.Life)
	return s, nil
}

// openFile opens the log's file, or makes one that its owner alone can
// read: it holds who asked what.
func (s *store) openFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("make the log's file: %w", err)
	}
	q := url.Values{"_synchronous": {"NORMAL"}, "_txlock": {"immediate"}, "_busy_timeout": {fmt.Sprint(busyTimeout.Milliseconds())}, "_stmt_cache_size": {fmt.Sprint(keptStatements)}, "_mutex": {"no"}}
	if made := err == nil; made {
		q.Set("_journal_mode", "WAL") // it stays with the file; of another's file nothing is changed
	}
	s.db, err = sqlx.Open(string(SQLite), "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	return err
}

// prepare makes the tables that are missing, and looks at those that are there.
func (s *store) prepare(ctx context.Context) error {
	if s.ready {
		return nil
	}
	log, own := s.kind.tables(s.table)
	names, err := s.columns(ctx)
	if err != nil {
		if _, err2 := s.db.ExecContext(ctx, log); err2 != nil {
			return fmt.Errorf("make the table %s: %w", s.table, err2)
		}
		if names, err = s.columns(ctx); err != nil {
			return fmt.Errorf("look at the table %s: %w", s.table, err)
		}
	}
	if missing := lacks(names); len(missing) > 0 {
		return &ShapeError{s.table, missing}
	}
	if _, err := s.db.ExecContext(ctx, "SELECT writer, batch, seen FROM "+writers+" WHERE 1 = 0"); err != nil {
		if _, err := s.db.ExecContext(ctx, own); err != nil {
			return fmt.Errorf("make the table %s: %w", writers, err)
		}
	}
	return s.statements(ctx)
}

// statements are prepared before a transaction holds the only connection.
func (s *store) statements(ctx context.Context) (err error) {
	s.note, err = s.db.PreparexContext(ctx, s.db.Rebind("UPDATE "+writers+" SET batch = ?, seen = ? WHERE writer = ? AND batch < ?"))
	for _, n := range s.sizes {
		if s.texts[n] = s.kind.insert(s.table, s.cols(), n); err == nil && s.kind != SQLite { // whose driver keeps them by their text
			s.insert[n], err = s.db.PreparexContext(ctx, s.texts[n]) //nolint:sqlclosecheck // forget closes it
		}
	}
	if err != nil {
		s.forget()
		return fmt.Errorf("prepare the insert: %w", err)
	}
	s.ready = true
	return nil
}

// forget lets the next block look at the tables anew.
func (s *store) forget() {
	s.ready = false
	if s.note != nil {
		s.note.Close()
	}
	for n, stmt := range s.insert {
		stmt.Close()
		delete(s.insert, n)
	}
	s.note = nil
}

func (s *store) columns(ctx context.Context) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT * FROM "+s.kind.quote(s.table)+" WHERE 1 = 0")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	return names, errors.Join(err, rows.Err())
}

func lacks(names []string) (missing []string) {
	for _, want := range append([]string{"id"}, columns...) {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, want) }) {
			missing = append(missing, want)
		}
	}
	return missing
}

// write writes a block in one transaction, unless it was written already: a
// commit whose answer got lost. It answers how many rows were not wanted.
func (s *store) write(ctx context.Context, b *block) (refused int, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	defer func() {
		if s.looked = time.Now(); err != nil {
			s.forget()
		}
	}()
	if err := s.prepare(ctx); err != nil {
		return 0, err
	}
	if err = s.transact(ctx, b, s.insertAll); err == nil || s.kind.fate(err) != fateRow {
		return 0, err
	}
	rest := *b
	for gone := 0; ; gone++ {
		err = s.transact(ctx, &rest, func(ctx context.Context, tx txn, rows []row) (err error) {
			refused, err = s.insertEach(ctx, tx, rows)
			return err
		})
		var back *takenBack
		if !errors.As(err, &back) {
			return refused + gone, err
		}
		rest.rows = slices.Delete(slices.Clone(rest.rows), back.row, back.row+1)
	}
}

func (s *store) transact(ctx context.Context, b *block, insert func(context.Context, txn, []row) error) error {
	if s.kind == SQLite {
		ctx = context.WithoutCancel(ctx) // nothing to wait for but the lock; a context that can end costs a goroutine for each statement
	}
	tx, err := s.begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.end()
	isNew, err := s.mark(ctx, tx.Tx, b)
	if err != nil {
		return fmt.Errorf("note the batch: %w", err)
	}
	if isNew {
		if err := insert(ctx, tx, b.rows); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// mark notes a block as its writer's last one; false: it was written already.
// The row's lock makes a commit that is still under way elsewhere end first.
func (s *store) mark(ctx context.Context, tx *sqlx.Tx, b *block) (bool, error) {
	res, err := tx.StmtxContext(ctx, s.note).ExecContext(ctx, b.number, time.Now().Unix(), b.writer, b.number)
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); n > 0 || err != nil {
		return n > 0, err
	}
	var there []int64
	if err := tx.SelectContext(ctx, &there, s.db.Rebind("SELECT batch FROM "+writers+" WHERE writer = ?"), b.writer); err != nil || len(there) > 0 {
		return false, err
	}
	_, err = tx.ExecContext(ctx, s.db.Rebind("INSERT INTO "+writers+" (writer, batch, seen) VALUES (?, ?, ?)"), b.writer, b.number, time.Now().Unix())
	return true, err
}

func (s *store) close() error { return s.db.Close() }
