package export

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode"
)

func TestJSONKeepsItsValueAndHoldsNothingThatATerminalObeys(t *testing.T) {
	for name, text := range map[string]string{
		"plain":            "GET /pet/{id} \u00fc\u65e5\U0001F600 <a> & \"q\"",
		"escape sequences": "\x1b]0;x\a\x1b[2J\x7f",
		"C1 controls":      "a\u009b31mb\u0085",
		"bidi marks":       "a\u202eb\u2066c\u200f\u061c",
		"hidden":           "a\u200b\ufeff\u2028\U000E0041",
	} {
		var b bytes.Buffer
		if err := JSON(&b, map[string]string{text: text}, true); err != nil {
			t.Fatal(err)
		}
		for _, r := range b.String() {
			if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)) {
				t.Errorf("%s: %U is in %q", name, r, b.String())
			}
		}
		back := map[string]string{}
		if err := json.Unmarshal(b.Bytes(), &back); err != nil || back[text] != text {
			t.Errorf("%s: got %q, %v; want %q", name, back, err, text)
		}
	}
}
