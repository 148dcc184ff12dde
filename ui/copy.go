package ui

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"mltop/advisor"
)

func copyText(name, text string) tea.Cmd { return send(copyMsg{name, text}) }

// maxOSC52 is what terminals take in one sequence; longer texts go to a file.
const maxOSC52 = 74 << 10

// copy puts text on the terminal's clipboard by OSC 52, else into a file.
func (m *root) copy(msg copyMsg) tea.Cmd {
	if strings.TrimSpace(msg.text) == "" {
		return notice(inkDim, "there is nothing here to copy")
	}
	s := m.s
	return func() tea.Msg {
		if out := s.opts.Clipboard; out != nil && len(msg.text) <= maxOSC52 {
			// One write: the renderer's own writes cannot come between.
			if _, err := out.Write([]byte(s.osc52(msg.text))); err == nil {
				return exportedMsg{where: "to the terminal's clipboard (OSC 52)"}
			}
		}
		where, err := s.backend.Export(msg.name+".md", msg.text)
		return exportedMsg{"to " + where, err}
	}
}

// osc52 sets the clipboard. A tmux takes the sequence for itself, or with
// allow-passthrough hands the wrapped one to the terminal around it: which of
// both works is its setting, so it gets both.
func (s *State) osc52(text string) string {
	set := ansi.SetSystemClipboard(text)
	if s.opts.Tmux {
		set += ansi.TmuxPassthrough(set)
	}
	return set
}

// verdictMarkdown is what y on the overview copies, for a pull request.
func verdictMarkdown(s *State) string {
	var b strings.Builder
	for _, f := range s.Findings {
		_, word := status(f.Level)
		fmt.Fprintf(&b, "- **%s** %s\n", word, f.Text)
		for _, a := range f.Against {
			fmt.Fprintf(&b, "  - against: %s\n", a)
		}
	}
	for _, e := range s.kept() {
		b.WriteString(s.entryMarkdown(e))
	}
	return b.String()
}

func (s *State) entryMarkdown(e advisor.Entry) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", e.Title)
	if v, ok := s.Verdicts[e.ID]; ok {
		fmt.Fprintf(&b, "%s: %s.", v.Subject, v.Text)
		if v.BeforeP95 > 0 && v.AfterP95 > 0 { // the text has the means
			b.WriteString(" " + timesOf(v) + ".")
		}
		b.WriteString("\n\n")
	}
	b.WriteString("```sql\n")
	for _, st := range e.Steps {
		for _, sql := range st.Do {
			fmt.Fprintln(&b, sql)
		}
		for _, sql := range st.Undo {
			fmt.Fprintln(&b, "-- undo: "+sql)
		}
	}
	b.WriteString("```\n")
	return b.String()
}

func (s *State) cardMarkdown(r advisor.Recommendation) string {
	if e, ok := s.entryOf(r.ID); ok && undoable(e) {
		return s.entryMarkdown(e)
	}
	if r.ID == "" {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n%s\n\n", r.Title, r.Reason)
	for _, e := range r.Evidence {
		fmt.Fprintf(&b, "- %s\n", e)
	}
	if r.Rewrite != nil {
		b.WriteString(rewriteMarkdown(r.Rewrite))
	} else {
		fmt.Fprintf(&b, "\n```sql\n%s\n-- undo: %s\n```\n", r.Statement, orText(r.Undo, "none"))
	}
	if r.MayBeWrong != "" {
		fmt.Fprintf(&b, "\nWhy it may be wrong: %s\n", r.MayBeWrong)
	}
	return b.String()
}
