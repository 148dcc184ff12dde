package advisor

import (
	"strings"
	"time"

	"mltop/internal/db"
)

// Script writes what a preview shows as a script, for a better hour or another
// hand. What mltop watches over while it applies is not in it; the script says
// so.
func (p Preview) Script(target string, at time.Time) string {
	var b strings.Builder
	put := func(label, text string) {
		if text != "" {
			b.WriteString(commented(wrapped(label+text)) + "\n")
		}
	}
	put("", comment(p.Recommendation.Title))
	put("", "postponed on "+at.Format("2006-01-02 15:04 MST")+", for "+comment(target)+": nothing was changed")
	put("why: ", p.Recommendation.Reason)
	put("reaches: ", p.Recommendation.Scope)
	put("takes effect: ", p.Recommendation.Takes)
	for _, w := range p.Recommendation.Warnings {
		put("warning: ", w.Text)
	}
	put("", "mltop itself would look first whether all is still as it was then, try again where it does not get a lock, "+
		"sweep up what a failure leaves, and keep a journal; this script does none of that")
	if p.Client != "" {
		b.WriteString("-- run it with:\n" + commented("    "+p.Client) + "\n\n" + strings.Join(p.Head, "\n") + "\n")
	}
	for _, s := range p.Steps {
		b.WriteString("\n" + stepScript(s))
	}
	return b.String()
}

// forClient says how the database's own client runs a script of a preview.
func (a *Advisor) forClient(p *Preview) {
	if e, ok := a.engine.(db.Scripter); ok {
		p.Client, p.Head = e.ScriptClient(), e.ScriptHead(p.Steps)
	}
}

// stepScript is one step: who waits for it, what it does, how it is undone.
func stepScript(s db.Step) string {
	var b strings.Builder
	if who := Waits(s.Blocks); who != "" {
		b.WriteString(commented(wrapped("blocks "+comment(who))) + "\n")
	}
	if s.Mode == db.InTransaction {
		b.WriteString("BEGIN;\n" + script(s.Do) + "COMMIT;\n")
	} else {
		b.WriteString("-- outside a transaction:\n" + script(s.Do))
	}
	if len(s.Sweep) > 0 {
		b.WriteString("-- if it fails half way, this removes what is left:\n" + commented(script(s.Sweep)) + "\n")
	}
	switch {
	case s.Irreversible != "":
		b.WriteString(commented(wrapped("no undo: "+comment(s.Irreversible))) + "\n")
	case len(s.Undo) > 0:
		b.WriteString("-- undo:\n" + commented(script(s.Undo)) + "\n")
	}
	return b.String()
}
