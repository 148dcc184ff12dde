package yamlfile

import "testing"

func TestWhatIsNoYAMLIsSaidWhereItStands(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a query between braces", "rate: 1\nrequests:\n  - {name: a, url: /items?page=2}\n", `f:3:26: a text with ? in it needs quotes between { and }: url: "/items?page=2"`},
		{"a query in a list", "a: 1\nb: [/x, /é?y]\n", `f:2:11: a text with ? in it needs quotes between { and }: url: "/items?page=2"`},
		{"a brace that is not closed", "a: 1\nb:\n  - {c: 1\n  - {d: 2}\n", "f:3:3: did not find expected ',' or '}'"},
		{"a query in quotes, and a brace that is not closed", "u: {v: \"/x?y\"}\nb:\n  {c: 1\nd: 2\n", "f:3:3: did not find expected ',' or '}'"},
		{"a key that is not indented as its neighbours", "a:\n  b: 1\n c: 2\n", "f:3:2: did not find expected key"},
		{"a list that ends as something else", "a:\n  - b\n  c: 2\n", "f:2:3: did not find expected '-' indicator"},
		{"a tab", "a:\n\tb: 1\n", "f:2:1: found character that cannot start any token"},
		{"the first line", "a: [", "f:1:1: did not find expected node content"},
		{"nothing", "", "f:1:1: there is nothing in it"},
	} {
		r := Reader{File: "f"}
		r.Document(c.text)
		if got := r.Err(); got == nil || got.Error() != c.want {
			t.Errorf("%s:\n got %v\nwant %s", c.name, got, c.want)
		}
	}
}
