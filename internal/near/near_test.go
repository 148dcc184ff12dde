package near

import "testing"

func TestTheWordThatWasMeant(t *testing.T) {
	known := []string{"upstreams", "status", "to", "tls", "drain", "undrain"}
	for _, row := range []struct{ name, word, want string }{
		{"a letter is missing", "upstream", "upstreams"},
		{"two letters are swapped", "stauts", "status"},
		{"one is another", "stetus", "status"},
		{"two letters too many", "statuses", "status"},
		{"the nearer one of two", "ddrain", "drain"},
		{"another word", "webhooks", ""},
		{"three slips", "upstraemxy", ""},
		{"short words are not guessed from half of their letters", "log", ""},
		{"a word of two letters is near to none", "tp", ""},
		{"nothing", "", ""},
	} {
		if got := To(row.word, known); got != row.want {
			t.Errorf("%s: %q is taken for %q, want %q", row.name, row.word, got, row.want)
		}
	}
}
