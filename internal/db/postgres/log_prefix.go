package postgres

import "bytes"

// A logHead is what stands before a message: the fields of log_line_prefix,
// or of a record. All are lent.
type logHead struct {
	time, session, user, database, program, tag []byte
	named                                       bool // the database is among them, even where it is empty
}

// A linePrefix is a log_line_prefix, cut into its parts.
type linePrefix []prefixPart

// A prefixPart is text, or an escape of the PostgreSQL manual's table at
// log_line_prefix.
type prefixPart struct {
	text   []byte
	escape byte // 0: text
	width  int  // it is padded to so many characters; below 0: behind
}

func parsePrefix(s string) (p linePrefix) {
	var text []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '%' || i+1 == len(s) || s[i+1] == '%' {
			if s[i] == '%' {
				i++
			}
			text = append(text, s[min(i, len(s)-1)])
			continue
		}
		part := prefixPart{}
		i, part.width = paddingOf(s, i+1)
		if i == len(s) {
			break
		}
		if len(text) > 0 {
			p, text = append(p, prefixPart{text: text}), nil
		}
		part.escape = s[i]
		p = append(p, part)
	}
	if len(text) > 0 {
		p = append(p, prefixPart{text: text})
	}
	return p
}

// paddingOf reads the number before an escape's letter.
func paddingOf(s string, i int) (end, width int) {
	sign := 1
	if s[i] == '-' {
		sign, i = -1, i+1
	}
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		width, i = min(width*10+int(s[i]-'0'), mostField), i+1
	}
	return i, sign * width
}

const (
	// mostField is the longest value of a field: a name has 63 bytes, a host may
	// have more.
	mostField = 256
	// fitTries bounds how often the end of a field is tried where a value may
	// hold what stands behind it.
	fitTries = 400
)

// match reads the prefix of a line: where the message's severity begins; false
// where the line has another one.
func (p linePrefix) match(line []byte, h *logHead) (severityAt int, ok bool) {
	tries := fitTries
	*h = logHead{}
	return p.from(line, 0, h, &tries)
}

func (p linePrefix) from(line []byte, at int, h *logHead, tries *int) (int, bool) {
	if *tries--; *tries < 0 {
		return 0, false
	}
	for i, part := range p {
		switch {
		case part.escape == 0:
			if !bytes.HasPrefix(line[at:], part.text) {
				return 0, false
			}
			at += len(part.text)
		case part.escape == 'q': // processes that serve no client have nothing of what follows
			if _, ok := severityOf(line[at:]); ok {
				return at, true
			}
		case fixedField(part.escape):
			end, ok := part.fixed(line, at, h)
			if !ok {
				return 0, false
			}
			at = end
		default:
			return p[i:].any(line, at, h, tries)
		}
	}
	_, ok := severityOf(line[at:])
	return at, ok
}

// any reads a field that may hold anything: up to the first place where the
// rest fits.
func (p linePrefix) any(line []byte, at int, h *logHead, tries *int) (int, bool) {
	for end := at; end <= len(line) && end-at <= mostField; end++ {
		if len(p) > 1 && p[1].escape == 0 {
			n := bytes.Index(line[end:min(len(line), end+mostField+len(p[1].text))], p[1].text)
			if n < 0 {
				return 0, false
			}
			end += n
		}
		if severity, ok := p[1:].from(line, end, h, tries); ok {
			p[0].put(h, bytes.Trim(line[at:end], " "))
			return severity, true
		}
		if *tries < 0 {
			return 0, false
		}
	}
	return 0, false
}

// fixedField reports an escape whose value ends where its letters do.
func fixedField(escape byte) bool { return bytes.IndexByte([]byte("tmsnplxPQcev"), escape) >= 0 }

// fixed reads such a field, and what it is padded with.
func (p prefixPart) fixed(line []byte, at int, h *logHead) (int, bool) {
	if p.width > 0 {
		for at < len(line) && line[at] == ' ' {
			at++
		}
	}
	n := fieldEnd(p.escape, line[at:])
	if n == 0 && bytes.IndexByte([]byte("tmsnplc"), p.escape) >= 0 {
		return 0, false
	}
	p.put(h, line[at:at+n])
	end := at + n
	for w := n; w < -p.width && end < len(line) && line[end] == ' '; w++ {
		end++
	}
	return end, true
}

func fieldEnd(escape byte, b []byte) int {
	switch escape {
	case 't', 'm', 's':
		return stampEnd(b)
	case 'p', 'l', 'x', 'P':
		return digits(b, 0)
	}
	n := 0
	for n < len(b) && fieldByte(escape, b[n]) {
		n++
	}
	return n
}

func fieldByte(escape, c byte) bool {
	digit := c >= '0' && c <= '9'
	switch escape {
	case 'n':
		return digit || c == '.'
	case 'c':
		return digit || c == '.' || c >= 'a' && c <= 'f'
	case 'v':
		return digit || c == '/'
	case 'Q':
		return digit || c == '-'
	}
	return digit || c >= 'A' && c <= 'Z' // 'e': SQLSTATE
}

// put keeps a field.
func (p prefixPart) put(h *logHead, v []byte) {
	switch p.escape {
	case 't', 'm', 'n':
		h.time = v
	case 'p', 'c':
		h.session = v
	case 'u':
		h.user = v
	case 'd':
		h.database, h.named = v, true
	case 'a':
		h.program = v
	case 'i':
		h.tag = v
	}
}

// mostSeverity is the longest severity in bytes, with room.
const mostSeverity = 40

// severityOf reads "LOG:  ", or "INSTRUCTION :  ", in any language: its length
// with what stands behind it; false where a text begins with something else.
func severityOf(b []byte) (end int, ok bool) {
	colon := bytes.IndexByte(b[:min(len(b), mostSeverity)], ':')
	if colon < 2 || !bytes.HasPrefix(b[colon:], []byte(":  ")) {
		return 0, false
	}
	for _, c := range bytes.TrimRight(b[:colon], " ") {
		letter := c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= 0x80
		if !letter && (c != ' ' || b[0] < 0x80) { // some languages have two words
			return 0, false
		}
	}
	return colon + 3, b[0] > ' '
}
