package advisor

import (
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
)

func TestAScriptForLater(t *testing.T) {
	at := time.Date(2026, 3, 1, 10, 42, 0, 0, time.UTC)
	p := Preview{
		Recommendation: Recommendation{Title: "Create index on orders(a)\n; DROP TABLE x", Reason: "it scans", Scope: "everybody", Warnings: []Warning{{Text: "a write takes\nlonger"}}},
		Steps: []db.Step{
			{Do: []string{"CREATE INDEX CONCURRENTLY i ON orders (a)"}, Undo: []string{"DROP INDEX CONCURRENTLY i"}, Sweep: []string{"DROP INDEX IF EXISTS i"},
				Mode: db.OutsideTransaction, Blocks: db.Blocks{Who: "nobody"}},
			{Do: []string{"ANALYZE orders", "ANALYZE items"}, Mode: db.InTransaction, Irreversible: "statistics\nare made anew"},
		},
	}
	want := `-- Create index on orders(a) ; DROP TABLE x
-- postponed on 2026-03-01 10:42 UTC, for shop prod: nothing was changed
-- why: it scans
-- reaches: everybody
-- warning: a write takes longer
-- mltop itself would look first whether all is still as it was then, try again
-- where it does not get a lock, sweep up what a failure leaves, and keep a
-- journal; this script does none of that

-- blocks nobody
-- outside a transaction:
CREATE INDEX CONCURRENTLY i ON orders (a);
-- if it fails half way, this removes what is left:
-- DROP INDEX IF EXISTS i;
-- undo:
-- DROP INDEX CONCURRENTLY i;

BEGIN;
ANALYZE orders;
ANALYZE items;
COMMIT;
-- no undo: statistics are made anew
`
	if got := p.Script("shop\nprod", at); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for _, line := range strings.Split(p.Script("shop", at), "\n") {
		if strings.HasPrefix(line, ";") || strings.HasPrefix(line, "DROP") {
			t.Errorf("a comment became a statement: %q", line)
		}
	}
}
