package rowlog

import (
	"bytes"
	"hash/maphash"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"
)

// A row is one request as it is written. Its texts are valid UTF-8 without
// NUL: some servers take nothing else.
type row struct {
	at             time.Time
	took           time.Duration
	status         int
	received, sent int64
	texts          [textColumns]string
}

// The texts of a row, in the order of the columns.
const (
	textMethod = iota
	textPath
	textClient
	textQuery
	textHeaders
	textAgent
	textID
	textUpstream
	textRequest
	textResponse
	textColumns
)

// What is kept of a text, in bytes: MariaDB indexes a column of 512 characters
// whole, beside a short one.
var longest = [textColumns]int{24, 512, 64, 4 << 10, 16 << 10, 512, 128, 256, 1 << 20, 1 << 20}

// rowOf takes an entry apart. Secrets stay behind.
func (m *mask) rowOf(e *Entry, r *Rule) row {
	out := row{at: e.At, took: e.Took, status: e.Status, received: e.Received, sent: e.Sent}
	t := &out.texts
	end := bytes.Index(e.head, lineEnd)
	if end < 0 {
		end = len(e.head)
	}
	method, target, _ := strings.Cut(string(e.head[:end]), " ")
	target, _, _ = strings.Cut(target, " ")
	path, query, _ := strings.Cut(target, "?")
	t[textMethod], t[textPath], t[textQuery] = method, path, m.query(query)
	told := m.toldBy(e.head[min(end+len(lineEnd), len(e.head)):], r.Headers)
	t[textHeaders], t[textAgent] = told.headers, told.agent
	t[textClient] = m.clientOf(e.Client)
	t[textID], t[textUpstream] = e.ID, e.Upstream
	if r.Bodies > 0 {
		t[textRequest] = m.body(e.request, told.kind, told.encoding, e.Received)
		t[textResponse] = m.body(e.response, e.Kind, e.Encoding, e.Sent)
	}
	for i := range t {
		if i != textHeaders && i != textAgent {
			t[i] = clean(t[i], longest[i])
		}
	}
	return out
}

var lineEnd = []byte("\r\n")

// told is what the fields of a head tell: the first two cleaned.
type told struct{ headers, agent, kind, encoding string }

// A toldBefore is a block of fields that came before, which those of a client
// on one connection do again and again.
type toldBefore struct {
	block []byte
	keep  bool // headers were wanted
	told
}

// Of so many blocks what they tell is kept, each up to so many bytes: 64 KB.
const (
	mostBlocks   = 64
	longestBlock = 1 << 10
)

// toldBy takes the fields of a head apart, once for those that are the same.
func (m *mask) toldBy(block []byte, keep bool) told {
	if len(block) > longestBlock {
		return m.tellOf(string(block), keep)
	}
	before := &m.blocks[maphash.Bytes(m.seed, block)%mostBlocks]
	if before.block == nil || before.keep != keep || !bytes.Equal(before.block, block) {
		before.told, before.keep = m.tellOf(string(block), keep), keep
		before.block = append(before.block[:0], block...)
	}
	return before.told
}

func (m *mask) tellOf(block string, keep bool) (out told) {
	out.headers = m.headers(block, keep, func(name, value string) {
		switch name {
		case "user-agent":
			out.agent = value
		case "content-type":
			out.kind = value
		case "content-encoding":
			out.encoding = value
		}
	})
	out.headers, out.agent = clean(out.headers, longest[textHeaders]), clean(out.agent, longest[textAgent])
	return out
}

// clientOf writes an address out, once for those that come again.
func (m *mask) clientOf(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	text, ok := m.clients[a]
	if !ok {
		if len(m.clients) >= mostNames {
			clear(m.clients)
		}
		text = a.String()
		m.clients[a] = text
	}
	return text
}

// headers writes the fields of a head as JSON, the names in lower case, and
// shows each of them to see. One that comes twice stands twice. Of a block that
// was not read there is nothing to say.
func (m *mask) headers(block string, keep bool, see func(name, value string)) string {
	if block == "" {
		return ""
	}
	out := append(m.room[:0], '{')
	for block != "" {
		var line string
		line, block, _ = strings.Cut(block, "\r\n")
		given, value, ok := strings.Cut(line, ":")
		if !ok {
			continue // the empty line, or one that was cut
		}
		name := m.nameOf(given)
		value = strings.TrimSpace(value)
		see(name.lower, value)
		if !keep {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = appendJSON(out, name.lower)
		out = append(out, ':')
		out = appendJSON(out, m.field(name.class, value))
	}
	m.room = out
	if !keep {
		return ""
	}
	return string(append(out, '}'))
}

const hexDigits = "0123456789abcdef"

// appendJSON appends s as a JSON string.
func appendJSON(out []byte, s string) []byte {
	out = append(out, '"')
	from := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			out = append(append(out, s[from:i]...), '\\', c)
		case c < ' ':
			out = append(append(out, s[from:i]...), '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			continue
		}
		from = i + 1
	}
	return append(append(out, s[from:]...), '"')
}

// clean cuts a text between two characters, and replaces what is no text.
func clean(s string, most int) string {
	if len(s) > most {
		s = s[:most]
		for len(s) > 0 && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
		if r, n := utf8.DecodeLastRuneInString(s); r == utf8.RuneError && n == 1 {
			s = s[:len(s)-1]
		}
	}
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	}
	if utf8.ValidString(s) {
		return s // which is told in a fraction of the time
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
