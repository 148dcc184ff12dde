package ui

import (
	"fmt"
	"slices"
	"strings"

	"mltop/advisor"
	"mltop/internal/sqltext"
	"mltop/internal/term"
	"mltop/internal/units"
)

// cardText is the whole card in lines of width cells.
func (s *State) cardText(r advisor.Recommendation, width int) [][]span {
	var out [][]span
	if r.Rewrite != nil {
		out = s.rewriteText(r, width)
	} else {
		out = s.changeText(r, width)
	}
	for i, e := range r.Evidence {
		label := ""
		if i == 0 {
			label = "evidence"
		}
		out = append(out, labelled(label, s.inWords(e), width)...)
	}
	for _, l := range s.cardFacts(r) {
		out = append(out, labelled(l[0], l[1], width)...)
	}
	for _, w := range r.Warnings {
		out = append(out, labelled("▲ warning", s.inWords(w.Text), width)...)
	}
	out = append(out, labelled("may be wrong", r.MayBeWrong, width)...)
	if s.Advice != nil {
		out = append(out, labelled("advice of", s.adviceNote(), width)...)
	}
	return out
}

// changeText is what is done, why, and how it is undone.
func (s *State) changeText(r advisor.Recommendation, width int) [][]span {
	out := s.cardHead(r)
	out = append(out, labelled("needs first", s.adviceNames(s.stillNeeded(r.Requires)), width)...)
	out = append(out, labelled("why", s.inWords(s.asOf(r, r.Reason)), width)...)
	out = append(out, sqlLines("do", r.Statement, width)...)
	out = append(out, sqlLines("undo", orText(r.Undo, "none"), width)...)
	return append(out, nil)
}

// entryText is what the journal knows of a change whose advice is gone: the
// advisor has nothing to advise where it was followed.
func (s *State) entryText(e advisor.Entry, width int) [][]span {
	out := [][]span{{{inkOK, "● "}, {inkStrong, string(e.State) + ": " + e.Title}}, nil}
	for _, st := range e.Steps {
		for _, sql := range st.Do {
			out = append(out, sqlLines("do", sql, width)...)
		}
		for _, sql := range st.Undo {
			out = append(out, sqlLines("undo", sql, width)...)
		}
		if st.Irreversible != "" {
			out = append(out, labelled("undo", "IRREVERSIBLE: "+st.Irreversible, width)...)
		}
	}
	cost := ""
	if e.SizeBytes != nil {
		cost = units.Bytes(float64(*e.SizeBytes)) + " on disk"
	}
	for _, l := range [][2]string{
		{"when", e.At.In(s.opts.Zone).Format("2006-01-02 15:04:05")}, {"cost", cost}, {"serves", s.servedNames(e.Queries)}, {"note", e.Note},
	} {
		out = append(out, labelled(l[0], l[1], width)...)
	}
	return out
}

// cardHead says what it is, and whether it is done.
func (s *State) cardHead(r advisor.Recommendation) [][]span {
	k, sym := severity(r.Severity)
	text := fmt.Sprintf("  %s · confidence %s · %s", r.Severity, r.Confidence, kindWords(r.Kind))
	title := r.Title
	if e, applied := s.standing(r.ID); applied {
		k, sym, title = inkOK, "●", string(e.State)+": "+r.Title
		text = "  what was expected before · " + kindWords(r.Kind)
	}
	return [][]span{{{k, sym + " "}, {inkStrong, title}}, {{inkDim, text}}, {}}
}

// asOf is a text on what the advice is for, in the past once it is applied.
func (s *State) asOf(r advisor.Recommendation, text string) string {
	if _, applied := s.standing(r.ID); !applied {
		return text
	}
	return strings.NewReplacer(" now has to ", " had to ", " · saves ", " · was to save ").Replace(text)
}

func (s *State) cardFacts(r advisor.Recommendation) [][2]string {
	effect := effectFact(r.Estimate)
	if effect != "" && r.SavedRatio > 0 {
		effect += " · saves " + units.Seconds(r.SavedRatio) + " of every second"
	}
	var cost []string
	if r.SizeBytes != nil {
		cost = append(cost, units.Bytes(float64(*r.SizeBytes))+" on disk")
	}
	switch {
	case r.WriteCost != nil:
		cost = append(cost, units.Signed(*r.WriteCost)+" for a row written")
	case r.WriteWhy != "":
		cost = append(cost, r.WriteWhy)
	}
	return [][2]string{
		{"effect", s.asOf(r, effect)}, {"cost", strings.Join(cost, ", ")}, {"serves", s.servedNames(r.Queries)},
		{"expect", r.Expect}, {"reaches", r.Scope}, {"takes effect", r.Takes}, {"risk", r.Risk}, {"source", r.Source},
	}
}

// effectFact is what a call takes before and after, how that was come by, and
// between which bounds; "" where nobody knows.
func effectFact(e *advisor.Effect) string {
	if e == nil {
		return ""
	}
	before, after, times := effectText(e)
	text := fmt.Sprintf("%s → %s a call · %s · %s", before, after, times, methodText(e.Method))
	low, high := valueText(e.Low, e.Unit), valueText(e.High, e.Unit)
	if p := e.Foretold(); p != nil {
		unit := shortUnit(e.Unit)
		text += fmt.Sprintf(" (%s → %s)", valueText(e.Before, unit), valueText(e.After, unit))
		low, high = units.Seconds(p.Low), units.Seconds(p.High)
	}
	if low != high {
		text += ", " + low + " to " + high
	}
	return text
}

// stillNeeded leaves out advice that is applied by now.
func (s *State) stillNeeded(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		_, applied := s.standing(id)
		return applied
	})
}

// adviceNames lists advice by number and title.
func (s *State) adviceNames(ids []string) string {
	names := make([]string, 0, len(ids))
	for _, id := range ids {
		name := "#" + id
		if r, ok := s.recommendation(id); ok {
			name += " " + r.Title
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// servedNames lists statements as they are told.
func (s *State) servedNames(queries []string) string { return listed(queries, s.told) }

func listed(queries []string, name func(string) string) string {
	names := make([]string, 0, len(queries))
	for _, q := range queries {
		names = append(names, name(q))
	}
	return strings.Join(names, ", ")
}

// toldCells is how much of a statement a sentence quotes.
const toldCells = 100

// told is a statement in a sentence: its name, or how its text begins, for
// several of one table have the same label.
func (s *State) told(fingerprint string) string {
	text := s.adviceText(fingerprint)
	if w, ok := s.statement(fingerprint); ok {
		if w.Name != "" {
			return w.Name
		}
		text = w.Text
	}
	if text == "" {
		return s.statementLabel(fingerprint)
	}
	return "“" + term.Cut(sqltext.Gist(text), toldCells) + "”"
}

// inWords tells statements where a text has their fingerprints.
func (s *State) inWords(text string) string { return named(text, s.told) }

// inBrief labels them, for a line of a table.
func (s *State) inBrief(text string) string { return named(text, s.statementLabel) }

func named(text string, name func(string) string) string {
	if len(text) > maxNamed {
		return text
	}
	var out strings.Builder
	for len(text) > 0 {
		word := text[:wordLength(text)]
		if len(word) >= fingerprintDigits {
			out.WriteString(name(word))
		} else {
			out.WriteString(text[:max(len(word), 1)])
		}
		text = text[max(len(word), 1):]
	}
	return out.String()
}

// wordLength is how long the word of letters and digits is with which a text
// begins.
func wordLength(text string) int {
	n := strings.IndexFunc(text, func(r rune) bool { return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z') })
	if n < 0 {
		return len(text)
	}
	return n
}

// A fingerprint is sixteen digits; a longer text than maxNamed is not prose.
const (
	fingerprintDigits = 16
	maxNamed          = 4 << 10
)

func orText(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// cell12 is the label column of cards and previews.
func cell12(s string) string { return fmt.Sprintf("%-14s", s) }

// wholeText is more lines than what is said of a change has: a card and a
// preview scroll, and cut nothing that we wrote.
const wholeText = 40

// labelled writes a text beside its label; nothing when there is no text.
func labelled(label, text string, width int) [][]span {
	if text == "" {
		return nil
	}
	var out [][]span
	for i, l := range wrapText(text, width-14, wholeText) {
		if i > 0 {
			label = ""
		}
		out = append(out, []span{{inkDim, cell12(label)}, {inkText, l}})
	}
	return out
}

func sqlLines(label, sql string, width int) [][]span {
	var out [][]span
	for i, l := range wrapText(oneLine(sql), width-14, wholeText) {
		if i > 0 {
			label = ""
		}
		out = append(out, []span{{inkDim, cell12(label)}, {inkStrong, l}})
	}
	return out
}
