package advisor

import (
	"testing"

	"mltop/internal/db"
)

func TestRowsWrittenAreRowsAndNotCalls(t *testing.T) {
	insert := db.Write{Kind: db.KindInsert, Table: "logs"}
	update := db.Write{Kind: db.KindUpdate, Table: "logs", Columns: []string{"path"}}
	for _, c := range []struct {
		name    string
		write   db.Write
		a, each float64 // calls an hour, and rows by one of them
		counted map[string]float64
		want    float64 // rows an hour
	}{
		{"a bulk load of few calls writes many rows", insert, 7, 1e5, nil, 7e5},
		{"an update of many rows does, too", update, 60, 500, nil, 3e4},
		{"where rows are not counted a call writes one", insert, 3600, 0, nil, 3600},
		{"most calls of an upsert may change nothing", insert, 3600, 0.25, nil, 900},
		{"rows that were counted in the table itself go before", insert, 7, 1e5, map[string]float64{"logs": 50}, 50},
		{"an update of another column writes none", db.Write{Kind: db.KindUpdate, Table: "logs", Columns: []string{"seen"}}, 60, 500, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := &bound{Statement: Statement{CallsPerHour: c.a, RowsPerCall: c.each}, shapes: []*db.Shape{{Writes: []db.Write{c.write}}}}
			ix := db.Index{Table: "logs", Columns: []db.IndexColumn{{Name: "path"}}}
			if got := 3600 * rowsWritten([]*bound{b}, c.counted, ix); got < c.want*0.999 || got > c.want*1.001 {
				t.Errorf("got %v rows an hour, want %v", got, c.want)
			}
		})
	}
}
