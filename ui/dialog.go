package ui

import (
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/advisor"
	"mltop/internal/units"
	"mltop/ui/chart"
)

// dialog is the only door to a change: everything a user must see, and a
// confirmation that is not the key that opened it. It starts on Cancel.
type dialog struct {
	id, entry string
	act       *advisor.Act // nil: a change
	preview   advisor.Preview
	refused   string
	confirm   string // what must be typed; "" for y
	yes       bool   // the focus is on the act
	name      *field // of the object, while it is typed
	running   bool
	progress  string
	since     time.Time
	scroll    scroller
}

// applyMsg is a decision: carry it out.
type applyMsg struct {
	id, entry, typed string
	act              *advisor.Act
}

func newDialog(msg previewMsg, s *State) *dialog {
	d := &dialog{id: msg.id, entry: msg.entry, act: msg.act, preview: msg.preview, refused: msg.preview.Refused, confirm: msg.preview.Confirm}
	if why := s.readOnly(); why != "" && d.preview.Gone == "" {
		d.refused = why
	}
	if s.Target.Production && d.confirm == "" && len(d.preview.Steps) > 0 {
		d.confirm = d.preview.Steps[0].Object.Name
	}
	return d
}

func (d *dialog) verb() string {
	switch {
	case d.act != nil:
		return string(d.act.Kind)
	case d.entry != "":
		return "undo"
	}
	return "apply"
}

func (d *dialog) typing() bool { return d.name != nil }

func (d *dialog) offers() []Offer {
	switch {
	case d.running:
		return []Offer{{Action: Back, Does: "stop and sweep up"}}
	case d.refused != "":
		return append([]Offer{{Action: Back, Does: "close"}, d.offerPostpone()}, d.scroll.offer()...)
	case d.typing():
		return []Offer{{Action: Submit, Does: d.verb()}, {Action: Back, Does: "cancel"}}
	}
	leave, _ := d.buttons()
	return append([]Offer{{Action: Confirm, Does: d.verb()}, {Action: Back, Does: strings.ToLower(leave)}, d.offerPostpone()}, d.scroll.offer()...)
}

func (m *root) pressDialog(a Action, k tea.KeyMsg) tea.Cmd {
	d := m.dialog
	switch {
	case a == Quit:
		return m.quit()
	case a == Help:
		m.help = newHelp(m.keys, inDialog)
	case a == Back:
		return m.closeDialog()
	case d.running:
	case d.typing():
		return m.pressName(a, k)
	case a == Confirm || a == Submit && d.yes:
		return d.decide(m.s)
	case a == Submit:
		return m.closeDialog()
	case a == Postpone:
		return m.postpone()
	case a == NextFocus || a == PrevFocus || a == Left || a == Right:
		d.yes = !d.yes && d.refused == ""
	default:
		d.scroll.move(a)
	}
	return nil
}

func (m *root) pressName(a Action, k tea.KeyMsg) tea.Cmd {
	d := m.dialog
	if a == Submit {
		if strings.TrimSpace(d.name.String()) != d.confirm {
			return notice(inkWarn, "that is not "+d.confirm)
		}
		return d.run(m.s)
	}
	f := d.name.key(k)
	d.name = &f
	return nil
}

// decide runs the change, or asks for the object's name first.
func (d *dialog) decide(s *State) tea.Cmd {
	switch {
	case d.refused != "":
		return notice(inkWarn, d.refused)
	case d.confirm != "":
		d.name = &field{}
		return nil
	}
	return d.run(s)
}

func (d *dialog) run(s *State) tea.Cmd {
	typed := ""
	if d.typing() {
		typed = d.confirm
	}
	d.running, d.name, d.since = true, nil, s.now
	d.progress = "starting"
	return send(applyMsg{d.id, d.entry, typed, d.act})
}

// closeDialog cancels; a change under way is stopped and swept up.
func (m *root) closeDialog() tea.Cmd {
	if m.dialog.running && m.stop != nil {
		m.stop()
		m.dialog.progress = "stopping and sweeping up"
		return nil
	}
	m.dialog = nil
	return nil
}

// dialogWidth keeps lines of SQL readable.
const dialogWidth = 100

func (d *dialog) draw(s *State, a area) {
	w := min(a.w, dialogWidth)
	lines := d.text(s, w-6)
	said := d.refusal(w - 6)
	h := min(len(lines)+3+max(len(said), 1), a.h)
	a.dim()
	box := a.sub((a.w-w)/2, (a.h-h)/2, w, h)
	box.clear()
	drawBorder(box, " "+titleOf(d.verb())+" "+toOrOn(d.verb())+" "+s.Target.Name+" ", s.opts.Graph == chart.ASCII)
	inner := box.sub(3, 1, w-6, h-2)
	foot, inner := inner.bottom(max(len(said), 1))
	d.scroll.draw(inner, 0, lines)
	d.drawButtons(s, foot)
}

// refusalLines are enough for what a server says of a refusal.
const refusalLines = 4

// refusal is why it cannot be done, on as many lines as it takes.
func (d *dialog) refusal(width int) []string {
	if d.refused == "" || d.running {
		return nil
	}
	return wrapText(d.refused, width-2, refusalLines)
}

// buttons are the words of both ways out. To cancel is an act itself where a
// session's statement is ended.
func (d *dialog) buttons() (leave, does string) {
	if d.act == nil {
		return "Cancel", titleOf(d.verb())
	}
	what := "session"
	if d.act.Kind == advisor.KindCancel {
		what = "statement"
	}
	return "Leave it", titleOf(d.verb()) + " the " + what
}

func titleOf(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func toOrOn(verb string) string {
	if verb == "apply" {
		return "to"
	}
	return "on"
}

func (d *dialog) drawButtons(s *State, a area) {
	switch {
	case d.running:
		a.spans(0, 0, span{inkAccent, "◌ "}, span{inkText, d.progress}, span{inkDim, "   " + units.Ago(s.now.Sub(d.since)) + "   esc stops and sweeps up"})
		return
	case d.refused != "":
		for y, line := range d.refusal(a.w) {
			a.text(2, y, inkText, line)
		}
		a.text(0, 0, inkWarn, "▲")
		return
	case d.typing():
		x := a.spans(0, 0, span{inkWarn, "type "}, span{inkStrong, d.confirm}, span{inkWarn, " to " + d.verb() + ": "})
		d.name.draw(a, x, 0, inkStrong)
		return
	}
	cancel, act := inkStrong|selected, inkText
	if d.yes {
		cancel, act = inkText, inkStrong|selected
	}
	leave, does := d.buttons()
	buttons := []span{{cancel, "[ " + leave + " ]"}, {inkText, "      "}, {inkKey, "y"}, {inkText, " "}, {act, "[ " + does + " ]"}}
	a.spans(a.w-spanWidth(buttons), 0, buttons...)
}
