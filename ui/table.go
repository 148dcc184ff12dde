package ui

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
)

// A column of a table. A flexible column takes the room that is left.
type column struct {
	title string
	alone string // the title where the column before it has no room, whose title runs over it
	width int
	right bool
	flex  bool
	most  int  // a flexible one grows no further; 0: as far as there is room
	from  int  // it is drawn in areas at least this wide
	spare bool // it is left out where no row has anything in it
}

// A row is known by its id: the cursor and every action stay with it,
// wherever sorting or a filter puts it.
type row struct {
	id    string
	cells []span
	write func() []span // the cells of a row that is drawn; nil: cells has them
	keys  []any         // what columns sort by: float64 or string; nil sorts by the text
	match string        // what a filter looks at
}

// A table is how one looks at rows: order, filter, cursor. It holds none.
type table struct {
	cols    []column
	sortBy  int
	reverse bool
	cursor  string
	first   int // first row on the screen
	filter  string
	pattern *regexp.Regexp
	invert  bool
	wrap    bool
	// follow keeps the cursor on the first row, whichever that becomes.
	follow bool

	shown   []row // of the last arrange, for moving the cursor
	version uint64
	source  any // what shown was made of, where that is known
	ready   bool
	height  int // rows on the screen when last drawn
	width   int // and cells in each
}

// maxPattern keeps a filter from becoming a program.
const maxPattern = 200

// setFilter narrows the rows to those that match; a leading ! to those that
// do not. An invalid pattern leaves the filter as it was.
func (t *table) setFilter(text string) error {
	body, invert := strings.CutPrefix(text, "!")
	if len(body) > maxPattern {
		return fmt.Errorf("filter: longer than %d characters", maxPattern)
	}
	p, err := regexp.Compile("(?i)" + body)
	if err != nil {
		return fmt.Errorf("filter: %w", err)
	}
	t.filter, t.pattern, t.invert, t.ready = text, p, invert, false
	return nil
}

func (t *table) filterText() string { return t.filter }

// arrange filters and sorts rows, once for each version of the data.
func (t *table) arrange(s *State, make func() []row) []row {
	if t.ready && t.version == s.version {
		return t.shown
	}
	t.version = s.version
	return t.remake(make)
}

// arrangeOf is for rows that are made of source alone, which stands longer
// than a version: the hundreds of settings of a server.
func (t *table) arrangeOf(source any, make func() []row) []row {
	if t.ready && t.source == source {
		return t.shown
	}
	t.source = source
	return t.remake(make)
}

func (t *table) remake(make func() []row) []row {
	t.shown, t.ready = t.sorted(t.filtered(make())), true
	if t.follow {
		t.first = 0
	}
	if (t.follow || t.index() < 0) && len(t.shown) > 0 {
		t.cursor = t.shown[min(max(t.first, 0), len(t.shown)-1)].id
	}
	return t.shown
}

func (t *table) filtered(rows []row) []row {
	if t.filter == "" || t.pattern == nil {
		return rows
	}
	return slices.DeleteFunc(rows, func(r row) bool {
		return t.pattern.MatchString(r.match) == t.invert
	})
}

func (t *table) sorted(rows []row) []row {
	slices.SortStableFunc(rows, func(a, b row) int {
		c := compareKeys(t.key(a), t.key(b))
		if t.reverse {
			c = -c
		}
		if c == 0 {
			return strings.Compare(a.id, b.id)
		}
		return c
	})
	return rows
}

func (t *table) key(r row) any {
	if t.sortBy < len(r.keys) && r.keys[t.sortBy] != nil {
		return r.keys[t.sortBy]
	}
	if t.sortBy < len(r.cells) {
		return r.cells[t.sortBy].text
	}
	return ""
}

// compareKeys puts large numbers and early letters first; what was not
// measured comes last.
func compareKeys(a, b any) int {
	x, xok := a.(float64)
	y, yok := b.(float64)
	if xok && yok {
		if math.IsNaN(x) != math.IsNaN(y) {
			if math.IsNaN(x) {
				return 1
			}
			return -1
		}
		return cmp.Compare(y, x)
	}
	return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

func (t *table) index() int {
	return slices.IndexFunc(t.shown, func(r row) bool { return r.id == t.cursor })
}

// current is the row under the cursor.
func (t *table) current() (row, bool) {
	i := t.index()
	if i < 0 {
		return row{}, false
	}
	return t.shown[i], true
}

// update moves the cursor or changes the order; it reports whether the action
// was one of a table's.
func (t *table) update(a Action) bool {
	i := max(t.index(), 0)
	page := max(t.height-1, 1)
	switch a {
	case Up:
		t.move(i - 1)
	case Down:
		t.move(i + 1)
	case PageUp:
		t.move(i - page)
	case PageDown:
		t.move(i + page)
	case Home:
		t.move(0)
	case End:
		t.move(len(t.shown) - 1)
	case Sort, Right:
		t.order(1)
	case Left:
		t.order(-1)
	case Reverse:
		t.reverse, t.ready = !t.reverse, false
	case Wrap:
		t.wrap = !t.wrap
	default:
		return false
	}
	return true
}

func (t *table) move(i int) {
	if len(t.shown) > 0 {
		t.cursor = t.shown[min(max(i, 0), len(t.shown)-1)].id
	}
}

// order sorts by another column, of those that have a title and are on the
// screen.
func (t *table) order(by int) {
	n := len(t.cols)
	for range n {
		t.sortBy = (t.sortBy + by + n) % n
		if c := t.cols[t.sortBy]; c.title != "" && (t.width == 0 || t.width >= c.from || t.sortBy+1 < n && t.cols[t.sortBy+1].alone != "") {
			break
		}
	}
	t.reverse, t.ready = false, false
}

// draw writes the head and as many rows as fit; none is what is said when
// there are no rows.
func (t *table) draw(a area, rows []row, focused bool, none string) {
	head, body := a.top(1)
	widths := t.widths(a.w)
	t.drawHead(head, widths, focused)
	t.height, t.width = body.h, a.w
	if len(rows) == 0 {
		if t.filter != "" {
			none = "nothing matches the filter " + t.filter
		}
		body.text(2, 0, inkDim, none)
		return
	}
	i := max(t.index(), 0)
	t.first = scroll(t.first, i, body.h, len(rows))
	for y := 0; y < body.h && t.first+y < len(rows); y++ {
		t.drawRow(body, y, rows[t.first+y], widths)
		if t.first+y == i && focused {
			body.mark(y)
		}
	}
}

// scroll answers the first row to show so that row i of n is among h rows,
// moving no more than needed.
func scroll(first, i, h, n int) int {
	first = min(first, max(n-h, 0))
	if i < first {
		return i
	}
	if h > 0 && i >= first+h {
		return i - h + 1
	}
	return max(first, 0)
}

// minFlex is the least that a flexible column keeps.
const minFlex = 8

// measured reports that a row has a number or a text in a column, or that there
// is no row to judge by.
func (t *table) measured(i int) bool {
	return len(t.shown) == 0 || slices.ContainsFunc(t.shown, func(r row) bool {
		switch v := r.keys[i].(type) {
		case float64:
			return !math.IsNaN(v)
		case string:
			return v != ""
		}
		return true
	})
}

func (t *table) widths(w int) []int {
	out := make([]int, len(t.cols))
	left, flex := w, 0 // a margin on each side, and no gap behind the last
	for i, c := range t.cols {
		if w < c.from || c.spare && i != t.sortBy && !t.measured(i) {
			continue
		}
		out[i] = c.width
		left -= c.width + 2
		if c.flex {
			flex++
		}
	}
	for i, c := range t.cols {
		if c.flex && out[i] > 0 {
			// A flexible column gives when there is too little room, too.
			more := max(left/flex, minFlex-out[i])
			if c.most > 0 {
				more = min(more, max(c.most-out[i], 0))
			}
			out[i] += more
			left -= more
			flex--
		}
	}
	return out
}

func (t *table) drawHead(a area, widths []int, focused bool) {
	x := 1
	for i, c := range t.cols {
		if widths[i] == 0 {
			continue
		}
		k, title := inkDim, c.title
		by := i == t.sortBy
		if i > 0 && c.alone != "" && widths[i-1] == 0 {
			title, by = c.alone, by || i-1 == t.sortBy
		}
		if by && focused {
			k, title = inkAccent, title+t.arrow()
		}
		t.cell(a, x, 0, t.headWidth(widths, i), c.right, span{k, title})
		x += widths[i] + 2
	}
}

// headWidth lets a title run over the columns after it that have none.
func (t *table) headWidth(widths []int, i int) int {
	w := widths[i]
	for n := i + 1; n < len(widths) && t.cols[n].title == "" && !t.cols[i].right; n++ {
		w += widths[n] + 2
	}
	return w
}

func (t *table) arrow() string {
	if t.reverse {
		return "▴"
	}
	return "▾"
}

func (t *table) drawRow(a area, y int, r row, widths []int) {
	x := 1
	if r.write != nil {
		r.cells = r.write()
	}
	for i, c := range t.cols {
		if widths[i] == 0 || i >= len(r.cells) {
			continue
		}
		t.cell(a, x, y, widths[i], c.right, r.cells[i])
		x += widths[i] + 2
	}
}

func (t *table) cell(a area, x, y, w int, right bool, s span) {
	part := a.sub(x, y, w, 1)
	if right {
		part.right(w, 0, s.ink, s.text)
		return
	}
	part.text(0, 0, s.ink, s.text)
}
