package ui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/internal/db"
	"mltop/internal/units"
)

// editor explains what is typed and, on request, runs a SELECT: limited and
// read-only.
type editor struct {
	text  field
	asked string // the statement that the answer is of
	busy  string
	reply typedMsg
	first int
}

func newEditor(sql string) *editor { return &editor{text: newField(sql)} }

func (*editor) Title() string { return "Editor" }
func (*editor) place() place  { return inEditor }

func (*editor) Offers(*State) []Offer {
	return []Offer{{Action: Submit, Does: "explain"}, {Action: RunSelect, Does: "run the SELECT"}, {Action: NewLine, Does: "new line"}, {Action: Back}}
}

// Update does nothing: an editor's keys go to press.
func (e *editor) Update(Action, *State) (Panel, tea.Cmd) { return e, nil }

func (e *editor) press(a Action, k tea.KeyMsg, s *State) tea.Cmd {
	sql := strings.TrimSpace(e.text.String())
	switch a {
	case Back:
		return send(popMsg{})
	case Submit, RunSelect:
		if sql == "" || e.busy != "" {
			return nil
		}
		e.asked, e.first = sql, 0
		if a == Submit {
			e.busy = "explaining"
			return s.explainTyped(sql)
		}
		e.busy = "running, read-only"
		return s.selectTyped(sql)
	case NewLine:
		e.text = e.text.insert([]rune{'\n'})
	case Up:
		e.first = max(e.first-1, 0)
	case Down:
		e.first++
	case PageUp:
		e.first = max(e.first-10, 0)
	case PageDown:
		e.first += 10
	default:
		e.text = e.text.key(k)
	}
	return nil
}

func (e *editor) answer(msg typedMsg) {
	if msg.sql == e.asked {
		e.busy, e.reply = "", msg
	}
}

func (e *editor) Draw(s *State, a area) {
	head, a := a.top(1)
	head.text(1, 0, inkDim, "What is typed is planned, never run; a SELECT may be: read-only, 200 rows")
	n := min(strings.Count(e.text.String(), "\n")+len(e.text.text)/max(a.w-4, 1)+2, max(a.h/3, 2))
	typed, a := a.top(n)
	e.drawTyped(typed)
	a.rule(0, '─', inkFaint)
	_, a = a.top(1)
	e.drawAnswer(s, a)
}

// drawTyped wraps what is typed at the right edge and shows the cursor.
func (e *editor) drawTyped(a area) {
	x, y := 2, 0
	a.text(0, 0, inkAccent, "›")
	for i, r := range append(append([]rune(nil), e.text.text...), ' ') {
		k := inkStrong
		if i == e.text.at {
			k |= selected
		}
		if x >= a.w-2 {
			x, y = 2, y+1
		}
		if r == '\n' {
			if i == e.text.at {
				a.put(x, y, ' ', k)
			}
			x, y = 2, y+1
			continue
		}
		if next := a.text(x, y, k, string(r)); next > x {
			x = next
		}
	}
}

func (e *editor) drawAnswer(s *State, a area) {
	msg := e.reply
	switch {
	case e.busy != "":
		a.text(1, 0, inkAccent, "◌ "+e.busy+" …")
	case msg.err != nil:
		for y, l := range wrapText("■ "+msg.err.Error(), a.w-2, 4) {
			a.text(1, y, inkCrit, l)
		}
	case msg.rows != nil:
		e.drawRows(a, *msg.rows)
	case msg.sql != "":
		e.drawPlan(s, a, msg.answer)
	}
}

// drawPlan writes a plan, and what is advised below it.
func (e *editor) drawPlan(s *State, a area, x Explanation) {
	rows := sidePlan{title: []span{{inkDim, "Plan"}}, plan: x.Plan}.rows()
	advised := max(len(x.Recommendations)+len(x.Declined), 1)
	part, rest := a.top(min(len(rows), max(a.h-advised-1, 3)))
	sc := scroller{first: e.first}
	drawRows(part.inset(1), rows, &sc)
	e.first = sc.first
	_, rest = rest.top(1)
	drawAdvised(s, rest, x)
}

func drawAdvised(s *State, a area, x Explanation) {
	y := 0
	for _, r := range x.Recommendations {
		drawCardLine(s, a, y, r)
		y++
	}
	for _, d := range x.Declined {
		a.spans(1, y, span{inkOK, "○ "}, span{inkText, d.What}, span{inkDim, ": " + d.Reason})
		y++
	}
	if y == 0 {
		a.text(1, 0, inkDim, "no advice for this statement by itself")
	}
}

// drawRows is the answer of a SELECT, each column as wide as it needs, up to
// a bound.
func (e *editor) drawRows(a area, rows db.Rows) {
	const widest = 32
	widths := make([]int, len(rows.Columns))
	for i, c := range rows.Columns {
		widths[i] = min(textWidth(safe(c, widest)), widest)
		for _, r := range rows.Values[:min(len(rows.Values), 100)] {
			if i < len(r) {
				widths[i] = max(widths[i], min(textWidth(safe(r[i], widest)), widest))
			}
		}
	}
	note := units.Plural(len(rows.Values), "row") + " in " + units.Seconds(rows.Elapsed.Seconds())
	if rows.Truncated {
		note = "the first " + note
	}
	a.text(1, 0, inkDim, note)
	drawCells(a, 1, inkAccent, rows.Columns, widths)
	e.first = min(e.first, max(len(rows.Values)-1, 0))
	for y, r := range rows.Values[e.first:] {
		if y+2 >= a.h {
			break
		}
		drawCells(a, y+2, inkText, r, widths)
	}
}

func drawCells(a area, y int, k ink, cells []string, widths []int) {
	x := 1
	for i, c := range cells {
		if i < len(widths) && x < a.w {
			a.textIn(x, y, widths[i], k, c)
			x += widths[i] + 2
		}
	}
}
