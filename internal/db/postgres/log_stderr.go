package postgres

import (
	"bytes"

	"mltop/internal/db/serverlog"
)

// A logRecord is one message of the server's log. Its texts are lent.
type logRecord struct {
	logHead
	message, detail []byte
	failed          bool // an error
}

// usualPrefixes are tried where the server's own does not fit, as of a log
// that another server wrote: Debian's, PostgreSQL's, Amazon RDS's, those of
// pgBadger's documentation.
func usualPrefixes() []linePrefix {
	var out []linePrefix
	for _, s := range []string{
		"%m [%p] %q%u@%d ", "%m [%p] ", "%t:%r:%u@%d:[%p]:", "%t [%p]: user=%u,db=%d,app=%a,client=%h ",
		"%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ", "%t [%p]: [%l-1] user=%u,db=%d ", "%t [%p]: [%l-1] ", "%m [%p]: [%l-1] db=%d,user=%u,app=%a,client=%h ",
		"%m [%p] %u@%d/%a ", "%m [%p] %u %d ", "%t %u %d [%p] ",
	} {
		out = append(out, parsePrefix(s))
	}
	return out
}

// A stderrReader reads the log's plain form: each message has the prefix, and
// its further lines begin with a tab.
type stderrReader struct {
	prefixes []linePrefix // the one that fitted last is the first
	take     func(*logRecord)

	open   bool // a record has begun
	into   *[]byte
	record logRecord
	head   []byte // its first line
	text   []byte // its message
	detail []byte
}

// line takes a line, and reports whether it makes sense.
func (r *stderrReader) line(line []byte) bool {
	if len(line) > 0 && line[0] == '\t' {
		r.more(line[1:])
		return r.open
	}
	var h logHead
	at, ok := r.match(line, &h)
	if !ok {
		r.flush()
		return false
	}
	end, _ := severityOf(line[at:])
	text := line[at+end:]
	same := r.open && bytes.Equal(h.session, r.record.session)
	switch word := bytes.TrimRight(line[at:at+end], ": "); {
	case logWords[string(word)]:
		r.begin(line, at, end, false)
	case failedWords[string(word)]:
		r.begin(line, at, end, true)
	case detailWords[string(word)] || same && argsOf(text) != nil:
		r.addDetail(text, same)
	case otherWords[string(word)] || same && !looksTimed(text): // in a language that we do not know it may be STATEMENT
		r.into = nil
	default:
		r.begin(line, at, end, false)
	}
	return true
}

// looksTimed reports a message with a duration, in whatever language.
func looksTimed(m []byte) bool {
	_, ok := readDuration(withoutCode(m))
	return ok
}

// addDetail takes the detail of the message before, if it is one.
func (r *stderrReader) addDetail(text []byte, same bool) {
	r.into = nil
	if same {
		r.detail = append(r.detail[:0], text...)
		r.into = &r.detail
	}
}

// more adds a further line to what was read last.
func (r *stderrReader) more(line []byte) {
	if r.into == nil {
		return
	}
	if room := serverlog.MaxText - len(*r.into); room > 0 {
		*r.into = append(append(*r.into, '\n'), line[:min(room, len(line))]...)
	}
}

// begin begins a record; its fields lie in a line of its own.
func (r *stderrReader) begin(line []byte, at, end int, failed bool) {
	r.flush()
	r.head = append(r.head[:0], line[:at+end]...)
	r.record = logRecord{failed: failed}
	r.match(r.head, &r.record.logHead)
	r.text = append(r.text[:0], line[at+end:]...)
	r.open, r.into = true, &r.text
}

// flush hands over the record that is complete.
func (r *stderrReader) flush() {
	if r.open {
		r.record.message, r.record.detail = r.text, r.detail
		r.take(&r.record)
	}
	r.open, r.into, r.detail = false, nil, r.detail[:0]
}

// match reads a line's prefix by the one that fitted last, by another that is
// known, or by what can be told of any.
func (r *stderrReader) match(line []byte, h *logHead) (severityAt int, ok bool) {
	for i, p := range r.prefixes {
		if at, ok := p.match(line, h); ok {
			if i > 0 {
				copy(r.prefixes[1:i+1], r.prefixes[:i])
				r.prefixes[0] = p
			}
			return at, true
		}
	}
	return guessHead(line, h)
}

// guessHead finds a known severity in a line, and what of the prefix can be
// told without knowing it: the time, the process, user@database, db=….
func guessHead(line []byte, h *logHead) (severityAt int, ok bool) {
	*h = logHead{}
	for from := 0; ; {
		n := bytes.Index(line[from:], []byte(":  "))
		if n < 0 || from+n > 2*mostField {
			return 0, false
		}
		if severityAt = wordStart(line, from+n); isSeverity(line[severityAt : from+n]) {
			break
		}
		from += n + 3
	}
	guessFields(line[:severityAt], h)
	return severityAt, true
}

// wordStart is where the word that ends at end begins.
func wordStart(line []byte, end int) int {
	for end > 0 && (line[end-1] >= 'A' && line[end-1] <= 'Z' || line[end-1] >= '0' && line[end-1] <= '9' || line[end-1] >= 0x80) {
		end--
	}
	return end
}

func isSeverity(word []byte) bool {
	return logWords[string(word)] || failedWords[string(word)] || detailWords[string(word)] || otherWords[string(word)]
}

func guessFields(prefix []byte, h *logHead) {
	for i := range prefix {
		if n := stampEnd(prefix[i:]); n > 0 {
			h.time = prefix[i : i+n]
			prefix = append(append([]byte{}, prefix[:i]...), prefix[i+n:]...)
			break
		}
	}
	for _, w := range bytes.FieldsFunc(prefix, func(r rune) bool {
		return r == ' ' || r == ',' || r == '[' || r == ']' || r == '(' || r == ')' || r == '|' || r == ';' || r == '<' || r == '>'
	}) {
		guessField(w, h)
	}
}

func guessField(w []byte, h *logHead) {
	name, value, ok := bytes.Cut(w, []byte("="))
	switch n := digits(w, 0); {
	case ok && (string(name) == "db" || string(name) == "database"):
		h.database, h.named = value, true
	case ok && (string(name) == "user" || string(name) == "usr"):
		h.user = value
	case ok && (string(name) == "app" || string(name) == "application"):
		h.program = value
	case ok && (string(name) == "pid" || string(name) == "p"):
		h.session = value
	case n == len(w) && h.session == nil:
		h.session = w
	case h.time == nil && n == 10 && len(w) > 11 && w[n] == '.' && digits(w, n+1) == len(w):
		h.time = w
	default:
		guessAt(w, h)
	}
}

// guessAt reads user@database.
func guessAt(w []byte, h *logHead) {
	user, database, ok := bytes.Cut(bytes.TrimRight(w, ":"), []byte("@"))
	if ok && len(user) > 0 && !h.named && bytes.IndexByte(database, '@') < 0 {
		h.user, h.database, h.named = user, database, true
	}
}
