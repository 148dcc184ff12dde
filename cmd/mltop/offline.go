package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"mltop/advisor"
	"mltop/advisor/offline"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
	"mltop/internal/db/sqlite"
	"mltop/internal/term"
	"mltop/internal/units"
)

// adviseOffline gives advice on a workload file, with no target at hand.
func adviseOffline(ctx context.Context, w *world, o *options, path string) error {
	if o.output == workloadOutput {
		return usagef("-o workload writes a workload file of a target; --workload reads one")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return attachf("read the workload: %w", err)
	}
	f, err := offline.Read(text)
	if err != nil {
		return fmt.Errorf("workload %s: %w", path, err)
	}
	if o.serverMemory > 0 {
		f.Machine = &offline.Machine{MemoryBytes: o.serverMemory}
	}
	advice, err := offlineAdvice(ctx, o, f)
	if err != nil {
		return err
	}
	d := newAdviceDoc(targetDoc{Name: f.Name, Engine: f.Engine, Path: path}, advice)
	if err := emitAdvice(w, o, advice, d, fileLabels(f)); err != nil {
		return err
	}
	return o.failAt(severities(d))
}

// offlineAdvice runs the advisor on a file. What it would remember for an
// apply is thrown away: there is nothing to apply it to.
func offlineAdvice(ctx context.Context, o *options, f *offline.File) (_ advisor.Advice, err error) {
	e, err := offlineEngine(ctx, f)
	if err != nil {
		return advisor.Advice{}, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	dir, err := os.MkdirTemp("", "mltop-offline-")
	if err != nil {
		return advisor.Advice{}, fmt.Errorf("make a folder for the run: %w", err)
	}
	defer os.RemoveAll(dir)
	adv := advisor.New(e, advisor.Config{StateDir: dir, Path: f.Name, ReadOnly: true, Forbidden: true})
	advice, err := adv.Advise(ctx, f.Workload(), f.Seen(), advisor.Options{Duration: o.duration, Budget: o.budget})
	advice.Notes = append([]string{e.Note(), fileNote(f)}, advice.Notes...)
	return advice, errors.Join(err, adv.Close())
}

// offlineEngine gives a file the dialect of its engine, and SQLite's planner.
func offlineEngine(ctx context.Context, f *offline.File) (*offline.Engine, error) {
	switch f.Engine {
	case "mysql":
		return offline.NewEngine(f, mysql.DialectOf(f.Stats.Version, f.Stats.Label), nil), nil
	case "postgres":
		return offline.NewEngine(f, postgres.Dialect{}, nil), nil
	}
	room, err := sqlite.NewPlanRoom(ctx, f.Schema)
	if err != nil {
		return nil, err
	}
	return offline.NewEngine(f, sqlite.Dialect{}, room), nil
}

// fileNote says of when the file is, and what it leaves out.
func fileNote(f *offline.File) string {
	text := "the file is of " + localTime(f.At) + ", " + units.Plural(len(f.Statements), "statement")
	if f.Stats.Version != "" {
		text += " on " + firstWord(f.Stats.Label, f.Engine) + " " + f.Stats.Version
	}
	if r := f.Rest; r != nil {
		text += fmt.Sprintf("; %s more, %s of the time, are not named in it", units.Plural(r.Statements, "statement"), units.Percent(r.ShareRatio))
	}
	if !f.Literals {
		text += "; its constants are masked"
	}
	return text
}

func firstWord(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

// fileLabels names statements as workload.labels does.
func fileLabels(f *offline.File) *strings.Replacer {
	var pairs []string
	for _, s := range f.Statements {
		if s.Name == "" {
			pairs = append(pairs, s.Fingerprint, "“"+term.Cut(s.Text, labelCells)+"”")
		}
	}
	return strings.NewReplacer(pairs...)
}
