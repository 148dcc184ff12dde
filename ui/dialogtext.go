package ui

import (
	"fmt"
	"slices"
	"strings"

	"mltop/advisor"
	"mltop/internal/db"
)

// exactLines is more than any change has: what will run is shown whole.
const exactLines = 200

// text is everything that must be seen before a change.
func (d *dialog) text(s *State, width int) [][]span {
	p, r := d.preview, d.preview.Recommendation
	if p.Gone != "" {
		return append(goneLines(p, width), nil)
	}
	out := [][]span{}
	for _, first := range p.First {
		out = append(out, labelled("first", "#"+first.Recommendation.ID+" "+first.Recommendation.Title+", which this builds on", width)...)
	}
	for _, st := range p.Steps {
		for _, sql := range st.Do {
			for _, l := range wrapText(sql, width, exactLines) {
				out = append(out, []span{{inkStrong, l}})
			}
		}
		if makes := advisor.Makes(st); makes != "" && builds(p.Steps) > 1 {
			out = append(out, []span{{inkDim, cell12("") + makes}})
		}
	}
	out = append(out, nil)
	if d.entry == "" && d.act == nil {
		out = append(out, labelled("build", advisor.BuildText(p.Build(), p.Steps), width)...)
	}
	out = append(out, labelled("blocks", blocksText(p.Steps, p.Holders), width)...)
	out = append(out, labelled("replicas", strings.Join(p.Replicas, "; "), width)...)
	out = append(out, d.undoLines(width)...)
	out = append(out, labelled("tried", p.Tried, width)...)
	out = append(out, labelled("reaches", r.Scope, width)...)
	out = append(out, labelled("takes effect", r.Takes, width)...)
	for _, w := range r.Warnings {
		out = append(out, labelled("▲ warning", s.inWords(w.Text), width)...)
	}
	out = append(out, s.planLinesOf(r, width)...)
	return append(out, nil)
}

func (d *dialog) undoLines(width int) [][]span {
	if d.entry != "" {
		return nil
	}
	var out [][]span
	for _, st := range d.preview.Steps {
		if st.Irreversible != "" {
			out = append(out, []span{{inkDim, cell12("undo")}, {inkCrit, "■ IRREVERSIBLE: " + st.Irreversible}})
			continue
		}
		if len(st.Undo) == 0 { // another one takes it along
			continue
		}
		took := "instant"
		if d.preview.UndoSeconds >= 0.1 {
			took = "about " + advisor.About(d.preview.UndoSeconds)
		}
		out = append(out, labelled("undo", strings.Join(st.Undo, " ")+" · "+took, width)...)
	}
	return out
}

// builds is how many of a change's steps build something.
func builds(steps []db.Step) (n int) {
	for _, st := range steps {
		if advisor.Makes(st) != "" {
			n++
		}
	}
	return n
}

// blocksText says who waits, how long, how that is known, and who has the
// file open.
func blocksText(steps []db.Step, holders []db.Holder) string {
	var parts []string
	for _, st := range steps {
		text := advisor.Waits(st.Blocks)
		if text != "" && !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	if len(holders) > 0 {
		names := make([]string, len(holders))
		for i, h := range holders {
			names[i] = fmt.Sprintf("%s (pid %d)", h.Name, h.PID)
		}
		parts = append(parts, "the file is open in "+strings.Join(names, ", "))
	}
	return strings.Join(parts, "; ")
}

// planLinesOf are the plans before and after, in words.
func (s *State) planLinesOf(r advisor.Recommendation, width int) [][]span {
	var out [][]span
	for i, p := range r.Plans {
		if i == 3 {
			out = append(out, []span{{inkDim, fmt.Sprintf("%s… and %d more statements", cell12(""), len(r.Plans)-i)}})
			break
		}
		before, after := planWords(p.Before.Plan), planWords(p.After.Plan)
		out = append(out, labelled("plan", s.inWords(p.Query)+"  "+pairFactor(p), width)...)
		out = append(out, labelled("  before", before, width)...)
		out = append(out, labelled("  after", after, width)...)
	}
	return out
}

// planWords is a plan in a few words, tables first: scan order_items, sort. How
// rows are handed on between them says little.
func planWords(p *db.Plan) string {
	const most = 3
	var tables, rest []string
	p.Walk(func(n *db.Node, _ int) {
		switch n.Op {
		case db.OpQuery, db.OpOther, db.OpJoin:
			return
		}
		if n.Table != "" {
			tables = append(tables, string(n.Op)+" "+n.Table)
		} else {
			rest = append(rest, string(n.Op))
		}
	})
	words := append(tables, rest...)
	return strings.Join(words[:min(most, len(words))], ", ")
}

func drawBorder(a area, title string, ascii bool) {
	h, v, c := '─', '│', []rune("┌┐└┘")
	if ascii {
		h, v, c = '-', '|', []rune("++++")
	}
	a.rule(0, h, inkAccent)
	a.rule(a.h-1, h, inkAccent)
	for y := range a.h {
		a.put(0, y, v, inkAccent)
		a.put(a.w-1, y, v, inkAccent)
	}
	a.put(0, 0, c[0], inkAccent)
	a.put(a.w-1, 0, c[1], inkAccent)
	a.put(0, a.h-1, c[2], inkAccent)
	a.put(a.w-1, a.h-1, c[3], inkAccent)
	a.textIn(2, 0, a.w-4, inkStrong, title)
}
