package tpch

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/stdlib"
)

// Load makes the tables and fills them, each engine in the way that is its
// fastest.
func (d Data) Load(ctx context.Context, to *sql.DB, engine string) error {
	fill := map[string]func(context.Context, *sql.DB, Table) error{"sqlite": d.insert, "postgres": d.copy, "mysql": d.loadData}[engine]
	if fill == nil {
		return fmt.Errorf("no engine %q", engine)
	}
	for _, t := range Tables() {
		if _, err := to.ExecContext(ctx, d.DDL(t)); err != nil {
			return fmt.Errorf("make table %s: %w", t.Name, err)
		}
		if err := fill(ctx, to, t); err != nil {
			return fmt.Errorf("fill table %s: %w", t.Name, err)
		}
	}
	return nil
}

// copy is PostgreSQL's COPY.
func (d Data) copy(ctx context.Context, to *sql.DB, t Table) error {
	conn, err := to.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(driver any) error {
		lines := d.lines(t)
		defer lines.Close()
		_, err := driver.(*stdlib.Conn).Conn().PgConn().CopyFrom(ctx, lines, "COPY "+t.Name+" FROM STDIN")
		return err
	})
}

// loadData is MariaDB's LOAD DATA; the driver reads what has a name. The name
// has the pool's address: two may load at once.
func (d Data) loadData(ctx context.Context, to *sql.DB, t Table) error {
	lines := d.lines(t)
	defer lines.Close()
	name := fmt.Sprintf("%s-%p", t.Name, to)
	mysql.RegisterReaderHandler(name, func() io.Reader { return lines })
	defer mysql.DeregisterReaderHandler(name)
	_, err := to.ExecContext(ctx, "LOAD DATA LOCAL INFILE 'Reader::"+name+"' INTO TABLE "+t.Name)
	return err
}

// lines are a table's rows as COPY and LOAD DATA read them: a tab between
// values, and a line for each row. No value holds either, nor a backslash.
func (d Data) lines(t Table) io.ReadCloser {
	in, out := io.Pipe()
	go func() {
		w := bufio.NewWriterSize(out, 1<<16)
		var line []byte
		err := d.Visit(t, func(row []any) error {
			line = line[:0]
			for i, v := range row {
				if i > 0 {
					line = append(line, '\t')
				}
				line = appendText(line, v)
			}
			_, err := w.Write(append(line, '\n'))
			return err
		})
		_ = out.CloseWithError(errors.Join(err, w.Flush())) // it never fails; nil is the end
	}()
	return in
}

func appendText(to []byte, v any) []byte {
	switch v := v.(type) {
	case int:
		return strconv.AppendInt(to, int64(v), 10)
	case string:
		return append(to, v...)
	}
	return append(to, v.(fmt.Stringer).String()...)
}

// insert is a prepared statement for each row, in one transaction.
func (d Data) insert(ctx context.Context, to *sql.DB, t Table) error {
	tx, err := to.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing behind the commit
	s, err := tx.PrepareContext(ctx, "INSERT INTO "+t.Name+" VALUES (?"+strings.Repeat(", ?", len(t.Columns)-1)+")")
	if err != nil {
		return err
	}
	defer s.Close()
	if err := d.insertWith(ctx, s, t); err != nil {
		return err
	}
	return tx.Commit()
}

func (d Data) insertWith(ctx context.Context, s *sql.Stmt, t Table) error {
	values := make([]any, len(t.Columns))
	return d.Visit(t, func(row []any) error {
		for i, v := range row {
			values[i] = bound(v)
		}
		_, err := s.ExecContext(ctx, values...)
		return err
	})
}

// bound is a value as SQLite's driver takes it.
func bound(v any) any {
	switch v := v.(type) {
	case Money:
		return float64(v) / 100
	case Day:
		return v.String()
	}
	return v
}
