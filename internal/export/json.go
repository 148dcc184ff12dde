package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
)

// JSON writes a document, on lines or, for a stream of documents, on one.
func JSON(w io.Writer, doc any, oneLine bool) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if !oneLine {
		e.SetIndent("", "  ")
	}
	if err := e.Encode(doc); err != nil {
		return fmt.Errorf("write json: %w", err)
	}
	_, err := w.Write(escapeMarks(b.Bytes()))
	return err
}

// escapeMarks writes what a terminal would obey or hide as \u escapes: the
// encoder does so only below U+0020. The value of the document stays the same,
// because such characters stand nowhere but in strings.
func escapeMarks(doc []byte) []byte {
	out := make([]byte, 0, len(doc))
	for _, r := range string(doc) {
		if r < 0x7f || r > 0x9f && !unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			out = append(out, string(r)...)
			continue
		}
		if high, low := utf16.EncodeRune(r); high != unicode.ReplacementChar {
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
			continue
		}
		out = fmt.Appendf(out, `\u%04x`, r)
	}
	return out
}
