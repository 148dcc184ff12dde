package main

import (
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db"
)

func TestAScriptsCommentsAreSafeAndItsStatementsExact(t *testing.T) {
	const hostile = "a\x1b]0;owned\ab\u202ec\rDROP TABLE t"
	create := "CREATE INDEX i ON \"" + hostile + "\"(a);"
	advice := advisor.Advice{Recommendations: []advisor.Recommendation{
		{ID: "1", Kind: advisor.KindCreateIndex, Title: hostile, Reason: "551a1bd95a52ae1b reads a line of\n" + hostile, Statement: create, Change: db.Change{{Do: []string{create}}}},
		{ID: "2", Kind: advisor.KindSetting, Title: "Paste", Scope: hostile, Statement: "SELECT\n\t'" + hostile + "'"},
	}}
	script := advisor.SQL(cleanComments(advice, strings.NewReplacer("551a1bd95a52ae1b", "“SELECT a FROM t”")))
	if !strings.Contains(script, create) {
		t.Errorf("the script lost the statement %q:\n%q", create, script)
	}
	comments := strings.Replace(script, create, "", 1)
	if strings.ContainsAny(comments, "\x1b\a\r\u202e") {
		t.Errorf("marks that steer a terminal are left in the comments %q", comments)
	}
	if !strings.Contains(comments, "-- “SELECT a FROM t” reads a line of") {
		t.Errorf("the comments %q name a statement by its fingerprint", comments)
	}
	for _, line := range strings.Split(comments, "\n") {
		if line != "" && !strings.HasPrefix(line, "-- ") {
			t.Errorf("the line %q is no comment", line)
		}
	}
	if !strings.Contains(comments, "-- SELECT\n--     'a") {
		t.Errorf("the lines of what is to be pasted are lost in %q", comments)
	}
	if advice.Recommendations[0].Title != hostile {
		t.Error("the advice itself was changed")
	}
}
