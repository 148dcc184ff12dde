package serverlog

// LexisOptions are what differs between dialects in reading a text's words.
type LexisOptions struct {
	Names    string // quotes of names: `
	Texts    string // quotes of strings
	Comments string // bytes that a comment may begin with, beside - and /
	Inside   string // bytes of names, beside letters, digits and _
	Prefixes string // letters before a string, in lower case; e: a backslash escapes in it
	Escapes  bool   // a backslash escapes in every string
	Dollars  bool   // $tag$ … $tag$ is a string
	Nests    bool   // a comment may hold comments
	Spaced   bool   // -- begins a comment only before a space
	Executed bool   // what stands in /*! and /*+ counts
}

// A Lexis says which byte begins what.
type Lexis struct {
	o     LexisOptions
	kinds [256]byte
}

// The kinds of bytes.
const (
	kindOther = iota
	kindWord
	kindDigit
	kindQuote
	kindName
	kindSpace
	kindComment // may begin one
	kindOpen
	kindClose
	kindOperator // what no list of plain values holds
	kindDollar
)

// NewLexis makes the table that is asked for every byte of a log.
func NewLexis(o LexisOptions) *Lexis {
	l := &Lexis{o: o}
	for c := range l.kinds {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80 {
			l.kinds[c] = kindWord
		}
	}
	for _, k := range []struct {
		bytes string
		kind  byte
	}{
		{"*=<>%|&!^~?;:@`#", kindOperator}, {"0123456789", kindDigit}, {"(", kindOpen}, {")", kindClose}, {" \t\n\r\v\f", kindSpace},
		{"/-" + o.Comments, kindComment}, {o.Inside, kindWord}, {o.Texts, kindQuote}, {o.Names, kindName},
	} {
		for _, c := range []byte(k.bytes) {
			l.kinds[c] = k.kind
		}
	}
	if o.Dollars {
		l.kinds['$'] = kindDollar
	}
	return l
}
