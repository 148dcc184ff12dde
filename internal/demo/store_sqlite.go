package demo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"
)

// buildPragmas are for a file that nobody else sees yet, and that is thrown
// away when its building fails.
const buildPragmas = `PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-262144`

// A sqliteStore is a file in the demo's folder.
type sqliteStore struct{ dir *workdir }

func (s sqliteStore) path() string { return s.dir.file("shop.db") }

func (sqliteStore) dialect() *dialect { return sqliteDialect() }

func (sqliteStore) connections() int { return 1 }

// model is a file too, whose cache is as small beside it as the default of
// 2 MB is beside the shop, so that pages come from the system here too.
func (s sqliteStore) model(ctx context.Context, use func(*sql.DB) error) error {
	dir, err := os.MkdirTemp(s.dir.path, "model-")
	if err != nil {
		return err
	}
	db := openOne(fileDSN(filepath.Join(dir, "model.db"), ""), nil)
	err = run(ctx, db, "PRAGMA synchronous=OFF; PRAGMA cache_size=-100")
	if err == nil {
		err = use(db)
	}
	return errors.Join(err, db.Close(), os.RemoveAll(dir))
}

// open is as an application opens it that never read about PRAGMAs: a
// rollback journal, and every commit synced several times.
func (s sqliteStore) open(log io.Writer) *sql.DB {
	return openOne(fileDSN(s.path(), "?_busy_timeout=5000"), log)
}

func (sqliteStore) office() (*sql.DB, error) {
	return nil, errors.New("a SQLite file has no sessions that wait for each other")
}

func (s sqliteStore) addresses() (target, admin string) { return s.path(), s.path() }

func (sqliteStore) close() error { return nil }

func (s sqliteStore) build(ctx context.Context, p past) error { return build(ctx, s.path(), p) }

// build makes the database file at path. The shop is written to it while the
// history, which is as much work, is written to a database in memory beside
// it; that one is then copied over, record by record.
func build(ctx context.Context, path string, p past) error {
	shop := openOne(fileDSN(path, ""), nil)
	defer shop.Close()
	memory := fmt.Sprintf("file:/mltop-demo-%p?vfs=memdb", shop)
	history := openOne(memory, nil)
	defer history.Close()

	work, workCtx := errgroup.WithContext(ctx)
	work.Go(func() error {
		return inTransaction(workCtx, shop, "PRAGMA page_size=4096; "+buildPragmas, func(c *sql.Conn) error {
			return fillShop(workCtx, c, sqliteDialect(), p.sizes, p.seed, p.cliff)
		})
	})
	work.Go(func() error {
		return inTransaction(workCtx, history, buildPragmas+"; PRAGMA locking_mode=NORMAL", func(c *sql.Conn) error {
			return writeHistory(workCtx, c, p)
		})
	})
	if err := work.Wait(); err != nil {
		return err
	}
	return copyHistory(ctx, shop, memory)
}

// inTransaction runs f in one transaction on the pool's one connection.
func inTransaction(ctx context.Context, pool *sql.DB, pragmas string, f func(*sql.Conn) error) error {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return fmt.Errorf("open the sample database: %w", err)
	}
	defer conn.Close()
	if err := run(ctx, conn, pragmas+"; BEGIN"); err != nil {
		return err
	}
	if err := f(conn); err != nil {
		return err
	}
	return run(ctx, conn, "COMMIT")
}

// copyHistory moves the log into the file. The tables are alike and the new
// one is empty, so SQLite copies records without looking into them.
func copyHistory(ctx context.Context, shop *sql.DB, memory string) error {
	if err := run(ctx, shop, "ATTACH '"+memory+"' AS past"); err != nil {
		return err
	}
	return inTransaction(ctx, shop, requestLogSQL, func(c *sql.Conn) error {
		return run(ctx, c, "INSERT INTO request_logs SELECT * FROM past.request_logs")
	})
}
