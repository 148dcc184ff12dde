package sqltext

import "strings"

func split(script string) []Statement {
	toks, _ := read(script)
	if len(toks) > 0 && toks[len(toks)-1].broken {
		toks = scan(script, false) // rather than one piece for all the rest
	}
	var out []Statement
	lines := lineCounter{src: script}
	for len(toks) > 0 {
		n := statementEnd(toks)
		if s, ok := statement(script, toks[:n], &lines); ok {
			out = append(out, s)
		}
		toks = dropTail(script, toks[n:])
	}
	return out
}

// statementEnd is the place behind the semicolon that ends the first
// statement of toks. Inside the body of a trigger or routine, from BEGIN to
// its END, semicolons end nothing.
func statementEnd(toks []token) int {
	routine, depth := createsRoutine(toks), 0
	for i, t := range toks {
		if t.is(";") && depth == 0 {
			return i + 1
		}
		if !routine || t.kind != word {
			continue
		}
		switch strings.ToUpper(t.text) {
		case "BEGIN":
			depth++
		case "CASE":
			if depth > 0 && !previousWord(toks, i, "END") {
				depth++
			}
		case "END":
			if depth > 0 && !endsBlock(toks, i) {
				depth--
			}
		}
	}
	return len(toks)
}

// endsBlock reports whether toks[i], an END, belongs to END IF and the like,
// whose beginnings are not counted.
func endsBlock(toks []token, i int) bool {
	if i+1 >= len(toks) {
		return false
	}
	n := toks[i+1]
	return n.isWord("IF") || n.isWord("LOOP") || n.isWord("WHILE") || n.isWord("REPEAT")
}

func previousWord(toks []token, i int, w string) bool { return i > 0 && toks[i-1].isWord(w) }

// createsRoutine reports whether toks begin with CREATE … TRIGGER, PROCEDURE,
// FUNCTION or EVENT.
func createsRoutine(toks []token) bool {
	n := 0
	for _, t := range toks {
		if t.kind == comment {
			continue
		}
		if n == 0 && !t.isWord("CREATE") || n > 8 {
			return false
		}
		if t.isWord("TRIGGER") || t.isWord("PROCEDURE") || t.isWord("FUNCTION") || t.isWord("EVENT") {
			return true
		}
		n++
	}
	return false
}

// statement makes one piece of toks; false when they hold none.
func statement(script string, toks []token, lines *lineCounter) (Statement, bool) {
	var s Statement
	for len(toks) > 0 && toks[0].kind == comment {
		s.Comments = append(s.Comments, commentLines(toks[0].text)...)
		toks = toks[1:]
	}
	end := len(toks)
	for end > 0 && (toks[end-1].is(";") || toks[end-1].kind == comment) {
		end--
	}
	if end == 0 {
		return s, false
	}
	s.SQL = script[toks[0].at:toks[end-1].end]
	s.Line = lines.at(toks[0].at)
	return s, true
}

// dropTail drops the comments that stand on the line of the semicolon before
// them: they speak of that statement, not of the next.
func dropTail(script string, toks []token) []token {
	for len(toks) > 0 && toks[0].kind == comment {
		from := strings.LastIndexByte(script[:toks[0].at], '\n') + 1
		if !strings.Contains(script[from:toks[0].at], ";") {
			break
		}
		toks = toks[1:]
	}
	return toks
}

func commentLines(c string) []string {
	switch {
	case strings.HasPrefix(c, "--"):
		return []string{strings.TrimSpace(c[2:])}
	case strings.HasPrefix(c, "#"):
		return []string{strings.TrimSpace(c[1:])}
	}
	c = strings.TrimSuffix(strings.TrimPrefix(c, "/*"), "*/")
	var out []string
	for l := range strings.SplitSeq(c, "\n") {
		if l = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(l), "*")); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// A lineCounter finds the lines of rising places.
type lineCounter struct {
	src   string
	pos   int
	lines int
}

func (l *lineCounter) at(pos int) int {
	l.lines += strings.Count(l.src[l.pos:pos], "\n")
	l.pos = pos
	return l.lines + 1
}
