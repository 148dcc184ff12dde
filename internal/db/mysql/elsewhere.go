package mysql

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sqlc-dev/marino/ast"

	"mltop/internal/db"
)

// elsewhere are the statements on our tables of sessions whose default database
// is another one: they name ours.
type elsewhere struct {
	at      time.Time
	digests []string        // of those that mean the same under any default database
	keys    map[string]bool // likewise
	left    string          // what is left out, and why
}

const (
	// elsewhereEvery: the server looks through all texts that it keeps.
	elsewhereEvery = time.Minute
	// mostElsewhere of them are counted, the heaviest.
	mostElsewhere = 200
)

// full reports that no more are taken in: of one that comes in later all calls
// of its past would count as new.
func (x *elsewhere) full() bool { return len(x.digests) == mostElsewhere }

// elsewhereSQL looks for the name as digests write every one: `shop` . `orders`.
// What fills and measures a sample is some mltop's own.
const elsewhereSQL = "SELECT SCHEMA_NAME, DIGEST, DIGEST_TEXT, SUM_TIMER_WAIT" + digestTable +
	"SCHEMA_NAME <> DATABASE() AND LOCATE('" + db.ScratchPrefix + "', SCHEMA_NAME) <> 1 AND LOCATE(CONCAT('`', REPLACE(DATABASE(), '`', '``'), '` .'), DIGEST_TEXT) > 0 ORDER BY SUM_TIMER_WAIT DESC LIMIT 1000"

// refreshElsewhere looks for them again when it is time.
func (e *Engine) refreshElsewhere(ctx context.Context, c *conn) error {
	if !e.beyond.at.IsZero() && time.Since(e.beyond.at) < elsewhereEvery {
		return nil
	}
	next := elsewhere{at: time.Now(), keys: map[string]bool{}}
	var left leftElsewhere
	err := c.records(ctx, elsewhereSQL, nil, func(r record) error {
		text, key := plainNames(r.get("digest_text"), e.spelled), digestKey(r)
		if e.beyond.full() && !e.beyond.keys[key] || next.full() || !e.meansOurs(text) {
			left.add(r)
			return nil
		}
		next.keys[key], next.digests = true, append(next.digests, r.get("digest"))
		e.texts[key] = digestText{text: text}
		return nil
	})
	next.left = left.text(e.server.Database)
	e.beyond = next
	return err
}

// leftElsewhere are those that are not counted.
type leftElsewhere struct {
	n       int
	seconds float64
	from    []string // their default databases
}

func (l *leftElsewhere) add(r record) {
	l.n++
	if t := times(r.number("sum_timer_wait"), picoseconds); t != nil {
		l.seconds += *t
	}
	if name := r.get("schema_name"); !slices.Contains(l.from, name) {
		l.from = append(l.from, name)
	}
}

func (l *leftElsewhere) text(ours string) string {
	if l.n == 0 {
		return ""
	}
	verb := "statements name"
	if l.n == 1 {
		verb = "statement names"
	}
	slices.Sort(l.from)
	return fmt.Sprintf("%d %s tables of %s beside others, from sessions whose default database is another one (%s): %s since the counters began, in no row here",
		l.n, verb, ours, strings.Join(l.from[:min(len(l.from), 3)], ", "), db.Age(l.seconds))
}

// meansOurs reports that a statement means our tables whatever database its
// session has by default: it names the database of each, and one is ours.
func (e *Engine) meansOurs(sql string) bool {
	tables, ok := tablesOf(sql, e.server.flavour)
	unnamed := slices.ContainsFunc(tables, func(t *ast.TableName) bool { return t.Schema.O == "" })
	return ok && !unnamed && e.amongOurs(tables)
}

// meansOthers reports that it names tables, and none of ours.
func (e *Engine) meansOthers(sql string) bool {
	tables, ok := tablesOf(sql, e.server.flavour)
	return ok && len(tables) > 0 && !e.amongOurs(tables)
}

func (e *Engine) amongOurs(tables []*ast.TableName) bool {
	return slices.ContainsFunc(tables, func(t *ast.TableName) bool { return strings.EqualFold(t.Schema.O, e.server.Database) })
}

// tablesOf are the tables that a statement names; what cannot be parsed has
// none that are known.
func tablesOf(sql string, f flavour) (tables []*ast.TableName, ok bool) {
	defer func() { // a fault of the parser's is a statement that is not known
		if recover() != nil {
			tables, ok = nil, false
		}
	}()
	stmt, err := parseOne(sql, f)
	if err != nil {
		return nil, false
	}
	var v tableFinder
	stmt.Accept(&v)
	return v.tables, true
}

type tableFinder struct{ tables []*ast.TableName }

// Enter notes a table.
func (v *tableFinder) Enter(n ast.Node) (ast.Node, bool) {
	if t, ok := n.(*ast.TableName); ok {
		v.tables = append(v.tables, t)
	}
	return n, false
}

// Leave goes on.
func (v *tableFinder) Leave(n ast.Node) (ast.Node, bool) { return n, true }

// ofElsewhere tells a text that was run under another default database, and
// means our tables all the same.
func (e *Engine) ofElsewhere(sql string) bool {
	return strings.Contains(strings.ToLower(sql), strings.ToLower(e.server.Database)) && e.meansOurs(sql)
}

// maxNaming: a longer one is data that somebody loads.
const maxNaming = 16 << 10
