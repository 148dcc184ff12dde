package sqltext

import (
	"strings"
	"testing"
)

var seeds = []string{
	"SELECT a, \"b\" FROM \"t\" WHERE c = 'x' AND d IN (1, -2) ORDER BY e LIMIT 5",
	"INSERT INTO t (a) VALUES (1, NULL), (2, 'x') ON CONFLICT DO UPDATE SET a = VALUES(a)",
	`a = 'it\'s' AND b = "x"`, `a = 'C:\' AND b = 'y'`, "SELECT $1, $$a$$, :b::text, @c, arr[1:2], [x y] FROM `t` # c",
	"- -5 --5\n/* a */ x'ff' E'\\'' 1.5e-3 0xff ...", "((VALUES (1),(2", "IN (1, (2), ", "[ a ] [a] x[a] '[b]",
}

// Masking is settled after one pass and leaves no literal; it, the normal form
// and formatting keep the fingerprint.
func FuzzSettled(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		masked, normal := Mask(sql), Normalize(sql)
		if again := Mask(masked); again != masked {
			t.Errorf("Mask twice: got %q, want %q", again, masked)
		}
		if again := Normalize(normal); again != normal {
			t.Errorf("Normalize twice: got %q, want %q", again, normal)
		}
		for _, tok := range lex(masked) {
			if tok.kind == literal || tok.kind == number {
				t.Errorf("a literal %q is left in %q", tok.text, masked)
			}
		}
		want := Fingerprint(sql)
		for what, text := range map[string]string{"masked": masked, "normal": normal, "formatted": strings.Join(Format(sql, 40), "\n")} {
			if Fingerprint(text) != want {
				t.Errorf("%s text %q has another fingerprint: normal form %q, want %q", what, text, Normalize(text), normal)
			}
		}
	})
}

// A value that an application writes, quoted in the way of any dialect, is
// nowhere in the masked text, wherever the text is cut short.
func FuzzMaskHides(f *testing.F) {
	f.Add("it's", "a\\", uint8(0), uint16(99))
	f.Add("x\"y`z", "'; --", uint8(1), uint16(40))
	f.Add("/* */ $$", "[a]", uint8(2), uint16(0))
	f.Fuzz(func(t *testing.T, before, after string, dialect uint8, cut uint16) {
		const secret = "Zq7Secret"
		d := []string{"sqlite", "mysql", "postgres"}[dialect%3]
		s := QuoteString(before+secret+after, d)
		sql := "SELECT t.a FROM t WHERE b = " + s + " AND c LIKE " + s + " LIMIT 5"
		if len(sql) > int(cut) && int(cut) > 30 {
			sql = sql[:cut]
		}
		if got := Mask(sql); strings.Contains(got, secret) {
			t.Errorf("Mask(%s) = %s", sql, got)
		}
	})
}

// The statements of a script, put together again, are split in the same way.
func FuzzSplit(f *testing.F) {
	f.Add("a; b 'x;y'; -- c\nd")
	f.Add("CREATE TRIGGER t BEGIN a; CASE x END; END; b")
	f.Fuzz(func(t *testing.T, script string) {
		last := 0
		for _, s := range Split(script) {
			if !strings.Contains(script, s.SQL) || s.Line < last || s.SQL == "" {
				t.Errorf("statement %q at line %d (before: %d) is not of the script %q", s.SQL, s.Line, last, script)
			}
			last = s.Line
		}
	})
}
