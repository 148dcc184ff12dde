package main

import (
	"encoding/xml"
	"fmt"
	"strings"

	"mltop/internal/export"
	"mltop/internal/term"
	"mltop/internal/units"
)

func emitCheck(w *world, o *options, d checkDocs) error {
	switch o.output {
	case outputJUnit:
		text, err := junit(d)
		if err != nil {
			return err
		}
		return o.deliver(w, text)
	case outputAnnotations:
		return o.deliver(w, []byte(annotations(d)))
	}
	return o.emit(w, checkView(d))
}

func checkView(d checkDocs) view {
	v := view{doc: d, csv: export.Table{Columns: export.Cols("target", "metric", "subject", "unit", "baseline", "now", "change_ratio", "limit", "outcome")}}
	for _, t := range d.Targets {
		v.tables = append(v.tables, comparedTable(d, t))
		if len(t.New) > 0 {
			news := findingTable(t.New)
			news.Title = "New since the baseline"
			v.tables = append(v.tables, news)
		}
		for _, c := range t.Compared {
			v.csv.Rows = append(v.csv.Rows, []string{t.Target.Path, c.Metric, c.Subject, c.Unit, rawNumber(c.Baseline), rawNumber(c.Now), rawNumber(c.Change), orEmpty(c.Limit), c.Outcome})
		}
	}
	return v
}

func comparedTable(d checkDocs, t checkedTargets) export.Table {
	table := export.Table{
		Title:   fmt.Sprintf("%s against %s: %s", t.Target.Name, localTime(t.BaselineTime), d.summary(t)),
		Columns: export.Cols("", "what", ">baseline", ">now", ">change", "limit", "~"),
		Empty:   "nothing that both snapshots have can be compared",
	}
	for _, c := range t.Compared {
		table.Rows = append(table.Rows, []string{outcomeMark(c.Outcome), c.what(), c.text(c.Baseline), c.text(c.Now), c.changeText(), orEmpty(c.Limit), c.Reason})
	}
	return table
}

// summary is the outcome of one target in a few words.
func (d checkDocs) summary(t checkedTargets) string {
	count := map[string]int{}
	for _, c := range t.Compared {
		count[c.Outcome]++
	}
	switch {
	case count[outcomeBroken] > 0:
		return units.Plural(count[outcomeBroken], "limit") + " broken"
	case count[outcomeUnknown] > 0:
		return units.Plural(count[outcomeUnknown], "limit") + " not judged"
	case d.FailOn == "":
		return "no limit was set"
	}
	return "within all limits"
}

func outcomeMark(outcome string) string {
	switch outcome {
	case outcomeBroken:
		return "■ broken"
	case outcomeUnknown:
		return "▲ not judged"
	case outcomeKept:
		return "● kept"
	}
	return ""
}

func (c comparedDoc) what() string { return strings.TrimSpace(c.Metric + " " + c.Subject) }

func (c comparedDoc) text(v *float64) string {
	switch c.Unit {
	case "seconds":
		return units.Or(v, units.Seconds)
	case "ratio":
		return units.Or(v, units.Percent)
	case "bytes":
		return units.Or(v, units.Bytes)
	}
	return units.Or(v, units.PerSecond)
}

// changeText is a part of the baseline, or points where the value is a part.
func (c comparedDoc) changeText() string {
	unit := "%"
	if c.Unit == "ratio" {
		unit = "points"
	}
	return units.Or(c.Change, func(v float64) string { return fmt.Sprintf("%+.1f %s", 100*v, unit) })
}

// said is a comparison in one line.
func (c comparedDoc) said() string {
	text := fmt.Sprintf("%s %s → %s (%s)", c.what(), c.text(c.Baseline), c.text(c.Now), c.changeText())
	if c.Limit != nil {
		text += ", limit " + *c.Limit
	}
	if c.Reason != "" {
		text += ": " + c.Reason
	}
	return text
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// A JUnit file as CI systems read it: a suite a target, a case a limit.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Skipped   int         `xml:"skipped,attr"`
	Timestamp string      `xml:"timestamp,attr"`
	Cases     []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
	Skipped *junitSkipped `xml:"skipped,omitempty"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

// junit writes a case for each limit, and one for findings where they are
// limited. Without any limit a case that was skipped says so: no case at all
// would read as a run in which everything passed.
func junit(d checkDocs) ([]byte, error) {
	all := junitSuites{Name: "mltop check"}
	for _, t := range d.Targets {
		s := junitSuite{Name: term.Safe(t.Target.Name), Timestamp: d.Time.Format("2006-01-02T15:04:05")}
		for _, c := range t.Compared {
			if c.Limit != nil {
				s.add(c)
			}
		}
		s.addFindings(d.level(), t.Findings)
		if s.Tests == 0 {
			s.Tests, s.Skipped = 1, 1
			s.Cases = []junitCase{{Class: "mltop." + s.Name, Name: "within limits", Skipped: &junitSkipped{"no limit was given with --fail-on: nothing was judged"}}}
		}
		all.Suites = append(all.Suites, s)
		all.Tests, all.Failures, all.Skipped = all.Tests+s.Tests, all.Failures+s.Failures, all.Skipped+s.Skipped
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write JUnit: %w", err)
	}
	return append([]byte(xml.Header), append(text, '\n')...), nil
}

func (s *junitSuite) add(c comparedDoc) {
	line := term.Safe(c.said())
	k := junitCase{Class: "mltop." + s.Name, Name: term.Safe(c.what() + " within " + *c.Limit), Output: line}
	s.Tests++
	if c.Outcome != outcomeKept {
		k.Failure, k.Output = &junitFailure{Message: line, Type: c.Outcome}, ""
		s.Failures++
	}
	s.Cases = append(s.Cases, k)
}

// addFindings is a case that fails on a finding at a level; "" is no limit.
func (s *junitSuite) addFindings(level string, list []findingDoc) {
	if level == "" {
		return
	}
	var found []string
	for _, f := range list {
		if rank(f.Level) >= rank(level) {
			found = append(found, f.Rule+": "+f.Text)
		}
	}
	k := junitCase{Class: "mltop." + s.Name, Name: "no finding of level " + level + " or above"}
	s.Tests++
	if len(found) > 0 {
		k.Failure = &junitFailure{Message: term.Safe(strings.Join(found, "; ")), Type: "finding"}
		s.Failures++
	}
	s.Cases = append(s.Cases, k)
}

// level is the word for findings among the limits.
func (d checkDocs) level() string {
	_, level, _ := parseLimits(d.FailOn) // what does not parse was refused before
	return level
}

// annotations are the workflow commands of GitHub, which other CI systems
// print as they are: an error for a limit that is broken, a warning for one
// that cannot be judged and for what is found anew.
func annotations(d checkDocs) string {
	var b strings.Builder
	put := func(level, title, text string) {
		fmt.Fprintf(&b, "::%s title=%s::%s\n", level, annotationTitle(title), annotationText(text))
	}
	for _, t := range d.Targets {
		for _, c := range t.Compared {
			switch c.Outcome {
			case outcomeBroken:
				put("error", t.Target.Name+": "+c.Metric, c.said())
			case outcomeUnknown:
				put("warning", t.Target.Name+": "+c.Metric, c.said())
			}
		}
		for _, f := range t.New {
			put("warning", t.Target.Name+": "+f.Rule, f.Text)
		}
		put("notice", t.Target.Name, d.summary(t))
	}
	return b.String()
}

// annotationText escapes as the commands ask for: a name from outside must not
// begin one of its own.
func annotationText(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(term.Safe(s))
}

func annotationTitle(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(annotationText(s))
}
