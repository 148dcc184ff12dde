package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "mltop/"

// A rule says what a package may import: of ours by path below the module,
// and libraries by the beginning of their paths. Of the standard library all
// but never.
type rule struct {
	ours, libraries, never []string
}

func words(s string) []string { return strings.Fields(s) }

// outside is what the pure parts never touch: they get values and give values.
const outside = "net net/http database/sql os os/exec syscall"

// rules has one line a package. A package without a line fails the test: give
// it one here, and tell the README.
func rules() map[string]rule {
	return map[string]rule{
		"internal/stat":    {nil, words("github.com/aclements/go-moremath"), words(outside)},
		"internal/sqltext": {nil, words("github.com/mattn/go-runewidth"), words(outside)},
		"internal/term":    {nil, words("github.com/mattn/go-runewidth"), words(outside)},
		"internal/units":   {nil, nil, words(outside)},
		"internal/wire":    {words("internal/stat"), nil, words(outside)},
		"internal/hush":    {nil, nil, words("net net/http database/sql os/exec")},
		"internal/pattern": {nil, nil, words(outside)},
		"internal/near":    {nil, nil, words(outside)},
		"internal/config":  {words("internal/pattern internal/units"), words("go.yaml.in/yaml/v3"), words("net/http database/sql os/exec")},
		"internal/export":  {words("internal/term"), nil, words(outside)},
		"internal/demo":    {words("collectors/querylog/snippet internal/pattern internal/throwaway"), words("github.com/mattn/go-sqlite3 github.com/jackc/pgx github.com/go-sql-driver/mysql golang.org/x/sync golang.org/x/sys"), nil},

		"internal/db":           {words("internal/pattern internal/sqltext"), nil, words(outside)},
		"internal/throwaway":    {nil, words("github.com/jackc/pgx github.com/go-sql-driver/mysql"), nil},
		"internal/db/dbtest":    {words("internal/db internal/sqltext internal/throwaway"), words("github.com/mattn/go-sqlite3 github.com/jackc/pgx github.com/go-sql-driver/mysql"), nil},
		"internal/db/disk":      {nil, words("golang.org/x/sys"), words("net net/http database/sql os/exec")},
		"internal/db/serverlog": {words("internal/db internal/sqltext"), nil, words("net net/http database/sql os/exec")},
		"internal/db/sqlite":    {words("internal/db internal/db/disk internal/pattern internal/sqltext"), words("github.com/mattn/go-sqlite3 github.com/jmoiron/sqlx github.com/sqlc-dev/meyer golang.org/x/sys"), words("net/http")},
		"internal/db/mysql":     {words("internal/db internal/db/disk internal/db/serverlog internal/pattern internal/sqltext"), words("github.com/go-sql-driver/mysql github.com/jmoiron/sqlx github.com/sqlc-dev/marino"), words("net/http")},
		"internal/db/postgres":  {words("internal/db internal/db/disk internal/db/serverlog internal/pattern internal/sqltext"), words("github.com/jackc/pgx github.com/jmoiron/sqlx github.com/sqlc-dev/oliphant golang.org/x/sys google.golang.org/protobuf"), words("net/http")},

		"collectors":                  {words("internal/db internal/pattern internal/sqltext internal/stat"), words("github.com/shirou/gopsutil/v3 golang.org/x/sys"), words("database/sql net/http")},
		"collectors/requestlog":       collectorRule(""),
		"collectors/accesslog":        collectorRule(""),
		"collectors/querylog":         collectorRule(""),
		"collectors/sqltap":           collectorRule("github.com/cilium/ebpf golang.org/x/sys"),
		"collectors/wiretap":          collectorRule("github.com/gopacket/gopacket golang.org/x/net golang.org/x/sys"),
		"collectors/gateway":          collectorRule(""),
		"collectors/scrape":           collectorRule("github.com/prometheus/common"),
		"collectors/querylog/snippet": {nil, nil, nil}, // it is copied into applications

		"advisor":           {words("advisor/rewrite internal/db internal/pattern internal/sqltext internal/stat internal/units"), words("golang.org/x/sys"), words("net net/http database/sql os/exec")},
		"advisor/rewrite":   {words("internal/db internal/sqltext internal/units"), nil, words(outside)},
		"advisor/offline":   {words("advisor internal/db"), nil, words(outside)},
		"advisor/partition": {words("advisor internal/db"), nil, words("net net/http database/sql os/exec")},

		"internal/yamlfile":         {words("internal/near internal/pattern"), words("go.yaml.in/yaml/v3"), words(outside)},
		"internal/gateway":          {words("internal/gateway/cache internal/gateway/compress internal/gateway/haproxy internal/gateway/rowlog internal/gateway/webhook internal/stat internal/units internal/wire internal/yamlfile"), words("go.yaml.in/yaml/v3 golang.org/x/sys"), nil},
		"internal/gateway/cache":    {nil, words("github.com/maypok86/otter/v2 github.com/redis/go-redis/v9"), words("net/http database/sql os/exec")},
		"internal/gateway/webhook":  {words("internal/wire"), nil, nil},
		"internal/gateway/rowlog":   {words("internal/wire"), words("github.com/mattn/go-sqlite3 github.com/jackc/pgx github.com/go-sql-driver/mysql github.com/jmoiron/sqlx"), words("net/http")},
		"internal/gateway/compress": {nil, words("github.com/klauspost/compress"), words(outside)},
		"internal/gateway/haproxy":  {nil, nil, words("net/http database/sql os/exec")},
		"internal/loadtest":         {words("internal/stat internal/units internal/wire internal/yamlfile"), words("github.com/valyala/fasthttp go.yaml.in/yaml/v3"), nil},
		"internal/autoscale":        {words("internal/stat internal/wire"), nil, nil},
		"internal/alert":            {words("collectors"), nil, words(outside)},
		"internal/recording":        {words("collectors advisor internal/wire"), nil, words("net/http database/sql os/exec")},
		"internal/diagnose":         {words("collectors advisor internal/sqltext internal/stat internal/units internal/wire"), nil, words(outside)},
		"internal/report":           {words("collectors advisor internal/diagnose internal/wire"), nil, words(outside)},
		"internal/profile":          {nil, nil, nil},

		"ui": {words("ui/chart collectors advisor internal/db internal/stat internal/sqltext internal/term internal/units internal/wire internal/diagnose"),
			words("github.com/charmbracelet github.com/muesli/termenv github.com/mattn/go-runewidth"), words(outside)},
		"ui/chart": {nil, nil, words(outside)},
	}
}

// collectorRule: collectors in folders know the types of collectors, which
// knows none of them.
func collectorRule(libraries string) rule {
	return rule{words("collectors internal/db internal/pattern internal/sqltext internal/stat internal/wire"), words(libraries), words("database/sql")}
}

// free packages may import all of ours.
func free(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	return first == "cmd" || first == "screenshots" || first == "bench" || pkg == "internal/deps" || pkg == "internal/arch"
}

// A source is one file that is not a test.
type source struct {
	pkg  string // below the module
	file string
	ast  *ast.File
	fset *token.FileSet
}

func sources(t *testing.T) []source {
	t.Helper()
	root := filepath.Join("..", "..")
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatalf("find the module: %v", err)
	}
	fset := token.NewFileSet()
	var out []source
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skip(name, root, d.Name())
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		out = append(out, source{path.Dir(filepath.ToSlash(rel)), filepath.ToSlash(rel), f, fset})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 20 {
		t.Fatalf("found %d files: this test looks in the wrong place", len(out))
	}
	return out
}

// skip leaves out what the go command leaves out.
func skip(name, root, base string) error {
	if name != root && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata") {
		return filepath.SkipDir
	}
	return nil
}

func imports(s source) []string {
	var out []string
	for _, i := range s.ast.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		out = append(out, p)
	}
	return out
}

func TestImportsPointTheRightWay(t *testing.T) {
	all := rules()
	for _, s := range sources(t) {
		if free(s.pkg) {
			continue
		}
		r, ok := all[s.pkg]
		if !ok {
			t.Errorf("%s: no rule for package %s: add a line to rules", s.file, s.pkg)
			continue
		}
		for _, p := range imports(s) {
			if why := r.refuses(p); why != "" {
				t.Errorf("%s imports %s: %s", s.file, p, why)
			}
		}
	}
}

// refuses says why a package must not import p; "" if it may.
func (r rule) refuses(p string) string {
	first, _, _ := strings.Cut(p, "/")
	switch {
	case strings.HasPrefix(p, module):
		if !slices.Contains(r.ours, strings.TrimPrefix(p, module)) {
			return "the arrows of our packages do not point there"
		}
	case strings.Contains(first, "."):
		if !slices.ContainsFunc(r.libraries, func(l string) bool { return p == l || strings.HasPrefix(p, l+"/") }) {
			return "this library is not on its list"
		}
	case slices.Contains(r.never, p):
		return "it gets values and gives values, and touches nothing outside"
	}
	return ""
}

func TestRefusals(t *testing.T) {
	r := rules()["ui"]
	for p, refused := range map[string]bool{
		"mltop/collectors": false, "mltop/internal/db/sqlite": true, "os": true, "os/exec": true, "database/sql": true,
		"github.com/charmbracelet/lipgloss": false, "github.com/mattn/go-sqlite3": true, "strings": false,
	} {
		if got := r.refuses(p) != ""; got != refused {
			t.Errorf("ui importing %s: refused is %v, want %v", p, got, refused)
		}
	}
}

func TestTheArrowsHaveNoCircle(t *testing.T) {
	all := rules()
	var walk func(pkg string, from []string)
	walk = func(pkg string, from []string) {
		if slices.Contains(from, pkg) {
			t.Fatalf("a circle: %s", strings.Join(append(from, pkg), " → "))
		}
		for _, next := range all[pkg].ours {
			if _, ok := all[next]; !ok {
				t.Errorf("%s may import %s, which has no rule", pkg, next)
			}
			walk(next, append(slices.Clip(from), pkg))
		}
	}
	for pkg := range all {
		walk(pkg, nil)
	}
}

func TestNothingRunsByItself(t *testing.T) {
	for _, s := range sources(t) {
		for _, d := range s.ast.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "init" && f.Recv == nil {
				t.Errorf("%s: func init: things are wired by hand, in cmd", s.fset.Position(f.Pos()))
			}
		}
	}
}

// Only a program ends itself; a package returns an error.
func TestOnlyProgramsExit(t *testing.T) {
	ends := map[string][]string{"os": {"Exit"}, "log": {"Fatal", "Fatalf", "Fatalln"}}
	for _, s := range sources(t) {
		if s.ast.Name.Name == "main" {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && slices.Contains(ends[x.Name], sel.Sel.Name) && slices.Contains(imports(s), x.Name) {
				t.Errorf("%s: %s.%s outside of a program", s.fset.Position(n.Pos()), x.Name, sel.Sel.Name)
			}
			return true
		})
	}
}
