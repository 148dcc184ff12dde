package ui

import (
	"strings"

	"mltop/internal/diagnose"
)

// drawChange is the verdict on the newest change of this session, below what
// is wrong now; it answers how many lines it took.
func (s *State) drawChange(a area, y int) int {
	kept := s.kept()
	if len(kept) == 0 {
		return 0
	}
	e := kept[len(kept)-1]
	v, ok := s.Verdicts[e.ID]
	if !ok {
		a.spans(1, y, span{inkAccent, "▲ "}, span{inkText, e.Title}, span{inkDim, "   the verdict comes with the next " + s.callsName() + "   "}, span{inkKey, "u"}, span{inkDim, " undo"})
		return 1
	}
	s.drawVerdictLine(a, y, v)
	return 1
}

// verdictLines breaks a finding so that the key fits behind its last line. One
// cell is enough to say that Enter leads on, where that saves a line.
func verdictLines(text string, width int, key string, lines int) ([]string, string) {
	if key != "" && lines > 1 && textWidth(text) <= width-2 && textWidth(text) > width-textWidth(key)-2 {
		return []string{text}, "⏎"
	}
	out := wrapText(text, width, lines)
	room := width - textWidth(key) - 2
	if last := len(out) - 1; key != "" && textWidth(out[last]) > room {
		if len(out) < lines {
			return wrapText(text, room, lines), key
		}
		out[last] = cutText(out[last], room)
	}
	return out, key
}

// untimed reports requests of which nobody tells what they took.
func (s *State) untimed() bool {
	r := s.requests()
	return r != nil && r.Total.Count > 0 && (r.Total.Latency == nil || r.Total.Latency.Count() == 0)
}

// noLast says why no single requests are listed.
func (s *State) noLast() string {
	if r := s.requests(); r != nil && r.Total.Count > 0 {
		return "this source counts requests and tells of no single one"
	}
	return s.noRequests()
}

// noRequests says why there are no routes.
func (s *State) noRequests() string {
	if s.requests() == nil {
		return "no source of requests: " + s.why(values()[valRate])
	}
	if s.untimed() {
		return "they are counted, and have no times: " + s.why(values()[valP95])
	}
	return "no requests in the last " + spanName(s.winSpan)
}

// drawVerdict writes the worst finding on at most lines lines and answers how
// many it took.
func (s *State) drawVerdict(a area, lines int, focused bool) int {
	if a.h == 0 {
		return 0
	}
	if len(s.Findings) == 0 {
		a.text(1, 0, inkDim, "○ reading "+s.Target.Name+"; the past of its request log comes first …")
		return 1
	}
	f := s.Findings[0]
	k, sym := status(f.Level)
	sym, _, _ = strings.Cut(sym, " ")
	key := ""
	if leads(f) {
		key = "⏎ why"
	}
	x := a.spans(1, 0, span{k, sym + " "})
	text, key := verdictLines(f.Text, a.w-x-1, key, lines)
	textInk := inkStrong
	if f.Level == diagnose.OK {
		textInk = inkText
	}
	for y, l := range text {
		a.text(x, y, textInk, l)
	}
	if key != "" {
		a.right(a.w-1, len(text)-1, map[bool]ink{true: inkKey, false: inkDim}[focused], key)
	}
	if focused && f.Level != diagnose.OK {
		a.put(0, 0, '▎', inkAccent)
	}
	return len(text)
}
