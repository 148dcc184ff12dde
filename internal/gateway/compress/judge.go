package compress

import (
	"bytes"
	"iter"
	"strings"
)

// A Rule says what is compressed.
type Rule struct {
	On      bool
	Codings []Coding // the first of those that a client likes as much
	Types   []string // of content; one that ends in / or begins with + is that part of it
	Least   int64    // bytes; what is shorter gains nothing
}

// Defaults are what nobody has to say. A body of one packet does not arrive
// sooner for being shorter.
func Defaults() Rule {
	return Rule{
		Codings: []Coding{Zstd, Gzip}, Least: 1_000,
		Types: []string{
			"text/", "+json", "+xml", "+text", "application/json", "application/x-ndjson", "application/javascript", "application/xml",
			"application/graphql", "application/wasm", "application/vnd.ms-fontobject", "font/ttf", "font/otf", "image/bmp", "image/x-icon",
		},
	}
}

// A Request is what is to know of one.
type Request struct {
	can    bool   // its answer may be compressed at all
	coding Coding // that it likes best
	plain  bool   // it takes none as well
}

// Ask reads a request: its method, its version of HTTP/1, and the fields
// Accept-Encoding and Cache-Control. Nothing of them is kept.
func (r *Rule) Ask(method string, minor byte, accepts, control [][]byte) Request {
	q := Request{can: method != "HEAD" && minor == 1 && !hasWord(control, "no-transform")}
	q.coding, q.plain = choose(accepts, r.Codings)
	return q
}

// Fields are those of an answer, by name and value.
type Fields = iter.Seq2[[]byte, []byte]

// A Verdict is what becomes of an answer.
type Verdict struct {
	Coding Coding
	// Vary: the answer depends on Accept-Encoding, and does not say so yet.
	Vary bool
}

// Judge decides about an answer. length is -1 where it is not known.
func (r *Rule) Judge(q *Request, status int, length int64, fields Fields) Verdict {
	if !r.On {
		return Verdict{}
	}
	a := read(fields)
	if !r.fits(a.kind) || a.fixed || a.coded || status < 200 || status == 204 || status == 206 || status == 304 {
		return Verdict{}
	}
	v := Verdict{Vary: !a.varies}
	short := length >= 0 && length < r.Least && (q.plain || length == 0)
	if q.can && !short {
		v.Coding = q.coding
	}
	return v
}

// An answer is what matters of one's fields.
type answer struct {
	kind   string // of content, without parameters
	coded  bool   // it is compressed already
	fixed  bool   // nobody may change it, or it tells a sum of its bytes
	varies bool   // on Accept-Encoding
}

func read(fields Fields) answer {
	var a answer
	for name, value := range fields {
		switch strings.ToLower(string(name)) {
		case "content-type":
			kind, _, _ := bytes.Cut(value, []byte(";"))
			a.kind = strings.ToLower(string(bytes.TrimSpace(kind)))
		case "content-encoding":
			a.coded = a.coded || !strings.EqualFold(string(value), "identity")
		case "cache-control":
			a.fixed = a.fixed || hasWord([][]byte{value}, "no-transform")
		case "content-range", "content-md5", "digest", "content-digest", "repr-digest", "signature":
			a.fixed = true
		case "vary":
			a.varies = a.varies || hasWord([][]byte{value}, "accept-encoding") || hasWord([][]byte{value}, "*")
		}
	}
	return a
}

// fits: an event stream is none of these, each event has to go out at once.
func (r *Rule) fits(kind string) bool {
	if kind == "" || kind == "text/event-stream" {
		return false
	}
	for _, t := range r.Types {
		switch {
		case kind == t, strings.HasSuffix(t, "/") && strings.HasPrefix(kind, t), strings.HasPrefix(t, "+") && strings.HasSuffix(kind, t):
			return true
		}
	}
	return false
}

// hasWord finds a word in lists with commas.
func hasWord(lines [][]byte, word string) bool {
	for _, line := range lines {
		for part := range bytes.SplitSeq(line, []byte(",")) {
			if strings.EqualFold(string(bytes.TrimSpace(part)), word) {
				return true
			}
		}
	}
	return false
}
