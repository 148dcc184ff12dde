package ui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// drawnOtherwise are what charts, bars and borders draw with: they have
// characters of their own for a terminal that knows ASCII alone.
func drawnOtherwise(r rune) bool {
	return r >= '▀' && r <= '▟' && r != '▎' && r != '▏' || r >= '⠀' && r <= '⣿' || strings.ContainsRune("┌┐└┘├┤┬┴┈", r)
}

// A ? says nothing: each sign that this package writes has a form in ASCII.
func TestEverySignHasAFormInASCII(t *testing.T) {
	list, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for _, f := range list {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		looked++
		file, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING && lit.Kind != token.CHAR {
				return true
			}
			for _, r := range lit.Value {
				if _, ok := asciiFor[r]; r > 0x7e && !ok && !drawnOtherwise(r) {
					t.Errorf("%s: %q in %s has no form in ASCII", f.Name(), r, lit.Value)
				}
			}
			return true
		})
	}
	if looked < 20 {
		t.Errorf("looked at %d files only", looked)
	}
}
