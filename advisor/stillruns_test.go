package advisor

import (
	"context"
	"strings"
	"testing"

	"mltop/internal/db"
)

// busyServer goes on with a change whose client is gone.
type busyServer struct {
	*fakeEngine
	session string
}

func (b busyServer) Runs(context.Context, db.Step) (string, error) { return b.session, nil }

// A change that the server still works on is not given up for lost: what it
// makes would belong to nobody.
func TestAChangeThatTheServerStillRunsIsNotJudged(t *testing.T) {
	for _, c := range []struct{ name, session, want string }{
		{"its session is there", "114", "session 114 of the server still runs it"},
		{"it has ended", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := &act{a: &Advisor{engine: busyServer{&fakeEngine{}, c.session}}}
			err := a.stillRuns(t.Context(), &Entry{Steps: []db.Step{{Do: []string{"ALTER TABLE t ADD INDEX i (a)"}}}})
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
