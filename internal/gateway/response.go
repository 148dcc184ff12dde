package gateway

// A responseHead is an answer's head. All of it points into the buffer it was
// read into.
type responseHead struct {
	status int
	reason []byte
	minor  byte
	fields []field
	framing
	connection
	stream bool // text/event-stream: silence is part of it
}

func (h *responseHead) reset() {
	*h = responseHead{fields: h.fields[:0], framing: framing{length: noLength}, connection: connection{named: h.named[:0]}}
}

// parseResponse takes an answer's head apart as strictly as a request's: an
// answer that can be read in two ways would be one for another request too.
func parseResponse(h *responseHead, head []byte) error {
	h.reset()
	line, rest := cutLine(head)
	if err := h.parseLine(line); err != nil {
		return err
	}
	if err := parseFields(&h.fields, rest); err != nil {
		return err
	}
	for _, f := range h.fields {
		if err := h.note(f); err != nil {
			return err
		}
	}
	if h.chunked && (h.length != noLength || h.minor == 0) {
		return refuse(502, "the answer gives its length in two ways")
	}
	return nil
}

// parseLine reads VERSION SP STATUS SP REASON; the last space may be missing.
func (h *responseHead) parseLine(line []byte) error {
	if len(line) < 12 || string(line[:7]) != "HTTP/1." || line[8] != ' ' || len(line) > 12 && line[12] != ' ' {
		return refuse(502, "the answer does not begin as one of HTTP/1")
	}
	if h.minor = line[7] - '0'; h.minor > 1 {
		return refuse(502, "the answer is of another version of HTTP")
	}
	for _, c := range line[9:12] {
		if !digit(c) {
			return refuse(502, "the answer's status is no number")
		}
		h.status = h.status*10 + int(c-'0')
	}
	if h.status < 100 {
		return refuse(502, "the answer's status is below 100")
	}
	if len(line) > 13 {
		h.reason = line[13:]
	}
	for _, c := range h.reason {
		if c < ' ' && c != '\t' || c == 0x7f {
			return refuse(502, "the answer's first line holds a control character")
		}
	}
	return nil
}

func (h *responseHead) note(f field) error {
	switch len(f.name) {
	case 10:
		if sameFold(f.name, "connection") {
			return h.noteConnection(f.value)
		}
	case 7:
		if sameFold(f.name, "upgrade") {
			h.upgrade = f.value
		}
	case 12:
		if sameFold(f.name, "content-type") {
			h.stream = len(f.value) >= 17 && sameFold(f.value[:17], "text/event-stream")
		}
	case 14, 17:
		return h.noteFraming(f)
	}
	return nil
}

// A bodyKind says how the body of an answer ends.
type bodyKind int

const (
	bodyNone bodyKind = iota
	bodyLength
	bodyChunked
	bodyToEnd // of the connection
)

// body is the kind of an answer to a request with this method: RFC 9112, 6.3.
func (h *responseHead) body(method []byte) bodyKind {
	switch {
	case string(method) == "HEAD" || h.status < 200 || h.status == 204 || h.status == 304:
		return bodyNone
	case h.chunked:
		return bodyChunked
	case h.length == 0:
		return bodyNone
	case h.length > 0:
		return bodyLength
	}
	return bodyToEnd
}
