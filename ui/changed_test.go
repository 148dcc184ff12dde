package ui

import (
	"strings"
	"testing"
	"time"

	"mltop/collectors"
)

func TestWhatChangedIsReadInTheDatabaseView(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		s, f := openServer(t, Target{}, size[0], size[1])
		sample := f.sample()
		before := f.now.Add(-time.Hour)
		sample.Sections = append(sample.Sections, &collectors.Events{At: f.now, List: []collectors.Event{
			{At: f.now, Kind: "schema", What: "index dropped: i on t(a)", After: before},
			{At: f.now, Kind: "setting", What: "work_mem", From: "4MB", To: "7MB", After: before},
			{At: f.now, Kind: "schema", What: "table changed: t", To: "note text"},
		}})
		s.send(sampleMsg{sample: sample})
		s.press("5")
		want := []string{"tables, settings, ", "◆3"}
		if size[0] > 80 {
			want = append(want, "◆ 3 changes (tab: ◆)")
		}
		shows(t, s, want...)
		s.press("shift+tab")
		since := "since " + before.In(s.m.s.opts.Zone).Format("15:04:05")
		shows(t, s, "from → to", since, "index dropped: i on t(a)", "work_mem", "4MB → 7MB", "table changed: t", "+ note text")
	}
}

func shows(t *testing.T, s *session, want ...string) {
	t.Helper()
	text := s.text()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("no %q on the screen:\n%s", w, text)
		}
	}
}

func TestAttachMarksAreOneThatFits(t *testing.T) {
	list := []collectors.Event{{At: noon, What: "a", After: noon.Add(-time.Hour)}, {At: noon, What: "b", After: noon.Add(-time.Hour)}, {At: noon, What: "seen live"}}
	got := attachMarks(list)
	if len(got) != 1 || got[0].Text != "2 changes since the last attach: key 5" || len(got[0].Text) > longestMark {
		t.Errorf("got %+v", got)
	}
	if got := attachMarks(list[2:]); got != nil {
		t.Errorf("nothing since an attach: got %+v", got)
	}
}
