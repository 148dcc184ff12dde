package advisor

import (
	"context"
	"strings"

	"mltop/internal/db"
	"mltop/internal/pattern"
)

// readCode reads what the server runs for the application: it may name an
// index in a hint. What cannot be read is said with every drop.
func (a *Advisor) readCode(ctx context.Context, f *Facts) {
	k, ok := a.engine.(db.CodeKeeper)
	if !ok {
		return
	}
	var err error
	if f.Code, f.Unread, err = k.Code(ctx); err != nil {
		f.Unread = []string{"views, routines, triggers and events: " + err.Error()}
	}
}

// unread says what may name an index without anybody's having looked.
func (f Facts) unread() string {
	return "hints in " + strings.Join(f.Unread, ", in ") + " were not looked for, for want of rights: one that names it fails without it"
}

// A naming is a text that names an index, and how.
type naming struct{ who, how string }

// spareNamed declines to drop or hide an index that a text names: without the
// index that text is an error.
func spareNamed(f Facts, a Advice) Advice {
	named := namedIndexes(f)
	var kept []Recommendation
	for _, r := range a.Recommendations {
		by, ok := named[strings.ToLower(strings.TrimPrefix(r.Object, "index "))]
		switch {
		case r.Kind != KindDropIndex:
		case ok:
			a.Declined = append(a.Declined, Declined{What: r.Title, Reason: by.who + " names it with " + by.how + " and would fail without it"})
			continue
		case len(f.Unread) > 0:
			r.MayBeWrong = strings.TrimPrefix(r.MayBeWrong+"; "+f.unread(), "; ")
		}
		kept = append(kept, r)
	}
	a.Recommendations = kept
	return a
}

// namedIndexes finds who names which index, by its name in lower case: the
// statements of the workload, and what the server runs by itself.
func namedIndexes(f Facts) map[string]naming {
	named, all := map[string]naming{}, f.indexNames()
	look := func(who, sql string) {
		for _, name := range indexedBy(sql) {
			named[name] = naming{who, "INDEXED BY"}
		}
		for _, name := range hinted(sql) {
			for _, ix := range meant(name, all) {
				named[ix] = naming{who, "an index hint"}
			}
		}
	}
	for _, s := range f.Workload.Statements {
		for _, text := range append([]string{s.Text, s.Rewrite}, s.Examples...) {
			look(s.Label(), text)
		}
	}
	for _, v := range f.Schema.Views {
		look("the view "+v.Name, v.SQL)
	}
	for _, t := range f.Schema.Triggers {
		look("the trigger "+t.Name, t.SQL)
	}
	for _, c := range f.Code {
		look("the "+c.Kind+" "+c.Name, c.SQL)
	}
	return named
}

// indexNames are those of the schema, in lower case.
func (f Facts) indexNames() map[string]bool {
	all := map[string]bool{}
	for _, t := range f.Schema.Tables {
		for _, ix := range t.Indexes {
			all[strings.ToLower(ix.Name)] = true
		}
	}
	return all
}

// meant are the indexes that a hint's name may be of: MySQL takes the
// beginning of a name for the name, where no index is called just so.
func meant(name string, all map[string]bool) (list []string) {
	if all[name] {
		return []string{name}
	}
	for ix := range all {
		if strings.HasPrefix(ix, name) {
			list = append(list, ix)
		}
	}
	return list
}

// indexedByName finds SQLite's INDEXED BY, with comments between its words
// and a name in any quotes. In a string literal it would mislead to spare an
// index, which harms nobody. The name is outside (?i): folding the case of
// that range of runes takes milliseconds, at the start of every mltop.
var indexedByName = pattern.Late("(?s)\\b(?i:INDEXED)" + gap + "(?i:BY)(?:" + gap + ")?(" + indexWord + ")")

// hintedNames finds MySQL's USE, FORCE and IGNORE INDEX with its names, and
// hintedName one of these.
var (
	hintedNames = pattern.Late(`(?s)\b(?i:USE|FORCE|IGNORE)` + gap + `(?i:INDEX|KEY)(?:` + gap + `(?i:FOR)` + gap + `(?i:JOIN|(?:ORDER|GROUP)` + gap + `BY))?(?:` + gap + `)?\(((?:` + gap + `|,|` + indexWord + `)*)\)`)
	hintedName  = pattern.Late(gap + "|" + indexWord)
)

const (
	gap       = `(?:\s|--[^\n]*\n|/\*.*?\*/)+`
	indexWord = "(?:\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|\\[[^\\]]*\\]|'(?:[^']|'')*'|[\\w$\\x{80}-\\x{10ffff}]+)"
)

func indexedBy(sql string) []string {
	var names []string
	for _, m := range indexedByName().FindAllStringSubmatch(sql, -1) {
		names = append(names, strings.ToLower(unquoted(m[1])))
	}
	return names
}

func hinted(sql string) []string {
	var names []string
	for _, list := range hintedNames().FindAllStringSubmatch(sql, -1) {
		for _, word := range hintedName().FindAllString(list[1], -1) {
			if name := unquoted(strings.TrimSpace(word)); name != "" && !strings.HasPrefix(name, "/*") && !strings.HasPrefix(name, "--") {
				names = append(names, strings.ToLower(name))
			}
		}
	}
	return names
}

// unquoted is a name without its quotes; "" of none.
func unquoted(name string) string {
	if name == "" {
		return ""
	}
	q := name[:1]
	switch q {
	case "[":
		return name[1 : len(name)-1]
	case `"`, "`", "'":
		return strings.ReplaceAll(name[1:len(name)-1], q+q, q)
	}
	return name
}
