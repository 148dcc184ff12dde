package mysql

import (
	"strings"
	"testing"
)

func TestTheSlowLogsOfferSaysWhatItsUndoLeaves(t *testing.T) {
	e := &Engine{}
	for _, row := range []struct {
		name   string
		byFile bool
		want   string
	}{
		{"a file stays, and where", true, "the file " + slowFile(map[string]string{"slow_query_log_file": "vm-slow.log", "datadir": "/var/lib/mysql/"})},
		{"rows stay", false, "the rows of mysql.slow_log"},
	} {
		got := e.slowLogOffer(nil, row.byFile, "/var/lib/mysql/vm-slow.log").Costs
		if !strings.Contains(got, "leaves what was written") || !strings.HasSuffix(got, row.want) {
			t.Errorf("%s: %q", row.name, got)
		}
	}
}
