package term

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestSafe(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain text stays", "GET /a b?c=~", "GET /a b?c=~"},
		{"escapes lose their ESC", "a\x1b[31mred\x1b]0;x\x07", "a·[31mred·]0;x·"},
		{"C1 controls steer a terminal too", "a\u009b31mb\u0085c", "a·31mb·c"},
		{"line breaks become spaces", "a\r\n\tb", "a   b"},
		{"line separators vanish", "a\u2028b\u2029c", "abc"},
		{"NUL and DEL show", "a\x00b\x7f", "a·b·"},
		{"all bidirectional marks vanish", "a\u202e\u202d\u2066\u2069\u200e\u200f\u061cb", "ab"},
		{"zero width characters vanish", "a\u200b\u200c\u200d\ufeff\u2060\u00adb", "ab"},
		{"invalid UTF-8 shows", "a\xff\xc3b", "a\ufffd\ufffdb"},
		{"a few combining marks stay", "e\u0301x", "e\u0301x"},
		{"a flood of them does not", "e" + strings.Repeat("\u0301", 500) + "x", "e\u0301\u0301\u0301x"},
		{"a mark with nothing before it goes", "\u0301a", "a"},
		{"emoji keep to their two cells", "❤\ufe0f 👍🏽", "❤ 👍"},
		{"flags become letters", "🇩🇪", "DE"},
		{"odd spaces become plain ones", "a\u00a0b\u2003c", "a b c"},
		{"wide letters stay", "日本", "日本"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Safe(c.in); got != c.want {
				t.Errorf("Safe(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		name  string
		in    string
		width int
		want  string
	}{
		{"what fits stays", "abc", 3, "abc"},
		{"what does not ends in …", "abcd", 3, "ab…"},
		{"one cell", "abcd", 1, "…"},
		{"no cell", "abcd", 0, ""},
		{"less than none", "abcd", -1, ""},
		{"a wide letter is not halved", "日本語", 4, "日…"},
		{"nor where the … just fits", "日本語", 5, "日本…"},
		{"a wide letter in one cell", "日", 1, "…"},
		{"marks stay on their letter", "ae\u0301x", 2, "a…"},
		{"a mark on the last cell", "ae\u0301", 2, "ae\u0301"},
		{"a megabyte", strings.Repeat("é", 1<<20), 3, "éé…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Cut(c.in, c.width); got != c.want {
				t.Errorf("Cut(%.20q, %d) = %q, want %q", c.in, c.width, got, c.want)
			}
		})
	}
}

func TestPadding(t *testing.T) {
	if got := Left("日", 4) + "|" + Right("日本", 3) + "|" + Right("a", 3); got != "日  |日…|  a" {
		t.Errorf("got %q", got)
	}
}

// Whatever comes in, nothing that steers comes out, and it is as wide as
// asked for.
func FuzzTerm(f *testing.F) {
	for _, s := range []string{"plain", "\x1b[0m\u202eé日👍🏽🇩🇪", "e\u0301\u0301\u0301\u0301", "\xff\x80", "क्षि", "각\u1160", "\u0378\U000e0001"} {
		f.Add(s, 5)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		width %= 300
		safe := Safe(s)
		for what, out := range map[string]string{"Safe": safe, "Cut": Cut(s, width), "Left": Left(s, width), "Right": Right(s, width)} {
			check(t, what, out)
		}
		if again := Safe(safe); again != safe {
			t.Errorf("Safe twice: got %q, want %q", again, safe)
		}
		if w := Width(Cut(s, width)); w > max(0, width) {
			t.Errorf("Cut(%q, %d) takes %d cells", s, width, w)
		}
		if l, r := Width(Left(s, width)), Width(Right(s, width)); l != max(0, width) || r != max(0, width) {
			t.Errorf("Left and Right of (%q, %d) take %d and %d cells", s, width, l, r)
		}
		if Width(safe) <= width && Cut(s, width) != safe {
			t.Errorf("Cut(%q, %d) left out something that fits", s, width)
		}
	})
}

func check(t *testing.T, what, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Errorf("%s: invalid UTF-8 %q", what, out)
	}
	zero := 0
	for _, r := range out {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			t.Errorf("%s: %U in %q", what, r, out)
		}
		if zero++; widths.RuneWidth(r) > 0 {
			zero = 0
		}
		if zero > marksPerCell {
			t.Errorf("%s: a cell of %q carries more than %d marks", what, out, marksPerCell)
		}
	}
}
