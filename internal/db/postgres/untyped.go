package postgres

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
	pgquery "github.com/sqlc-dev/oliphant"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"mltop/internal/pattern"
)

// typing calls try with a text, and where the server cannot tell the types of
// its $n, once more with types that it takes.
func (e *Engine) typing(ctx context.Context, text string, try func(text string) error) error {
	err := try(e.knownTypes(text))
	if !lacksType(err) || placeholders(text) == 0 {
		return err
	}
	typed := e.settled(ctx, text)
	if typed == text {
		return err
	}
	return try(typed)
}

// lacksType tells the errors of a text whose constants, now $n, had a type
// (PostgreSQL's appendix A, class 42).
func lacksType(err error) bool {
	return slices.Contains([]string{
		"42725", // ambiguous function: generate_series($1, $2)
		"42P18", // indeterminate datatype: jsonb_build_object($1, id)
		"42P08", // ambiguous parameter
		"42883", // undefined function: id = ANY (ARRAY[$1, $2]) is one of texts
		"42804", // datatype mismatch
	}, codeOf(err))
}

// mostSettled bounds the texts whose types are remembered.
const mostSettled = 1000

func (e *Engine) knownTypes(text string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if typed, ok := e.typed[text]; ok {
		return typed
	}
	return text
}

// settled is a text with types where the server needs them; where none are
// found it is the text itself.
func (e *Engine) settled(ctx context.Context, text string) string {
	if placeholders(text) == 0 {
		return text
	}
	e.mu.Lock()
	typed, known := e.typed[text]
	e.mu.Unlock()
	if known {
		return typed
	}
	s := &settling{text: text, tried: map[int]int{}}
	if err := e.read(ctx, "explain", func(c *conn) error { return s.search(ctx, c) }); err != nil {
		return text // of the connection: another time
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.typed == nil || len(e.typed) >= mostSettled {
		e.typed = map[string]string{}
	}
	e.typed[text] = s.answer
	return s.answer
}

// A settling looks for the types of a statement's $n: it asks the server to
// read the text, and gives those that it complains of another type.
type settling struct {
	text   string
	tried  map[int]int // $n to how many types it was given
	answer string
}

// mostTries bounds how often one statement is read by the server.
const mostTries = 40

// candidates are the types that constants have, the likely first: a number
// among constants that operators and functions take, a text among those that
// are put out.
func candidates(code string) []string {
	if code == "42P18" {
		return []string{"text", "int4"}
	}
	return []string{"int4", "text", "timestamptz", "interval", "numeric", "date", "uuid", "jsonb", "bool", "text[]", "int4[]"}
}

// search leaves in answer the text that the server takes, or the first one.
func (s *settling) search(ctx context.Context, c *conn) error {
	s.answer = s.text
	types := map[int]string{}
	for range mostTries {
		now := withTypes(s.text, types)
		err := readable(ctx, c, now)
		if err == nil {
			s.answer = now
			return nil
		}
		var server *pgconn.PgError
		if !errors.As(err, &server) || server.Code == codeLock || server.Code == codeCanceled {
			return err // of this moment
		}
		if !lacksType(err) || !s.next(types, now, server) {
			return nil
		}
	}
	return nil
}

// next gives the $n that an error is about another type; false where they have
// been through all.
func (s *settling) next(types map[int]string, now string, err *pgconn.PgError) bool {
	list, moved := candidates(err.Code), false
	for _, n := range s.blamed(now, err) {
		if i := s.tried[n]; i < len(list) {
			types[n], s.tried[n], moved = list[i], i+1, true
		}
	}
	return moved
}

var blamedParam = pattern.Late(`parameter \$(\d+)`)

// blamed are the $n that an error is about: the one that it names, those below
// the place that it points to, or all that nothing gives a type.
func (s *settling) blamed(now string, err *pgconn.PgError) []int {
	casts, all := castsOf(s.text), make([]int, 0, placeholders(s.text))
	for n := range placeholders(s.text) {
		if casts[n+1] == "" {
			all = append(all, n+1)
		}
	}
	if m := blamedParam().FindStringSubmatch(err.Message); m != nil {
		return slices.DeleteFunc(all, func(n int) bool { return strconv.Itoa(n) != m[1] })
	}
	tree, no := parseTree(now)
	if no != nil {
		return nil
	}
	under := paramsNamed(tree, err.Message)
	if err.Position > 0 {
		at := byteAt(beforePrepared+now, int(err.Position)) - len(beforePrepared)
		under = paramsUnder(tree, func(n *pgquery.Node) bool { return location(n) == int32(at) })
	}
	if len(under) > 0 {
		return slices.DeleteFunc(all, func(n int) bool { return !slices.Contains(under, n) })
	}
	return all
}

// prepare stands before a text whose reading is tried; the server sees
// beforePrepared.
const (
	prepare        = "PREPARE " + planned + " AS "
	beforePrepared = mark + " " + prepare
)

// readable asks the server whether it takes a text, and leaves nothing behind.
func readable(ctx context.Context, c *conn, sql string) error {
	if err := c.script(ctx, "SAVEPOINT mltop_typing"); err != nil {
		return err
	}
	if err := c.hushed(ctx, prepare+sql, nil); err != nil {
		return errors.Join(err, c.script(ctx, "ROLLBACK TO mltop_typing"))
	}
	if err := c.do(ctx, "DEALLOCATE "+planned); err != nil {
		return err
	}
	return c.script(ctx, "RELEASE mltop_typing")
}

// byteAt is where the server's n-th character, from 1, begins.
func byteAt(text string, n int) int {
	count := 0
	for i := range text {
		if count++; count == n {
			return i
		}
	}
	return -1
}

var (
	blamedFunction = pattern.Late(`function (?:[^(]*\.)?"?([^".(]+)"?\(`)
	blamedOperator = pattern.Late(`: .*? ?([-+*/<>=~!@#%^&|?]+) `)
)

// paramsNamed are the $n below a function or operator of the name that a message
// has, where it does not point to a place: the first with one of no type, or the
// first.
func paramsNamed(tree *pgquery.ParseResult, message string) []int {
	named := func(*pgquery.Node) bool { return false }
	if m := blamedFunction().FindStringSubmatch(message); m != nil {
		named = func(n *pgquery.Node) bool {
			return n.GetFuncCall() != nil && last(stringsOf(n.GetFuncCall().Funcname)) == m[1]
		}
	} else if m := blamedOperator().FindStringSubmatch(message); m != nil {
		named = func(n *pgquery.Node) bool { return n.GetAExpr() != nil && last(stringsOf(n.GetAExpr().Name)) == m[1] }
	}
	if bare := paramsUnder(tree, func(n *pgquery.Node) bool { return named(n) && lacksCast(n) }); len(bare) > 0 {
		return bare
	}
	return paramsUnder(tree, named)
}

// lacksCast reports a $n below n that nothing gives a type by ::.
func lacksCast(n *pgquery.Node) (found bool) {
	walk(n, func(below *pgquery.Node) bool {
		found = found || below.GetParamRef() != nil
		return below.GetTypeCast() == nil
	})
	return found
}

// paramsUnder are the $n below the function, operator or list that is meant,
// the first one with any.
func paramsUnder(tree *pgquery.ParseResult, meant func(*pgquery.Node) bool) []int {
	var out []int
	walk(tree, func(n *pgquery.Node) bool {
		if len(out) > 0 || !meant(n) {
			return len(out) == 0
		}
		walk(n, func(below *pgquery.Node) bool {
			if p := below.GetParamRef(); p != nil {
				out = append(out, int(p.Number))
			}
			return true
		})
		return len(out) == 0
	})
	return out
}

// location is where a node stands; -1 of one that has no types to choose.
func location(n *pgquery.Node) int32 {
	switch {
	case n.GetFuncCall() != nil:
		return n.GetFuncCall().Location
	case n.GetAExpr() != nil:
		return n.GetAExpr().Location
	case n.GetCoalesceExpr() != nil:
		return n.GetCoalesceExpr().Location
	case n.GetParamRef() != nil:
		return n.GetParamRef().Location
	case n.GetSubLink() != nil:
		return n.GetSubLink().Location
	}
	return -1
}

// walk calls f for every node below a message, and below those of which it
// answers true.
func walk(m proto.Message, f func(*pgquery.Node) bool) {
	if n, ok := m.(*pgquery.Node); ok && !f(n) {
		return
	}
	m.ProtoReflect().Range(func(fd protoreflect.FieldDescriptor, x protoreflect.Value) bool {
		switch {
		case fd.Kind() != protoreflect.MessageKind:
		case fd.IsList():
			for i := range x.List().Len() {
				walk(x.List().Get(i).Message().Interface(), f)
			}
		default:
			walk(x.Message().Interface(), f)
		}
		return true
	})
}
