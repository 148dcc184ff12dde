package gateway

import (
	"bytes"
	"fmt"
)

// A refusal is an answer of the gateway's own, and why.
type refusal struct {
	status int
	why    string
}

func (r *refusal) Error() string { return r.why }

func refuse(status int, format string, args ...any) error {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

// A field is one line of a head. Both point into the buffer it was read into.
type field struct{ name, value []byte }

// A framing says where a body ends.
type framing struct {
	chunked bool
	length  int64 // noLength: none was given
}

const noLength = -1

// A requestHead is a request as it may be passed on. All of it points into
// the buffer it was read into.
type requestHead struct {
	method, target []byte
	path           []byte // of target, without the query
	minor          byte   // of the version: HTTP/1.minor
	host           []byte
	fields         []field
	framing
	connection
	expect bool // 100-continue
}

// hasBody reports whether a body follows.
func (h *requestHead) hasBody() bool { return h.chunked || h.length > 0 }

func (h *requestHead) reset() {
	*h = requestHead{fields: h.fields[:0], framing: framing{length: noLength}, connection: connection{named: h.named[:0]}}
}

// maxFields bounds what one head may make others work; Apache's default.
const maxFields = 100

// parseRequest takes a request's head apart, or says why it is refused. It
// asks of the head what RFC 9112 asks of a sender, not what it lets a
// recipient tolerate.
func parseRequest(h *requestHead, head []byte) error {
	h.reset()
	line, rest := cutLine(head)
	if err := h.parseLine(line); err != nil {
		return err
	}
	if err := parseFields(&h.fields, rest); err != nil {
		return err
	}
	hosts := 0
	for _, f := range h.fields {
		if err := h.note(f, &hosts); err != nil {
			return err
		}
	}
	h.expect = h.expect && h.minor == 1 // nobody may tell HTTP/1.0 to go on
	return h.check(hosts)
}

// parseLine reads METHOD SP TARGET SP VERSION.
func (h *requestHead) parseLine(line []byte) error {
	method, rest, ok := bytes.Cut(line, []byte{' '})
	target, version, ok2 := bytes.Cut(rest, []byte{' '})
	if !ok || !ok2 {
		return refuse(400, "the first line is not a method, a target and a version")
	}
	switch string(version) {
	case "HTTP/1.1":
		h.minor = 1
	case "HTTP/1.0":
	default:
		if isVersion(version) {
			return refuse(505, "this version of HTTP is not spoken here")
		}
		return refuse(400, "the first line does not end in a version of HTTP")
	}
	if !isMethod(method) {
		return refuse(400, "the method is no token")
	}
	h.method, h.target = method, target
	h.path, _, _ = bytes.Cut(target, []byte{'?'})
	return checkTarget(method, target, h.path)
}

// maxMethod: the longest registered is UPDATEREDIRECTREF.
const maxMethod = 24

func isMethod(m []byte) bool { return len(m) > 0 && len(m) <= maxMethod && allTokens(m) }

func isVersion(v []byte) bool {
	return len(v) == 8 && bytes.HasPrefix(v, []byte("HTTP/")) && digit(v[5]) && v[6] == '.' && digit(v[7])
}

// note takes in what one field says of the message itself.
func (h *requestHead) note(f field, hosts *int) error {
	switch len(f.name) {
	case 4:
		if sameFold(f.name, "host") {
			*hosts++
			h.host = f.value
		}
	case 6:
		if sameFold(f.name, "expect") {
			if !sameFold(f.value, "100-continue") {
				return refuse(417, "only 100-continue can be expected")
			}
			h.expect = true
		}
	case 10:
		if sameFold(f.name, "connection") {
			return h.noteConnection(f.value)
		}
	case 7:
		if sameFold(f.name, "upgrade") {
			h.upgrade = f.value
		}
	case 14, 17:
		return h.noteFraming(f)
	}
	return nil
}

// noteFraming takes in Content-Length and Transfer-Encoding. Each is allowed
// once: of two that say the same, another parser might see one.
func (h *framing) noteFraming(f field) error {
	switch {
	case sameFold(f.name, "content-length"):
		n, ok := parseLength(f.value)
		if !ok {
			return refuse(400, "Content-Length is no number")
		}
		if h.length != noLength {
			return refuse(400, "Content-Length is given twice")
		}
		h.length = n
	case sameFold(f.name, "transfer-encoding"):
		if h.chunked || !sameFold(f.value, "chunked") {
			return refuse(400, "Transfer-Encoding is not chunked, once")
		}
		h.chunked = true
	}
	return nil
}

// check is what only the whole head tells.
func (h *requestHead) check(hosts int) error {
	switch {
	case h.chunked && h.length != noLength:
		return refuse(400, "both Content-Length and Transfer-Encoding are given")
	case h.chunked && h.minor == 0:
		return refuse(400, "HTTP/1.0 knows no Transfer-Encoding")
	case hosts > 1:
		return refuse(400, "Host is given twice")
	case hosts == 0 && h.minor == 1:
		return refuse(400, "Host is missing")
	case hosts == 1 && !isHost(h.host):
		return refuse(400, "Host is no name of a host")
	}
	return nil
}

// maxLength has 18 digits: more would not fit in 63 bits.
const maxLength = 18

func parseLength(v []byte) (int64, bool) {
	if len(v) == 0 || len(v) > maxLength {
		return 0, false
	}
	var n int64
	for _, c := range v {
		if !digit(c) {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// cutLine cuts off the first line; head's lines all end in CR LF.
func cutLine(head []byte) (line, rest []byte) {
	i := bytes.IndexByte(head, '\n')
	if i < 1 {
		return head, nil
	}
	return head[:i-1], head[i+1:]
}

// parseFields takes apart the lines up to the empty one.
func parseFields(to *[]field, lines []byte) error {
	fs := (*to)[:0]
	for {
		var line []byte
		line, lines = cutLine(lines)
		if len(line) == 0 {
			*to = fs
			return nil
		}
		if len(fs) == maxFields {
			return refuse(431, "there are more than %d fields", maxFields)
		}
		f, err := parseField(line)
		if err != nil {
			return err
		}
		fs = append(fs, f)
	}
}

func parseField(line []byte) (field, error) {
	if line[0] == ' ' || line[0] == '\t' {
		return field{}, refuse(400, "a field goes on in the next line")
	}
	colon := bytes.IndexByte(line, ':')
	if colon < 1 || !allTokens(line[:colon]) {
		return field{}, refuse(400, "a field's name is no token, or no colon follows it")
	}
	value := trim(line[colon+1:])
	for _, c := range value {
		if c < ' ' && c != '\t' || c == 0x7f {
			return field{}, refuse(400, "a field's value holds a control character")
		}
	}
	return field{line[:colon], value}, nil
}

func trim(v []byte) []byte {
	for len(v) > 0 && (v[0] == ' ' || v[0] == '\t') {
		v = v[1:]
	}
	for len(v) > 0 && (v[len(v)-1] == ' ' || v[len(v)-1] == '\t') {
		v = v[:len(v)-1]
	}
	return v
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// tokens are the characters of a token: RFC 9110, 5.6.2.
var tokens = tableOf("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")

func tableOf(chars string) (t [256]bool) {
	for i := range len(chars) {
		t[chars[i]] = true
	}
	return t
}

func allTokens(s []byte) bool {
	for _, c := range s {
		if !tokens[c] {
			return false
		}
	}
	return true
}

// sameFold compares without case; lower is in lower case, and ASCII.
func sameFold(s []byte, lower string) bool {
	if len(s) != len(lower) {
		return false
	}
	for i, c := range s {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
