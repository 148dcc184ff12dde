package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"mltop/internal/units"
)

// checkDocs is what mltop check writes.
type checkDocs struct {
	SchemaVersion int              `json:"schema_version"`
	Time          time.Time        `json:"time"`
	Baseline      string           `json:"baseline"` // the file
	FailOn        string           `json:"fail_on"`
	Broken        int              `json:"broken"`
	Unknown       int              `json:"not_judged"`
	Targets       []checkedTargets `json:"targets"`
	Errors        reasons          `json:"errors"`
}

// checkedTargets is one target beside its baseline.
type checkedTargets struct {
	Target       targetDoc     `json:"target"`
	BaselineTime time.Time     `json:"baseline_time"`
	Compared     []comparedDoc `json:"compared"`
	Findings     []findingDoc  `json:"findings"`
	New          []findingDoc  `json:"new_findings"` // that the baseline had not
	Changes      []changeDoc   `json:"changes"`
}

// The forms of check beside the common ones.
const (
	outputJUnit       = "junit"
	outputAnnotations = "annotations"
)

func newCheck(w *world, o *options) *cobra.Command {
	window, baseline, failOn := windowFlag{}, "", ""
	c := &cobra.Command{
		Use: "check TARGET…", Short: "Compare with an earlier snapshot, for CI", Args: atLeast(1, "one target or more"),
		Long: "Takes a snapshot of each target and sets it beside an earlier one, which\n" +
			"mltop snapshot TARGET -o json -w FILE has written. Without -o it prints Markdown;\n" +
			"-o junit writes test results, -o annotations the commands that mark a CI run.\n\n" +
			"--fail-on p95+20%,errors+1%,throughput-10%,warn makes the exit code 4 when P95 has\n" +
			"grown by more than a fifth, the part of failed requests by more than a point, when\n" +
			"throughput has fallen by more than a tenth, or on a finding. A limit that cannot be\n" +
			"judged, for want of calls, is said, and makes it 4 as well.",
		Annotations: map[string]string{outputsKey: outputJUnit + "|" + outputAnnotations},
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("output") {
				o.output = "md"
			}
			return runCheck(cmd.Context(), w, o, args, checkPlan{baseline, failOn, window})
		},
	}
	c.Flags().StringVar(&baseline, "baseline", "", "`FILE` with the earlier snapshots, as JSON")
	c.Flags().StringVar(&failOn, "fail-on", "", "`LIMITS`: exit 4 beyond p95+20%, errors+1%, throughput-10%, …, or on a finding: info|warn|crit")
	c.Flags().StringVar(&window.text, "window", "60s", "requests and statements of the last `DURATION`, or all: from the first row on, and since a server's counters began")
	return c
}

// A checkPlan is what check was told.
type checkPlan struct {
	baseline, failOn string
	window           windowFlag
}

func runCheck(ctx context.Context, w *world, o *options, targets []string, p checkPlan) error {
	limits, level, err := parseLimits(p.failOn)
	if err != nil {
		return err
	}
	if p.baseline == "" {
		return usagef("mltop check needs --baseline FILE: mltop snapshot TARGET -o json -w FILE writes one")
	}
	earlier, err := readBaseline(p.baseline)
	if err != nil {
		return err
	}
	d := checkDocs{SchemaVersion: schemaVersion, Time: time.Now().UTC(), Baseline: p.baseline, FailOn: p.failOn, Errors: reasons{}}
	for _, arg := range targets {
		now, err := snapshotOnce(ctx, w, o, arg, p.window)
		if err != nil {
			return err
		}
		before, err := baselineOf(earlier, now.Target, len(targets) == 1)
		if err != nil {
			return fmt.Errorf("baseline %s: %w", p.baseline, err)
		}
		d.add(before, now, limits)
	}
	if err := emitCheck(w, o, d); err != nil {
		return err
	}
	return d.verdict(level)
}

// snapshotOnce is what mltop snapshot says of a target.
func snapshotOnce(ctx context.Context, w *world, o *options, arg string, window windowFlag) (snapshotDoc, error) {
	s, err := openSnapshot(ctx, w, o, arg, window)
	if err != nil {
		return snapshotDoc{}, err
	}
	doc, err := s.once(ctx)
	return doc, errors.Join(err, s.Close())
}

func (s *snapshotRun) once(ctx context.Context) (snapshotDoc, error) {
	if err := s.begin(ctx); err != nil {
		return snapshotDoc{}, err
	}
	err := s.next(ctx)
	return s.document(ctx), err
}

// readBaseline reads the snapshots of a file: one, or one a line.
func readBaseline(path string) ([]snapshotDoc, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the baseline: %w", err)
	}
	var out []snapshotDoc
	d := json.NewDecoder(bytes.NewReader(text))
	for {
		var s snapshotDoc
		err := d.Decode(&s)
		switch {
		case errors.Is(err, io.EOF) && len(out) > 0:
			return out, nil
		case errors.Is(err, io.EOF):
			return nil, fmt.Errorf("baseline %s: the file is empty", path)
		case err != nil:
			return nil, fmt.Errorf("baseline %s: behind byte %d: %w", path, d.InputOffset(), err)
		case s.SchemaVersion == 0 || s.Target.Path == "":
			return nil, fmt.Errorf("baseline %s: document %d is no snapshot: mltop snapshot TARGET -o json -w FILE writes one", path, len(out)+1)
		case s.SchemaVersion > schemaVersion:
			return nil, fmt.Errorf("baseline %s: schema version %d was written by a newer mltop; this one knows %d", path, s.SchemaVersion, schemaVersion)
		}
		out = append(out, s)
	}
}

// baselineOf finds a target's snapshot by its path, else by its name; a lone
// one is that of a lone target, which may lie elsewhere by now. Of several the
// last counts.
func baselineOf(list []snapshotDoc, t targetDoc, lone bool) (snapshotDoc, error) {
	for _, same := range []func(targetDoc) bool{
		func(o targetDoc) bool { return o.Path == t.Path },
		func(o targetDoc) bool { return o.Name == t.Name && o.Engine == t.Engine },
		func(o targetDoc) bool { return lone && len(list) == 1 && o.Engine == t.Engine },
	} {
		for i := len(list) - 1; i >= 0; i-- {
			if same(list[i].Target) {
				return list[i], nil
			}
		}
	}
	return snapshotDoc{}, fmt.Errorf("it holds no snapshot of %s (%s)", t.Path, t.Engine)
}

func (d *checkDocs) add(before, now snapshotDoc, limits []limit) {
	t := checkedTargets{Target: now.Target, BaselineTime: before.Time, Compared: compareSnapshots(before, now, limits), Findings: now.Findings, New: []findingDoc{}, Changes: now.Changes}
	known := map[string]bool{}
	for _, f := range before.Findings {
		known[f.Rule+f.Method+f.Route+f.Fingerprint] = true
	}
	for _, f := range now.Findings {
		if f.Level != "ok" && !known[f.Rule+f.Method+f.Route+f.Fingerprint] {
			t.New = append(t.New, f)
		}
	}
	for _, c := range t.Compared {
		switch c.Outcome {
		case outcomeBroken:
			d.Broken++
		case outcomeUnknown:
			d.Unknown++
		}
	}
	d.Targets = append(d.Targets, t)
}

// firstUnknown says why the first limit that cannot be judged is not.
func (d checkDocs) firstUnknown() string {
	for _, t := range d.Targets {
		for _, c := range t.Compared {
			if c.Outcome == outcomeUnknown {
				return t.Target.Name + ", " + c.what() + ": " + c.Reason
			}
		}
	}
	return ""
}

// verdict is the error of a limit that is broken, or cannot be judged, and of
// findings at a level.
func (d checkDocs) verdict(level string) error {
	switch {
	case d.Broken > 0:
		return findingsf("%s of --fail-on %s broken", units.Plural(d.Broken, "limit"), d.FailOn)
	case d.Unknown > 0:
		return findingsf("%s of --fail-on %s cannot be judged: %s", units.Plural(d.Unknown, "limit"), d.FailOn, d.firstUnknown())
	}
	var words []string
	for _, t := range d.Targets {
		for _, f := range t.Findings {
			words = append(words, f.Level)
		}
	}
	return (&options{failOn: level}).failAt(words)
}
