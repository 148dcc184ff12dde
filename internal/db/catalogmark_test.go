package db

import "testing"

func TestACatalogIsAnotherOneFromOurChangeUntilItIsRead(t *testing.T) {
	var m CatalogMark
	version := func() string {
		v, err := m.SchemaVersion(t.Context())
		if err != nil {
			return "unknown"
		}
		return v
	}
	read := func(v string) { m.ReadCatalog()(v) }
	for _, step := range []struct {
		name string
		do   func()
		want string
	}{
		{"before the first look nothing is known", func() {}, "unknown"},
		{"a change before it does not matter", m.CatalogChanged, "unknown"},
		{"the first look", func() { read("a") }, "a"},
		{"a change of ours makes it another one", m.CatalogChanged, "a, changed 2"},
		{"and the next look knows it", func() { read("b") }, "b"},
		{"a look that began before a change does not", func() {
			done := m.ReadCatalog()
			m.CatalogChanged()
			done("b")
		}, "b, changed 3"},
		{"others' changes come with a look", func() { read("c") }, "c"},
	} {
		step.do()
		if got := version(); got != step.want {
			t.Errorf("%s: got %q, want %q", step.name, got, step.want)
		}
	}
}
