package mysql

import (
	"strings"

	"mltop/internal/db"
	"mltop/internal/pattern"
	"mltop/internal/sqltext"
)

var (
	// quotedName is a name as digests write every one.
	quotedName = pattern.Late("`[^`]+`")
	// capitals is a word that may be a name: of one that is also a keyword the
	// server writes the keyword.
	capitals = pattern.Late(`\b[A-Z][A-Z0-9_]*\b`)
)

// plainNames writes names without quotes where they need none and as the
// catalog spells them, keywords as people write them, and a list of values as
// one value: the same statement then looks the same in a queries file, and can
// be planned: "COUNT ( * )" is no call of a function to the server's own
// parser.
func plainNames(digest string, spelled map[string]string) string {
	digest = strings.NewReplacer("(...)", "(?)", "?, ...", "?, ?", "DISTINCTROW", "DISTINCT", "SQL_TSI_", "").Replace(digest)
	digest = capitals().ReplaceAllStringFunc(digest, func(word string) string {
		if name, ok := spelled[word]; ok {
			return name
		}
		return word
	})
	return sqltext.Texts.Normalize(quotedName().ReplaceAllStringFunc(digest, func(quoted string) string {
		return sqltext.QuoteIdent(quoted[1:len(quoted)-1], dialectName)
	}))
}

// spell learns how the catalog writes its names, as soon as it is known: on
// Linux a table's name is another one in capitals. Texts of before are read
// again.
func (e *Engine) spell() {
	if e.known == nil || e.spelled != nil {
		return
	}
	e.spelled, e.texts, e.beyond = spelling(e.known), nil, elsewhere{}
}

// spelling is how names are written, by their capitals.
func spelling(s *db.Schema) map[string]string {
	out := map[string]string{}
	for _, t := range s.Tables {
		for _, c := range t.Columns {
			out[strings.ToUpper(c.Name)] = c.Name
		}
	}
	for _, t := range s.Tables {
		out[strings.ToUpper(t.Name)] = t.Name // of a table the letters matter
	}
	return out
}
