package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/export"
)

// previewTable is everything that must be seen before a change.
func previewTable(title string, p advisor.Preview) export.Table {
	t := export.Table{Title: title, Columns: export.Cols("", "~")}
	add := func(label, text string) {
		if text != "" {
			t.Rows = append(t.Rows, []string{label, text})
		}
	}
	r := p.Recommendation
	for _, first := range p.First {
		add("first", "#"+first.Recommendation.ID+" "+first.Recommendation.Title+", which it builds on")
	}
	add("what", r.Title)
	if add("gone", p.Gone); p.Gone != "" {
		return t
	}
	if len(p.Steps) == 0 && r.Statement != "" { // nothing that mltop could run
		add("by hand", r.Statement)
		return t
	}
	var blocks []string
	for _, s := range p.Steps {
		add("do", strings.Join(s.Do, "; "))
		if len(p.Steps) > 1 {
			add("", advisor.Makes(s))
		}
		add("undo", strings.Join(s.Undo, "; "))
		if s.Irreversible != "" {
			add("undo", "IRREVERSIBLE: "+s.Irreversible)
		}
		if text := advisor.Waits(s.Blocks); !slices.Contains(blocks, text) {
			add("blocks", text)
			blocks = append(blocks, text)
		}
	}
	add("build", advisor.BuildText(p.Build(), p.Steps))
	if p.UndoSeconds > 0 {
		add("undo takes", "about "+advisor.About(p.UndoSeconds))
	}
	for _, text := range p.Replicas {
		add("replicas", text)
	}
	for _, h := range p.Holders {
		add("open in", fmt.Sprintf("pid %d %s", h.PID, h.Name))
	}
	for _, w := range r.Warnings {
		add("warning", w.Text)
	}
	add("tried", p.Tried)
	return t
}

// quietStages is how often a long change says where it is to what is no
// terminal: a log is to tell what it waited for, not to fill.
const quietStages = 5 * time.Second

// progress prints stages: each to a person's terminal, elsewhere only what a
// change that takes long is at.
func (a *app) progress() func(db.Progress) {
	said := stages{every: quietStages, at: time.Now()}
	if a.w.terminal() {
		said.every = 0
	}
	return func(p db.Progress) {
		if said.due(p.Stage, time.Now()) {
			fmt.Fprintln(a.w.err, "  "+safeLines(p.Stage))
		}
	}
}

// stages remembers what was said of a change, and when.
type stages struct {
	every time.Duration
	at    time.Time
	last  string
}

// due reports whether a stage is to be said now.
func (s *stages) due(stage string, now time.Time) bool {
	if stage == s.last || now.Sub(s.at) < s.every {
		return false
	}
	s.last, s.at = stage, now
	return true
}
