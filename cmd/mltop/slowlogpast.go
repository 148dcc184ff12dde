package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mltop/internal/db"
	"mltop/internal/export"
	"mltop/internal/units"
)

// refuseSlowLog: a log that is given and not read would look like one in which
// nothing is slow. It says where the statements of such a target come from.
func (o *options) refuseSlowLog(t target) error {
	if o.slowLog == "" || t.server() {
		return nil
	}
	return usagef("--slow-log reads the slow log of MariaDB and MySQL, or the log of PostgreSQL, and SQLite writes none: --query-log FILE takes the statements that the application writes down (mltop doctor prints how)")
}

// A slowLogReader is an engine that reads a slow log that lies here, however
// long it is.
type slowLogReader interface {
	ReadSlowLog(ctx context.Context, done func(at, all int64)) (db.LogPast, error)
}

// A slowLogDoc says what was read of the slow log that was given.
type slowLogDoc struct {
	File       string     `json:"file"`
	First      *time.Time `json:"first"` // of the statements that count; null: none says a time
	Last       *time.Time `json:"last"`
	Statements int        `json:"statements"` // those that are mltop's own, or of other databases, left out
	Read       int64      `json:"read_bytes"`
	Bytes      int64      `json:"file_bytes"`
	Left       []string   `json:"left_out,omitempty"` // what of it does not count, or counts otherwise than it stands there

	called string // "slow log"
}

// readsPast: the verb asks for what the slow log held before mltop came.
func (p purpose) readsPast() bool { return p.logged != 0 || p.statements }

// longRead of a log is worth a word on how far it is.
const longRead = 2 * time.Second

// readSlowLog reads the past of the slow log that was given, where the verb
// asks for it: the dashboard begins with its last part.
func (a *app) readSlowLog(ctx context.Context) error {
	r, ok := a.engine.(slowLogReader)
	if !ok || a.o.slowLog == "" || !a.purpose.readsPast() {
		return nil
	}
	told := time.Now()
	p, err := r.ReadSlowLog(ctx, func(at, all int64) {
		if now := time.Now(); now.Sub(told) >= longRead {
			told = now
			a.remark(fmt.Sprintf("read the "+a.logName()+": %s of %s", units.Bytes(float64(at)), units.Bytes(float64(all))))
		}
	})
	if err != nil {
		return err
	}
	a.slowPast = &slowLogDoc{File: a.o.slowLog, First: utc(p.First), Last: utc(p.Last), Statements: p.Entries, Read: p.Bytes - p.From, Bytes: p.Bytes, Left: p.Left, called: a.logName()}
	return nil
}

// logName is what a server's people call the log that it writes statements to.
func (a *app) logName() string {
	if a.target.engine == postgresServer {
		return "server log"
	}
	return "slow log"
}

// text is the same in one line.
func (d *slowLogDoc) text() string {
	text := d.extent() + ", " + units.Plural(d.Statements, "statement") + " that count"
	if d.First != nil {
		text += " from " + localTime(*d.First) + " to " + localTime(*d.Last)
	}
	return d.called + " " + d.File + ": " + strings.Join(append([]string{text}, d.Left...), "; ")
}

func (d *slowLogDoc) extent() string {
	if d.Read == d.Bytes {
		return "read whole, " + units.Bytes(float64(d.Bytes))
	}
	return fmt.Sprintf("the last %s of %s read", units.Bytes(float64(d.Read)), units.Bytes(float64(d.Bytes)))
}

func slowLogTable(d *slowLogDoc) export.Table {
	title := strings.ToUpper(d.called[:1]) + d.called[1:]
	t := export.Table{Title: title, Columns: export.Cols("~what was read")}
	t.Rows = append(t.Rows, []string{strings.TrimPrefix(d.text(), d.called+" ")})
	return t
}
