package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// why asks for no statistics that the advisor has tried and found to be worse.
func TestTheVerdictKnowsWhatTheAdvisorTried(t *testing.T) {
	const asks = "the planner has no statistics"
	s := newShop(t)
	s.run("index", "CREATE INDEX items_sku ON items(sku)")
	if _, complaint, code := s.mltop("advise", "shop.db", "--queries", "hot.sql", "-d", "20s", "--interval", "100ms"); code != 0 {
		t.Fatalf("advise: exit %d: %s", code, complaint)
	}
	verbs := [][]string{{"why", "shop.db", "--interval", "100ms"}, {"snapshot", "shop.db", "-o", "json", "--interval", "100ms"}}
	for _, args := range verbs {
		if said, complaint, code := s.mltop(args...); code != 0 || !strings.Contains(said, asks) {
			t.Errorf("%s, with statistics tried and no worse: exit %d, %q, %s; want it to say %q", args[0], code, said, complaint, asks)
		}
	}
	s.foundSlower("Gather statistics of items")
	for _, args := range verbs {
		if said, complaint, code := s.mltop(args...); code != 0 || strings.Contains(said, asks) {
			t.Errorf("%s, with statistics tried and worse: exit %d, %q, %s; want nothing of statistics", args[0], code, said, complaint)
		}
	}
	s.run("another catalog", "CREATE INDEX items_note ON items(note)")
	if said, _, _ := s.mltop("why", "shop.db", "--interval", "100ms"); !strings.Contains(said, asks) {
		t.Errorf("why, tried on the catalog of before: %q; want %q", said, asks)
	}
}

// foundSlower writes into what the last run said that it tried statistics and
// found them to be worse.
func (s shop) foundSlower(what string) {
	s.t.Helper()
	path, data := s.kept()
	var kept map[string]any
	if err := json.Unmarshal(data, &kept); err != nil {
		s.t.Fatal(err)
	}
	kept["slower"] = []map[string]any{{"what": what, "queries": []string{"two"}, "reason": "measured", "slower": "analyze"}}
	data, err := json.Marshal(kept)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		s.t.Fatal(err)
	}
}
