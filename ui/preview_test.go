package ui

import (
	"testing"

	"mltop/advisor"
)

// Before anybody says yes, the preview says what comes first, and how long it
// takes to have it all back, or that it cannot be had back.
func TestThePreviewSaysWhatTheUndoTakes(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*advisor.Preview)
		want   []string
	}{
		{"dropping is instant", func(*advisor.Preview) {}, []string{"undo", "DROP INDEX", "· instant"}},
		{"an index that has to be built again", func(p *advisor.Preview) { p.UndoSeconds = 3 }, []string{"· about 3 s"}},
		{"what cannot be undone", func(p *advisor.Preview) { p.Steps[0].Irreversible = "the rows are gone" }, []string{"■ IRREVERSIBLE: the rows are gone"}},
		{"what it builds on is built, too", func(p *advisor.Preview) {
			first := p.Recommendation
			first.ID, first.Title = "before", "Create index on orders(id)"
			p.First = []advisor.Part{{Recommendation: first}}
		}, []string{"#before Create index on orders(id), which this builds on", "about 1.8 s, 62 MB"}},
		{"a warning", func(p *advisor.Preview) {
			p.Recommendation.Warnings = []advisor.Warning{{Text: "INSERT pays for it"}}
		}, []string{"▲ warning", "INSERT pays for it"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, size := range [][2]int{{80, 24}, {120, 40}} {
				s := watched(t, size[0], size[1])
				p, err := s.f.Preview(t.Context(), adviceID)
				if err != nil {
					t.Fatal(err)
				}
				c.change(&p)
				s.send(previewMsg{id: adviceID, preview: p})
				s.want(c.want...)
			}
		})
	}
}
