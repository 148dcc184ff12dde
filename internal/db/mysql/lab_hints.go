package mysql

import (
	"slices"
	"strings"

	"github.com/sqlc-dev/marino/ast"
)

// hinted is a statement that passes over indexes: IGNORE INDEX, table by
// table. Hiding an index instead changes the table, which takes a server tens
// of milliseconds, and a search asks for thousands of configurations. ok is
// false where hints cannot say it: a DELETE takes none, a view's tables are
// not named, and a name may be that of a WITH.
func hinted(text string, f flavour, ignore func(table string) (names []string, ok bool)) (with string, ok bool) {
	stmt, err := parseOne(text, f)
	if err != nil {
		return text, false
	}
	switch s := stmt.(type) {
	case *ast.SelectStmt:
		ok = s.With == nil
	case *ast.UpdateStmt:
		ok = s.With == nil
	case *ast.SetOprStmt:
		ok = s.With == nil
	}
	h := &hinter{ignore: ignore, able: ok}
	if ok {
		stmt.Accept(h)
	}
	if !h.able || !h.some {
		return text, h.able
	}
	with, err = writtenAgain(stmt)
	if err != nil {
		return text, false
	}
	return with, true
}

// A hinter gives every table its hint.
type hinter struct {
	ignore     func(string) ([]string, bool)
	able, some bool
}

// Enter visits a table.
func (h *hinter) Enter(n ast.Node) (ast.Node, bool) {
	switch t := n.(type) {
	case *ast.WithClause:
		h.able = false
	case *ast.TableSource:
		if name, ok := t.Source.(*ast.TableName); ok {
			h.table(name)
		}
	}
	return n, !h.able
}

func (h *hinter) table(t *ast.TableName) {
	names, ok := h.ignore(t.Name.O)
	h.able = h.able && ok && len(t.IndexHints) == 0
	if !h.able || len(names) == 0 {
		return
	}
	hint := &ast.IndexHint{HintType: ast.HintIgnore, HintScope: ast.HintForScan}
	for _, name := range names {
		hint.IndexNames = append(hint.IndexNames, ast.NewCIStr(name))
	}
	t.IndexHints, h.some = []*ast.IndexHint{hint}, true
}

// Leave goes on.
func (h *hinter) Leave(n ast.Node) (ast.Node, bool) { return n, true }

// seen lists the indexes of a table that the planner sees and should not.
func (s *shelf) seen(table string, wanted map[string]bool) (names []string, ok bool) {
	if s.l.Find(table) == nil {
		return nil, false
	}
	for key, ix := range s.shelve {
		if strings.EqualFold(ix.ix.Table, table) && !ix.hidden && !ix.absent && ix.ix.Name != "PRIMARY" && !ix.visible(key, wanted) {
			names = append(names, ix.ix.Name)
		}
	}
	slices.Sort(names)
	return names, true
}

// visible reports whether a configuration shows an index.
func (ix *shelved) visible(key string, wanted map[string]bool) bool {
	if want, named := wanted[key]; named {
		return want
	}
	return !ix.made && !ix.ix.Hidden
}
