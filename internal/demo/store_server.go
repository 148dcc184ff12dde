package demo

import (
	"bufio"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"

	"mltop/internal/throwaway"
)

// Who comes to the shop's server, and what they find.
const (
	shopDatabase  = "shop"
	modelDatabase = "shop_model"
	shopUser      = "shop"
	shopProgram   = "shop-app"
	officeProgram = "back-office"
	mltopUser     = "mltop"
	// serverPool is how many connections the application has: few, as a small
	// one has, so that waiting for a lock takes all of them soon.
	serverPool = 4
)

// A kind is what differs between servers.
type kind interface {
	name() string
	start() (*throwaway.Server, error)
	dialect() *dialect
	driver() driver.Driver
	// dsn is the driver's own word for a database, a user and the name of an
	// application; user "" is the administrator.
	dsn(s *throwaway.Server, database, user, program string) string
	// target is the address that mltop is given.
	target(s *throwaway.Server) string
	// admit are the administrator's first statements: users and databases.
	admit() []string
	// allow are the administrator's statements in the shop's database when it
	// is whole: rights of mltop, settings, and the end of what was counted of
	// the building.
	allow() []string
	// load reads rows of the request log, as tab-separated text.
	load(ctx context.Context, c *sql.Conn, rows io.Reader) error
}

// A serverStore is a database on a throw-away server.
type serverStore struct {
	kind   kind
	server *throwaway.Server
}

func startStore(k kind, doing func(string)) (store, error) {
	doing("starting a throw-away " + k.name())
	server, err := k.start()
	if err != nil {
		return nil, err
	}
	doing(fmt.Sprintf("filling it: a shop, and %d requests of history", HistoryRows))
	return serverStore{k, server}, nil
}

func (s serverStore) dialect() *dialect { return s.kind.dialect() }

func (serverStore) connections() int { return serverPool }

func (s serverStore) pool(database, user, program string, log io.Writer, n int) *sql.DB {
	return openPool(connector{s.kind.driver(), s.kind.dsn(s.server, database, user, program), log}, n)
}

// as runs statements as the administrator.
func (s serverStore) asAdmin(ctx context.Context, database string, scripts []string) error {
	db := s.pool(database, "", "", nil, 1)
	return errors.Join(runAll(ctx, db, scripts), db.Close())
}

func (s serverStore) model(ctx context.Context, use func(*sql.DB) error) error {
	if err := s.asAdmin(ctx, "", s.kind.admit()); err != nil {
		return err
	}
	db := s.pool(modelDatabase, shopUser, "", nil, 1)
	if err := errors.Join(use(db), db.Close()); err != nil {
		return err
	}
	return s.asAdmin(ctx, "", []string{"DROP DATABASE " + modelDatabase})
}

// build fills the shop and the request log at the same time.
func (s serverStore) build(ctx context.Context, p past) error {
	work, workCtx := errgroup.WithContext(ctx)
	db := s.pool(shopDatabase, shopUser, "", nil, 2)
	work.Go(func() error {
		return fillShop(workCtx, db, s.dialect(), p.sizes, p.seed, p.cliff)
	})
	work.Go(func() error { return s.fillLog(workCtx, db, p) })
	if err := errors.Join(work.Wait(), db.Close()); err != nil {
		return err
	}
	return s.asAdmin(ctx, shopDatabase, s.kind.allow())
}

// fillLog makes the request log and sends its rows as text.
func (s serverStore) fillLog(ctx context.Context, db *sql.DB, p past) error {
	if err := run(ctx, db, s.dialect().requestLog); err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	rows, into := io.Pipe()
	go func() {
		buffered := bufio.NewWriterSize(into, 1<<16)
		into.CloseWithError(errors.Join(p.writeText(buffered), buffered.Flush()))
	}()
	err = s.kind.load(ctx, conn, rows)
	rows.Close() // ends the writer, whatever happened
	if err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return nil
}

func (s serverStore) open(log io.Writer) *sql.DB {
	return s.pool(shopDatabase, shopUser, shopProgram, log, serverPool)
}

func (s serverStore) office() (*sql.DB, error) {
	return s.pool(shopDatabase, shopUser, officeProgram, nil, 1), nil
}

func (s serverStore) addresses() (target, admin string) {
	return s.kind.target(s.server), s.kind.dsn(s.server, shopDatabase, "", "")
}

func (s serverStore) close() error { return s.server.Stop() }
