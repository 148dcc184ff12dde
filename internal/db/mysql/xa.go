package mysql

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"mltop/internal/db"
)

// An xid names a transaction that was prepared for a two-phase commit (XA).
type xid struct {
	name    string // for people
	literal string // as XA ROLLBACK takes it
}

// readPrepared lists what was prepared, where it may matter: a transaction has
// no session any more, somebody waits for a row, or transactions are not shown
// to us. InnoDB does not say which of its transactions is which of these.
func (f *sessionFacts) readPrepared(ctx context.Context, c *conn, s server) error {
	if len(f.detached) == 0 && f.waiting() == 0 && !(f.hidden && s.MariaDB) {
		return nil
	}
	err := c.records(ctx, "XA RECOVER", nil, func(r record) error {
		if x, ok := xidOf(r); ok {
			f.xids = append(f.xids, x)
		}
		return nil
	})
	if isDenied(err) || codeOf(err) == codeXADenied { // MySQL alone asks for a right
		f.noXA = "XA RECOVER is not allowed: " + s.grant("XA_RECOVER_ADMIN ON *.*")
	}
	if len(f.detached) == 1 && len(f.xids) == 1 {
		f.rename(f.detached[0], preparedID(f.xids[0].name))
	}
	return err
}

// preparedID is no session's number, whatever the transaction is called.
func preparedID(name string) string { return "prepared transaction " + name }

// rename gives a transaction without a session a better name.
func (f *sessionFacts) rename(was, name string) {
	for trx, session := range f.sessionOf {
		if session == was {
			f.sessionOf[trx] = name
		}
	}
	f.transactions[name] = f.transactions[was]
	delete(f.transactions, was)
	f.detached[slices.Index(f.detached, was)] = name
}

// xidOf puts a row of XA RECOVER into words: its data is both parts of the
// name in one, which may be any bytes.
func xidOf(r record) (xid, bool) {
	data, format := r.get("data"), r.get("formatid")
	first, second := r.number("gtrid_length"), r.number("bqual_length")
	if first == nil || second == nil || int(*first+*second) > len(data) || *first < 0 || *second < 0 {
		return xid{}, false
	}
	global, branch := data[:int(*first)], data[int(*first):int(*first+*second)]
	x := xid{shownXID(global), xidLiteral(global)}
	if branch != "" || format != "1" {
		x.literal += "," + xidLiteral(branch)
	}
	if branch != "" {
		x.name += "," + shownXID(branch)
	}
	if format != "1" {
		x.literal += "," + format
	}
	return x, true
}

func shownXID(s string) string {
	if readable(s) {
		return s
	}
	return "0x" + hex.EncodeToString([]byte(s))
}

func xidLiteral(s string) string {
	if readable(s) && !strings.Contains(s, `\`) { // what that is depends on the sql_mode of whoever runs it
		return quoteText(s)
	}
	return "X'" + hex.EncodeToString([]byte(s)) + "'"
}

func readable(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

// preparedSessions are the transactions that no session holds any more and
// that wait to be told how they end. Those that the server rolls back by itself,
// after a crash, are none of them.
func (f *sessionFacts) preparedSessions() []db.Session {
	if f.hidden {
		return f.unseenPrepared()
	}
	var out []db.Session
	for _, id := range f.detached {
		t := f.transactions[id]
		if t.rollingBack || len(f.xids) == 0 && f.noXA == "" {
			continue
		}
		age := seconds(t.seconds)
		out = append(out, db.Session{ID: id, State: preparedState, For: age, Transaction: max(age, 1),
			Dies: fmt.Sprintf("%.0f changed rows of a transaction begun %s ago", t.changed, db.Age(t.seconds)), Prepared: f.preparedAs(id)})
	}
	return out
}

// preparedState is PostgreSQL's word here, too.
const preparedState = "prepared (XA)"

// preparedAs is what a transaction without a session is called, and what ends it.
func (f *sessionFacts) preparedAs(id string) *db.Prepared {
	var names, literals []string
	for _, x := range f.xids {
		if preparedID(x.name) == id {
			return preparedOf(x)
		}
		names, literals = append(names, x.name), append(literals, x.literal)
	}
	if len(names) == 0 {
		return &db.Prepared{Name: id, Begun: true, Rollback: "XA ROLLBACK (" + f.noXA + ")", Commit: "XA COMMIT"}
	}
	which := strings.Join(literals, " or ")
	return &db.Prepared{Name: id + ", one of " + strings.Join(names, ", "), Begun: true, Rollback: "XA ROLLBACK " + which, Commit: "XA COMMIT " + which}
}

func preparedOf(x xid) *db.Prepared {
	return &db.Prepared{Name: x.name, Begun: true, Rollback: "XA ROLLBACK " + x.literal, Commit: "XA COMMIT " + x.literal}
}

// unseenPrepared are those of which no more is shown than that they are there:
// some of them a session may still hold.
func (f *sessionFacts) unseenPrepared() []db.Session {
	var out []db.Session
	for _, x := range f.xids {
		p := preparedOf(x)
		p.NoAge = "open transactions are not shown to this user (PROCESS)"
		out = append(out, db.Session{ID: preparedID(x.name), State: preparedState, Dies: "all that it wrote", Prepared: p})
	}
	return out
}

// held are the prepared transactions that sessions hold; which do, nobody tells.
func (f *sessionFacts) held() int {
	if f.hidden {
		return 0
	}
	return max(0, len(f.xids)-len(f.detached))
}

// survives is what an end of a session cannot do.
func (f *sessionFacts) survives(s db.Session) string {
	if n := f.held(); n > 0 && s.Idle {
		return fmt.Sprintf("; but where it is one of the %d prepared ones that sessions hold (XA RECOVER), it outlives its session, with its locks", n)
	}
	return ""
}
