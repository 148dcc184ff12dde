package ui

import (
	"fmt"
	"hash/fnv"
	"regexp"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/advisor"
	"mltop/internal/term"
)

// A change that is previewed can be postponed: it is written as a script, and
// nothing is changed. That needs no right to change anything.

// postponedMsg is where the script lies.
type postponedMsg struct {
	where string
	err   error
}

// canPostpone says why a dialog's change cannot be postponed; "" where it can.
func (d *dialog) canPostpone() string {
	switch {
	case d.act != nil:
		return "a session cannot be ended by a script later: it is another one then"
	case d.preview.Gone != "" || len(d.preview.Steps) == 0:
		return "there is nothing to write down"
	}
	return ""
}

func (d *dialog) offerPostpone() Offer {
	return Offer{Action: Postpone, Does: "postpone as a script", Why: d.canPostpone()}
}

// postpone writes the script, and leaves the preview.
func (m *root) postpone() tea.Cmd {
	d, s := m.dialog, m.s
	if why := d.canPostpone(); why != "" {
		return notice(inkWarn, why)
	}
	m.dialog = nil
	text := s.script(d.preview)
	name := scriptName(d.verb(), s.Target.Name, d.preview.Steps[0].Object.Name, text)
	return func() tea.Msg {
		where, err := s.backend.Export(name, text)
		return postponedMsg{where, err}
	}
}

// script is a preview's, with statements by what a user knows them by. Its
// comments are safe to look at; what is run is left as it is.
func (s *State) script(p advisor.Preview) string {
	p.Recommendation.Reason = s.inWords(p.Recommendation.Reason)
	lines := strings.Split(p.Script(s.Target.Name, s.opts.Now().In(s.opts.Zone)), "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, "--") {
			lines[i] = term.Safe(l)
		}
	}
	return strings.Join(lines, "\n")
}

// scriptName tells the script of one change from those of others: objects of
// several tables and schemas may have one name, and a change is made more than
// once.
func scriptName(verb, target, object, text string) string {
	sum := fnv.New32a()
	sum.Write([]byte(text)) //nolint:errcheck // a sum takes all
	plain := regexp.MustCompile(`[^A-Za-z0-9]+`).ReplaceAllString(target+"-"+object, "-")
	const most = 80 // a file's name has 255 bytes
	return fmt.Sprintf("%s-%s-%08x.sql", verb, plain[:min(len(plain), most)], sum.Sum32())
}

func (m *root) onPostponed(msg postponedMsg) tea.Cmd {
	if msg.err != nil {
		return notice(inkCrit, "postpone: "+msg.err.Error())
	}
	return notice(inkOK, "postponed, nothing was changed: "+msg.where)
}
