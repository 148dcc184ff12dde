package ui

import (
	"testing"

	"mltop/internal/db"
)

func TestStatisticsThatAreThereWereGathered(t *testing.T) {
	with := func(stat []float64) *db.Schema {
		return &db.Schema{Tables: []*db.Table{{Name: "t", Indexes: []*db.Index{{Name: "i", Stat: stat}}}}}
	}
	for _, c := range []struct {
		name   string
		schema *db.Schema
		file   bool
		want   string
	}{
		{"an index has numbers", with([]float64{4}), true, "gathered; when is not recorded"},
		{"no index has any", with(nil), false, "never gathered, or not known when"},
		{"no index of a file has any", with(nil), true, "none: ANALYZE was never run"},
		{"the catalog was not read yet", nil, true, "not known"},
	} {
		if got := undatedStatistics(c.schema, c.file); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
