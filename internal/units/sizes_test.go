package units

import "testing"

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{"500MB": 5e8, "1.5GiB": 3 << 29, "4096": 4096, "2 kB": 2000, "1t": 1e12} {
		if got, err := ParseBytes(text); err != nil || got != want {
			t.Errorf("%s: got %d, %v want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "MB", "-5MB", "5XB", "9e99", "1.2.3", "99999999TB"} {
		if got, err := ParseBytes(text); err == nil {
			t.Errorf("%q: got %d, want an error", text, got)
		}
	}
}
