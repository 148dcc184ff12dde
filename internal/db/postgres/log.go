package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/serverlog"
	"mltop/internal/sqltext"
)

// A serverLog is the server's log, as a source of statements.
type serverLog struct {
	mu       sync.Mutex // held while the file is read
	log      *serverlog.Log
	parser   *logParser
	settings logSettings // as they were last
	at       time.Time   // when they were asked for
}

// settingsEvery is how often a server is asked what it logs.
const settingsEvery = 30 * time.Second

// sourceLog names the source, with its form.
func (l *serverLog) source() string {
	if l.parser.form == "" {
		return "server log"
	}
	return "server log (" + l.parser.form + ")"
}

// logDialect is how the texts of the log are read.
func logDialect() serverlog.Dialect {
	o := serverlog.LexisOptions{Names: `"`, Texts: "'", Prefixes: "xbne", Dollars: true, Nests: true}
	return serverlog.Dialect{Quotes: sqltext.Exact, Lexis: serverlog.NewLexis(o), Bind: bindLogged}
}

// ReadSlowLog reads the past of the log that was given, from the first message
// that counts to its end, in bounded memory; what is written to it later counts
// from there. Without it the totals begin with the last part of the file. done
// tells the bytes that are behind it, of all that there are.
func (e *Engine) ReadSlowLog(ctx context.Context, done func(at, all int64)) (db.LogPast, error) {
	l := &e.log
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := e.askLogSettings(ctx, nil); err != nil {
		return db.LogPast{}, err
	}
	e.follow(e.o.SlowLog)
	p, err := l.log.ReadPast(ctx, e.o.SlowLogFrom, done)
	p.Left = l.words()
	if err != nil {
		l.end()
		return p, fmt.Errorf("read the server's log %s: %w", e.o.SlowLog, err)
	}
	return p, nil
}

// loggedTotals are those of the server's log: of the one that was given, or of
// the one that the server writes on this machine.
func (e *Engine) loggedTotals(ctx context.Context) (db.StatementTotals, error) {
	l := &e.log
	l.mu.Lock()
	defer l.mu.Unlock()
	path := e.o.SlowLog
	if err := e.askLogSettings(ctx, &path); err != nil {
		return db.StatementTotals{}, err
	}
	e.follow(path)
	err := l.log.Move(path)
	if err == nil {
		err = l.log.Read()
	}
	if err != nil {
		return db.StatementTotals{}, e.logError(path, err)
	}
	out := l.log.Totals(l.source())
	out.Missing = map[string]string{
		"rows": "the server's log tells no rows", "rows_examined": "the server's log tells no rows", "p95_seconds": "of the log the sums are kept alone", "errors": "what fails is logged without its time",
	}
	if words := l.words(); len(words) > 0 {
		out.Missing["calls"] = strings.Join(words, "; ")
	}
	if out.Least = l.settings.from(); out.Least > 0 {
		out.Source += ", ≥ " + strconv.FormatFloat(out.Least, 'g', -1, 64) + " s"
	}
	return out, nil
}

// logError says what is in the way of a log; where nobody gave its file there
// may be another source.
func (e *Engine) logError(path string, err error) error {
	if e.o.SlowLog == "" {
		switch {
		case errors.Is(err, fs.ErrPermission):
			return db.NotMeasuredf("no permission to read the server's log %s: run mltop as a user of the server's group", path)
		case errors.Is(err, fs.ErrNotExist):
			return db.NotMeasuredf("the server's log %s is not to be found on this machine: %s", path, giveItByHand)
		}
	}
	return fmt.Errorf("read the server's log %s: %w", path, err)
}

// askLogSettings learns what the server logs, and where, unless that is given.
func (e *Engine) askLogSettings(ctx context.Context, path *string) error {
	l := &e.log
	find := path != nil && *path == ""
	if !find && time.Since(l.at) < settingsEvery {
		return nil
	}
	return e.glance(ctx, "statements", func(c *conn) (err error) {
		if time.Since(l.at) >= settingsEvery {
			l.at = time.Now() // also where it is refused: each refusal is a line of the log
			settings, err := readLogSettings(ctx, c)
			if err != nil {
				if codeOf(err) == "" {
					l.at = time.Time{} // the server did not hear of it
				}
				return err // what was known stays
			}
			l.settings = settings
		}
		if !find {
			return nil
		}
		if !l.settings.logs() {
			return db.NotMeasured{Why: whyNotLogged}
		}
		*path, err = e.logPath(ctx, c, l.settings)
		return err
	})
}

// follow begins with a log, unless it is followed already.
func (e *Engine) follow(path string) {
	l := &e.log
	if l.log != nil {
		return
	}
	l.log = serverlog.NewLog(path, logDialect(), e.leftOut, func(visit func(*serverlog.Entry)) serverlog.Parser {
		l.parser = newLogParser(l.settings.Prefix, l.settings.location(), func(x *serverlog.Entry) {
			x.Weight = l.settings.weight(x.Seconds)
			visit(x)
		})
		return l.parser
	})
}

// leftOut is what of a log does not count: what an mltop asks, what is of
// another database, and what is older than was asked for.
func (e *Engine) leftOut(x *serverlog.Entry) bool {
	return x.Program == applicationName || ownLogged(x.SQL) || x.Schema != "" && e.log.settings.Database != "" && x.Schema != e.log.settings.Database ||
		!x.At.IsZero() && x.At.Before(e.o.SlowLogFrom)
}

func ownLogged(sql []byte) bool {
	return bytes.Contains(sql, []byte(mark)) || bytes.Contains(sql, []byte(planned)) || bytes.Contains(sql, []byte(shown))
}

// words say what of the log is in no sum, and what counts for more than it is.
func (l *serverLog) words() []string {
	out := l.parser.join.lost.words(l.parser.join.clock.lost)
	if dice := l.settings.dice(); dice != "" {
		out = append(out, dice)
	}
	return out
}

// end ends following the log.
func (l *serverLog) end() {
	if l.log != nil {
		l.log.Close()
		l.log = nil
	}
}
