package postgres

import (
	"context"
	"errors"
	"slices"
	"strings"

	pgquery "github.com/sqlc-dev/oliphant"
)

// pastLocks does what needs the tables of a statement, and says who locks one
// of them. Where locks were met lately it asks beforehand: each refusal is a
// line in the server's log.
func (e *Engine) pastLocks(ctx context.Context, text string, do func() error) error {
	if e.metLock.Load() {
		if says, err := e.lockOn(ctx, namedIn(text)); err == nil && says != "" {
			return e.lockedOut(says, nil)
		}
	}
	err := e.blamed(ctx, text, do())
	if errors.Is(err, errLockGone) {
		err = e.blamed(ctx, text, do())
	}
	return err
}

// errLockGone is in an error about a lock that nobody has any more.
var errLockGone = errors.New("the lock is gone")

// blamed puts into an error that met a lock who has it: on a table of the
// statement, or, for a view's or a partition's, on any.
func (e *Engine) blamed(ctx context.Context, text string, err error) error {
	var known *ServerError
	if !errors.As(err, &known) || known.Problem != ProblemLocked || ctx.Err() != nil {
		return err
	}
	says, no := e.lockOn(ctx, namedIn(text))
	if says == "" && no == nil {
		says, no = e.lockOn(ctx, nil)
	}
	switch {
	case no != nil:
		return err // the lock is all we know
	case says == "":
		return errors.Join(err, errLockGone)
	}
	return e.lockedOut(says, err)
}

func (e *Engine) lockedOut(says string, err error) error {
	return &ServerError{ProblemLocked, e.to.String(), says, "", err}
}

// mostSaid are named of what is locked.
const mostSaid = 3

// lockOn says who locks one of the tables so that a plan has to wait; of no
// tables in particular, who keeps everybody out of any. "" where nobody does.
func (e *Engine) lockOn(ctx context.Context, tables []wanted) (string, error) {
	var list []locker
	err := e.read(ctx, "locks", func(c *conn) (err error) {
		list, err = e.readLockers(ctx, c)
		return err
	})
	var says []string
	for _, l := range list {
		in := slices.ContainsFunc(tables, func(w wanted) bool { return w.meets(l) }) || tables == nil && l.everybody()
		if in && len(says) < mostSaid && !slices.ContainsFunc(says, func(s string) bool { return strings.HasPrefix(s, l.Name+" is ") }) {
			says = append(says, l.says)
		}
	}
	return strings.Join(says, "; "), err
}

// A wanted table is one that a statement names, and the lock that planning it
// takes there.
type wanted struct{ schema, table, mode string }

func (w wanted) meets(l locker) bool {
	return w.table == l.Name && (w.schema == "" || w.schema == l.Schema) && conflict(w.mode, l.Mode)
}

// namedIn are the tables of a statement, as its text names them; never nil.
func namedIn(text string) []wanted {
	list := []wanted{}
	tree, err := parseTree(text)
	if err != nil {
		return list
	}
	add := func(v *pgquery.RangeVar, mode string) {
		if v != nil {
			list = append(list, wanted{v.Schemaname, v.Relname, mode})
		}
	}
	walk(tree, func(n *pgquery.Node) bool {
		read := "AccessShare"
		if len(n.GetSelectStmt().GetLockingClause()) > 0 {
			read = "RowShare"
		}
		for _, from := range n.GetSelectStmt().GetFromClause() {
			add(from.GetRangeVar(), read)
		}
		add(n.GetRangeVar(), "AccessShare")
		add(n.GetInsertStmt().GetRelation(), "RowExclusive")
		add(n.GetUpdateStmt().GetRelation(), "RowExclusive")
		add(n.GetDeleteStmt().GetRelation(), "RowExclusive")
		add(n.GetMergeStmt().GetRelation(), "RowExclusive")
		return true
	})
	return list
}
