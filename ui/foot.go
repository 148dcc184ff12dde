package ui

// A foot is what is said below a list: a note, or in full what a row had no
// room for.

// foot writes a text at the bottom, on as many of some lines as it takes, and
// answers what is left above.
func (a area) foot(x, lines int, k ink, text string) area {
	said := wrapText(text, a.w-x-1, lines)
	foot, rest := a.bottom(len(said))
	for y, line := range said {
		foot.text(x, y, k, line)
	}
	return rest
}

// footFrom is the height from which a list can spare two lines.
const footFrom = 6

// drawWhole says what a list has no room for of the row under the cursor, where
// it is asked to, and answers what is left above.
func (t *table) drawWhole(a area, on bool) area {
	r, ok := t.current()
	if !ok || !on || !t.wrap || a.h < footFrom {
		return a
	}
	lines := wrapText(r.match, a.w-4, a.h/2)
	foot, rest := a.bottom(len(lines) + 1)
	foot.rule(0, '─', inkFaint)
	for y, l := range lines {
		foot.text(2, y+1, inkText, l)
	}
	return rest
}

// drawLast says the last column of the row under the cursor in full below the
// list, where it was cut, and answers what is left for the list.
func (t *table) drawLast(a area, on bool) area {
	last := len(t.cols) - 1
	r, ok := t.current()
	if !ok || !on || a.h < footFrom || textWidth(r.cells[last].text) <= t.widths(a.w)[last] {
		return a
	}
	return a.foot(2, 2, inkText, r.cells[last].text)
}
