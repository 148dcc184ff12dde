package ui

import (
	"fmt"
	"strings"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/diagnose"
	"mltop/internal/units"
)

// The smallest screens: below the first a message says what is needed, below
// the second one part is drawn at a time.
const (
	tinyW, tinyH   = 40, 10
	smallW, smallH = 60, 16
)

func tiny(a area) bool  { return a.w < tinyW || a.h < tinyH }
func small(a area) bool { return a.w < smallW || a.h < smallH }

// draw lays out the whole frame.
func (m *root) draw(a area) {
	if tiny(a) {
		drawTiny(a)
		return
	}
	head, rest := a.top(1)
	tabs, rest := rest.top(1)
	_, body := rest.bottom(1)
	if a.h >= 30 {
		_, body = body.bottom(1)
	}
	if a.h >= smallH {
		var line area
		line, body = body.top(1)
		m.drawMoment(line)
	}
	m.drawHeader(head)
	m.drawTabs(tabs)
	m.drawBody(body)
	if m.prompt != nil {
		m.prompt.palette.draw(body)
	}
	m.drawFooter(a)
}

func drawTiny(a area) {
	a.text(0, 0, inkStrong, "mltop needs more room")
	a.text(0, 1, inkText, fmt.Sprintf("have %d×%d", a.w, a.h))
	a.text(0, 2, inkText, fmt.Sprintf("need %d×%d", tinyW, tinyH))
	a.text(0, a.h-1, inkDim, "q quits")
}

func (m *root) drawBody(body area) {
	switch {
	case m.help != nil:
		m.help.draw(m.s, body)
	case m.s.loading():
		m.drawLoading(body)
	default:
		m.panel().Draw(m.s, body)
	}
	if m.dialog != nil && m.help == nil {
		m.dialog.draw(m.s, body)
	}
}

// drawLoading draws the screen as it will be, with the reason where numbers
// will stand, or why nothing comes.
func (m *root) drawLoading(a area) {
	if m.s.failure == nil {
		m.panel().Draw(m.s, a)
		return
	}
	y := a.h / 3
	a.spans(2, y, span{inkCrit, "■ "}, span{inkText, m.s.failure.Error()})
	a.text(4, y+1, inkDim, "tried again every second; q quits")
}

// drawHeader says what is watched, how, and what it costs. Words that a user
// must not miss come before those that can be cut.
func (m *root) drawHeader(a area) {
	s := m.s
	x := a.w - 1
	parts := m.headerRight()
	if a.w < 100 { // the cost goes before the name of what is watched
		parts = parts[1:]
	}
	for _, part := range parts {
		x -= spanWidth(part) + 3
		a.spans(x+3, 0, part...)
	}
	left := a.sub(0, 0, x, 1)
	at := left.spans(1, 0, span{inkAccent, "mltop"}, span{inkText, "  "}, span{inkStrong, s.Target.Name})
	for _, w := range m.headerWords() {
		at = left.spans(at, 0, span{inkText, "  "}, w)
	}
	for _, t := range m.headerFacts() {
		if at+3+textWidth(t) > left.w {
			break
		}
		at = left.spans(at, 0, span{inkDim, " · "}, span{inkText, t})
	}
}

// headerWords are in capitals: they change what keys do.
func (m *root) headerWords() []span {
	var out []span
	s := m.s
	if s.Target.Production {
		out = append(out, span{inkWarn | selected, " PRODUCTION "})
	}
	if s.readOnly() != "" {
		out = append(out, span{inkAccent, "READ-ONLY"})
	}
	if !s.paused.IsZero() {
		out = append(out, span{inkWarn, "PAUSED"})
	}
	return out
}

func (m *root) headerFacts() []string {
	var facts []string
	d := m.s.Snap.Database
	if label := m.engineLabel(d); label != "" {
		facts = append(facts, label)
	}
	if d == nil {
		return facts
	}
	file := d.Stats.Name
	if b := d.Stats.FileBytes; b != nil {
		file = strings.TrimSpace(file + " " + units.Bytes(float64(*b)))
	}
	if file != "" && file != m.s.Target.Name {
		facts = append(facts, strings.TrimPrefix(file, m.s.Target.Name+" "))
	}
	return append(facts, journalWords(d.Stats.JournalMode)...)
}

// journalWords is a journal mode as people say it: most of SQLite's words for
// it say nothing alone.
func journalWords(mode string) []string {
	switch mode {
	case "":
		return nil
	case "wal":
		return []string{mode}
	}
	return []string{"journal " + mode}
}

// engineLabel is the engine and its version as measured, or what the caller
// knew.
func (m *root) engineLabel(d *collectors.Database) string {
	if d == nil || d.Stats.Label == "" {
		return m.s.Target.Label
	}
	return strings.TrimSpace(d.Stats.Label + " " + release(d.Stats.Version))
}

// release is a version without what a distribution writes behind it:
// "10.11.19" of "10.11.19-MariaDB-0+deb12u1".
func release(version string) string {
	if i := strings.IndexAny(version, " -+("); i > 0 {
		return version[:i]
	}
	return version
}

// headerRight lists the parts on the right, the first one outermost.
func (m *root) headerRight() [][]span {
	s := m.s
	self := []span{{inkDim, "self "}, {inkText, selfText(s.Self)}}
	return [][]span{self, m.pulse()}
}

func selfText(c collectors.Self) string {
	return fmt.Sprintf("%5s  %s  %s q/min", units.Percent(c.CPURatio), units.Bytes(float64(c.RSSBytes)), units.Digits(c.Statements))
}

// everyText is an interval between two looks.
func everyText(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return units.Ago(d)
}

// pulse says how fresh the picture is.
func (m *root) pulse() []span {
	s := m.s
	switch {
	case s.failure != nil:
		return []span{{inkCrit, "■ lost"}}
	case s.loading():
		return []span{{inkDim, "○ attaching"}}
	case s.stale() > 0:
		return []span{{inkWarn, "▲ stale " + units.Ago(s.stale())}}
	case !s.paused.IsZero():
		return []span{{inkWarn, "‖ paused"}}
	case !s.cursor.IsZero():
		return []span{{inkAccent, "◂ past"}}
	}
	if _, age, old := s.oldest(m.panel().place()); old {
		return []span{{inkWarn, "▲ seen " + units.Ago(age) + " ago"}}
	}
	return []span{{inkOK, "●"}, {inkText, " live "}, {inkText, everyText(s.Tick)}}
}

// drawTabs lists the views by digit; where room is short only the current
// one has its name.
func (m *root) drawTabs(a area) {
	gap, room := 3, a.w-10 // for "? help"
	if m.tabsWidth(2) <= room && m.tabsWidth(3) > room {
		gap = 2 // six views have their names at 80 columns
	}
	x, long := 1, m.tabsWidth(gap) <= room
	for i, v := range m.views {
		k, name := inkDim, v.Title()
		if i == m.at {
			k = inkAccent
		}
		x = a.text(x, 0, k, fmt.Sprintf("%d", i+1))
		if long || i == m.at {
			x = a.text(x+1, 0, k, name)
		}
		if n := m.badge(i); n != "" && (long || i == m.at) {
			x = a.text(x+1, 0, inkWarn, n)
		}
		x += gap
	}
	a.right(a.w-1, 0, inkDim, "? help")
	if len(m.stack) > 0 && x < a.w-10 {
		a.sub(0, 0, a.w-9, 1).text(x, 0, inkText, "› "+m.panel().Title())
	}
}

// badgeRoom is kept for a count of two digits: names must not go when it comes.
const badgeRoom = 4

// tabsWidth is what all views take with their names.
func (m *root) tabsWidth(gap int) int {
	w := 1 - gap + badgeRoom
	for _, v := range m.views {
		w += 2 + textWidth(v.Title()) + gap
	}
	if len(m.stack) > 0 {
		w += gap + 2 + textWidth(m.panel().Title())
	}
	return w
}

// badge is what a tab says of its view.
func (m *root) badge(i int) string {
	switch m.views[i].(type) {
	case *advice:
		if n := m.s.waiting(); n > 0 {
			return fmt.Sprintf("▲%d", n)
		}
	}
	return ""
}

// drawMoment is the line under the tabs: empty when all is live and well,
// a rule with words when the picture is not of now.
func (m *root) drawMoment(a area) {
	k, words := m.moment()
	if words == "" {
		return
	}
	a.rule(0, '━', k)
	a.text(2, 0, k, " "+words+" ")
}

func (m *root) moment() (ink, string) {
	s := m.s
	switch {
	case s.failure != nil && !s.loading():
		return inkCrit, "the target cannot be read: " + s.failure.Error() + "; what is shown is " + units.Ago(s.now.Sub(s.last)) + " old"
	case !s.cursor.IsZero():
		return inkAccent, s.cursor.In(s.opts.Zone).Format("15:04:05") + " · " + units.Ago(s.last.Sub(s.cursor)) + " ago · L live"
	case !s.paused.IsZero():
		return inkWarn, "PAUSED · " + units.Plural(s.behind, "sample") + " behind · space goes on"
	case s.stale() > 0:
		return inkWarn, "nothing new for " + units.Ago(s.stale()) + s.staleWhy()
	case s.oldLine(m.panel().place()) != "":
		return inkWarn, s.oldLine(m.panel().place())
	case s.errorLine() != "":
		return inkDim, s.errorLine()
	}
	return inkText, ""
}

func (s *State) staleWhy() string {
	if s.errorLine() == "" {
		return ": the collectors are busy"
	}
	return ": " + s.errorLine()
}

// errorLine is one collector's error, the first by name. What cannot be
// measured at all is no error: it is said where the number would stand.
func (s *State) errorLine() string {
	first := ""
	for name, why := range s.Errors {
		if strings.HasPrefix(why, "not measured") {
			continue
		}
		if first == "" || name < first {
			first = name
		}
	}
	if first == "" {
		return ""
	}
	return "▲ " + first + ": " + s.Errors[first]
}

// status is symbol, word and colour of a level.
func status(l diagnose.Level) (ink, string) {
	switch l {
	case diagnose.Crit:
		return inkCrit, "■ CRIT"
	case diagnose.Warn:
		return inkWarn, "▲ WARN"
	}
	return inkOK, "● OK"
}

func severity(v advisor.Severity) (ink, string) {
	switch v {
	case advisor.SeverityCritical:
		return inkCrit, "■"
	case advisor.SeverityWarning:
		return inkWarn, "▲"
	}
	return inkOK, "●"
}
