package ui

import (
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db"
)

// rewriteAdvice is a rewrite of a long statement, with both plans.
func rewriteAdvice() advisor.Recommendation {
	plan := func(n db.Node) db.Estimate {
		return db.Estimate{Plan: &db.Plan{Root: &db.Node{Op: db.OpQuery, Children: []*db.Node{&n}}}}
	}
	return advisor.Recommendation{
		ID: "1", Kind: advisor.KindRewrite, Title: "Search at by a range", Reason: "no index serves", Statement: "after", Undo: "before",
		Rewrite: &advisor.Rewritten{
			Before: "SELECT id, total, customer_id, created_at, updated_at FROM orders WHERE date(at) = ? AND total > ?",
			After:  "SELECT id, total, customer_id, created_at, updated_at FROM orders WHERE at >= ? AND at < date(?, '+1 day') AND total > ?",
			Holds:  []string{"the value is a day", "times are text"}, Compared: "on the copy, the same rows: both texts",
		},
		Plans: []advisor.PlanPair{{Before: plan(db.Node{Op: db.OpScan, Table: "orders"}), After: plan(db.Node{Op: db.OpSearch, Table: "orders", Index: "orders_at"})}},
	}
}

func linesOf(text [][]span) []string {
	var out []string
	for _, line := range text {
		s := ""
		for _, p := range line {
			s += p.text
		}
		out = append(out, s)
	}
	return out
}

func TestARewritesCardShowsBothTextsAtTheTop(t *testing.T) {
	for _, width := range []int{60, 76, 116} {
		lines := linesOf((&State{}).cardText(rewriteAdvice(), width))
		first := strings.Join(lines[:min(len(lines), 18)], "\n")
		for _, want := range []string{"before        SELECT id", "after         SELECT id", "WHERE date(at) = ?", "AND at < date(?, '+1 day')"} {
			if !strings.Contains(first, want) {
				t.Errorf("at %d cells the first lines lack %q:\n%s", width, want, first)
			}
		}
		all := strings.Join(lines, "\n")
		for _, want := range []string{"must hold     the value is a day", "              times are text", "compared      on the copy", "plan before   ■ scan", "plan after    ▸ search"} {
			if !strings.Contains(all, want) {
				t.Errorf("at %d cells it lacks %q:\n%s", width, want, all)
			}
		}
		for _, l := range lines {
			if textWidth(l) > width {
				t.Errorf("%q is wider than %d", l, width)
			}
		}
	}
}

func TestARewriteIsCopiedToPaste(t *testing.T) {
	got := (&State{}).cardMarkdown(rewriteAdvice())
	for _, want := range []string{"```sql\n-- before\nSELECT", "\n\n-- after\nSELECT", "  AND at < date(?, '+1 day')\n", "- times are text\n", "Compared: on the copy"} {
		if !strings.Contains(got, want) {
			t.Errorf("the copy lacks %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "undo:") {
		t.Errorf("mltop cannot undo what it did not do:\n%s", got)
	}
}
