package main

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mltop/collectors"
	"mltop/internal/diagnose"
)

// A windowFlag is --window: a duration, or all.
type windowFlag struct{ text string }

func (f windowFlag) duration() (d time.Duration, all bool, err error) {
	if f.text == "all" {
		return 0, true, nil
	}
	d, err = time.ParseDuration(f.text)
	if err != nil || d <= 0 {
		return 0, false, usagef("--window: %q is neither a duration nor all", f.text)
	}
	return d, false, nil
}

func newSnapshot(w *world, o *options) *cobra.Command {
	window, count := windowFlag{}, 1
	c := &cobra.Command{
		Use: "snapshot TARGET", Short: "What the dashboard shows, once, without a screen", Args: exactly(1, "one target"),
		Long: "Samples twice, one interval apart, and prints everything that is known.\n" +
			"With --count N it goes on, one interval apart; JSON is then one document a line.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return runSnapshot(cmd.Context(), w, o, args[0], window, count)
		},
	}
	c.Flags().StringVar(&window.text, "window", "60s", "requests and statements of the last `DURATION`, or all: from the first row on, and since a server's counters began")
	c.Flags().IntVar(&count, "count", 1, "how many snapshots")
	return c
}

func runSnapshot(ctx context.Context, w *world, o *options, arg string, window windowFlag, count int) error {
	if _, _, err := window.duration(); err != nil {
		return err
	}
	if count < 1 {
		return usagef("--count: %d is not above zero", count)
	}
	if o.output == "html" && count > 1 {
		return usagef("--count %d: html is one page: json, csv, md and table go on", count)
	}
	s, err := openSnapshot(ctx, w, o, arg, window)
	if err != nil {
		return err
	}
	return errors.Join(s.run(ctx, count), s.Close())
}

// openSnapshot attaches to a target for snapshots of a window.
func openSnapshot(ctx context.Context, w *world, o *options, arg string, window windowFlag) (*snapshotRun, error) {
	d, all, err := window.duration()
	if err != nil {
		return nil, err
	}
	past := max(d, whyPast+verdictWindow) // the verdict compares with an hour ago
	logged := d
	if all {
		past, logged = ever, -1
	}
	a, err := openApp(ctx, w, o, arg, purpose{past: past, whole: true, logged: logged})
	if err != nil {
		return nil, err
	}
	if all {
		a.totals = &totals{}
	}
	return &snapshotRun{app: a, window: d, history: collectors.NewHistory(0)}, nil
}

// A snapshotRun prints count snapshots of one target.
type snapshotRun struct {
	*app
	window  time.Duration
	history *collectors.History
	text    bytes.Buffer
	levels  []string
}

func (s *snapshotRun) run(ctx context.Context, count int) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	for i := range count {
		if err := s.next(ctx); err != nil {
			return err
		}
		if err := s.print(ctx, i, count); err != nil {
			return err
		}
	}
	if s.o.write != "" {
		if err := s.o.deliver(s.w, s.text.Bytes()); err != nil {
			return err
		}
	}
	return s.o.failAt(s.levels)
}

// begin takes the first sample, and what the log tells of the past.
func (s *snapshotRun) begin(ctx context.Context) error {
	if err := s.sample(ctx, s.history, 1); err != nil {
		return err
	}
	return s.fill(ctx, s.history)
}

// next takes one sample more, an interval later.
func (s *snapshotRun) next(ctx context.Context) error {
	if err := sleep(ctx, s.o.interval); err != nil {
		return err
	}
	return s.sample(ctx, s.history, 1)
}

// print writes one snapshot: to stdout as it comes, to a file at the end.
func (s *snapshotRun) print(ctx context.Context, i, count int) error {
	doc := s.document(ctx)
	s.levels = s.levels[:0]
	for _, f := range doc.Findings {
		s.levels = append(s.levels, f.Level)
	}
	v := snapshotView(doc)
	if s.o.output == "csv" && i > 0 {
		v.csv.Columns = nil
	}
	if s.o.write != "" {
		return s.o.render(&s.text, s.w, v, count > 1)
	}
	return s.o.render(s.w.out, s.w, v, count > 1)
}

// document is the state of this moment; its window ends now.
func (s *snapshotRun) document(ctx context.Context) snapshotDoc {
	now := s.history.Latest()
	w := s.history.Window(now.Time, s.window)
	if s.logged != nil {
		w.Statements = withEver(collectors.WithPast(w.Statements, s.logged), now)
	}
	if total, ok := s.totals.window(); ok {
		w.Requests = replaceHeadline(w.Requests, total)
	}
	d := newSnapshotDoc(s.targetDoc(), now, w, s.o.showLiterals)
	d.SlowLog = s.slowPast
	d.Changes = changeDocs(s.history.Events(now.Time, 0))
	d.Findings = newFindingDocs(s.findingsTried(ctx, s.history, now.Time))
	return d
}

// withEver adds what a server's counters say of statements that were not called
// between the looks.
func withEver(list []collectors.StatementWindow, now collectors.Snapshot) []collectors.StatementWindow {
	for i := range list {
		for _, s := range now.Statements {
			if e, ok := s.Ever[list[i].Fingerprint]; ok && list[i].Ever == nil && s.Source == list[i].Source {
				e.By = s.Source.Kind
				list[i].Ever = &e
			}
		}
	}
	return list
}

func replaceHeadline(list []collectors.RequestWindow, w collectors.RequestWindow) []collectors.RequestWindow {
	if len(list) == 0 {
		return []collectors.RequestWindow{w}
	}
	return append([]collectors.RequestWindow{w}, list[1:]...)
}

// newSnapshotDoc puts a snapshot and its window into the document's words.
func newSnapshotDoc(t targetDoc, now collectors.Snapshot, w collectors.Window, literals bool) snapshotDoc {
	d := snapshotDoc{SchemaVersion: schemaVersion, Time: now.Time.UTC(), Target: t, Errors: reasons{}}
	for name, why := range now.Errors {
		d.Errors.say(name, why)
	}
	d.System = newSystemDoc(now.System, d.Errors)
	d.Database = newDatabaseDoc(t.Engine, now.Database, d.Errors)
	d.Processes = newProcessDocs(now.Processes, d.Errors)
	if len(w.Requests) > 0 {
		d.Requests = newRequestsDoc(w.Requests[0], d.Errors)
		d.Database.commitsPerRequest(d.Requests, d.Errors)
	} else {
		d.Errors.say("requests", "no table or log with one row a request is known: name one with --request-table")
	}
	for _, r := range now.Requests {
		for name, why := range r.Missing {
			d.Errors.say("requests."+name, why)
		}
	}
	d.Errors.sayUnread(now)
	d.Errors.sayComplaints(now)
	d.Statements = newStatementDocs(w.Statements, statementText(literals), d.Errors)
	if len(d.Statements) == 0 {
		d.Errors.say("statements", whyNoStatement(now))
	}
	d.Errors.sayGiven(now)
	return d
}

// sayGiven does not ask for a source of statements that was given, where the
// database itself counts none.
func (r reasons) sayGiven(now collectors.Snapshot) {
	for _, s := range now.Statements {
		for _, name := range []string{"database.queries_per_second", "database.mean_query_seconds"} {
			if strings.Contains(r[name], "--query-log") && (s.Source.Kind == "query log" || s.Source.Kind == "queries file") {
				r[name] = "SQLite counts no statements: what is known of them, from the " + s.Source.Kind + ", stands under statements"
			}
		}
	}
}

// whyNoStatement does not ask for a log that was given.
func whyNoStatement(now collectors.Snapshot) string {
	for _, s := range now.Statements {
		if s.Source.Kind == "query log" {
			return "nothing was written to the query log in the interval"
		}
		if s.Source.Live && !s.Source.Sampled {
			return "no statement was called between two looks: --interval sets them further apart, --window all shows what " + s.Source.Kind + " has counted before"
		}
	}
	return "no statement is seen: give --queries or --query-log; mltop doctor shows how"
}

// statementText shows the normal form, which has no literals, or an example.
func statementText(literals bool) func(collectors.StatementGroup) string {
	return func(g collectors.StatementGroup) string {
		if literals && g.Example != "" {
			return g.Example
		}
		return g.Text
	}
}

// findings is the verdict on a history.
func (a *app) findings(h *collectors.History, now time.Time) []diagnose.Finding {
	return diagnose.Look(a.toJudge(h, now))
}

func (a *app) toJudge(h *collectors.History, now time.Time) diagnose.Input {
	return diagnose.Input{History: h, Now: now, Window: verdictWindow, Thresholds: a.o.thresholds}
}

// findingsTried is the verdict that asks for nothing which the last run of the
// advisor has tried and found to be worse. Only such a verdict has it looked up;
// where that cannot be read, the verdict stands.
func (a *app) findingsTried(ctx context.Context, h *collectors.History, now time.Time) []diagnose.Finding {
	in := a.toJudge(h, now)
	found := diagnose.Look(in)
	if !slices.ContainsFunc(found, func(f diagnose.Finding) bool { return f.Rule == diagnose.StatisticsRule }) {
		return found
	}
	tried, err := a.advisor.TriedSlower(ctx)
	if err != nil {
		return found
	}
	in.Advice = &tried
	return diagnose.Look(in)
}

// ever is longer than any log.
const ever = 200 * 365 * 24 * time.Hour

// verdictWindow is short enough to speak of now and long enough for a P95.
const verdictWindow = time.Minute
