package ui

import (
	"strings"
	"testing"
	"time"

	"mltop/collectors"
)

// What is older than two looks says so, beside the reason, and is not called
// live.
func TestWhatIsOldSaysSo(t *testing.T) {
	for _, row := range []struct {
		name           string
		key            string
		change         func(*collectors.Sample, *collectors.Database)
		header, moment string
	}{
		{"sessions of now are live", "7", func(_ *collectors.Sample, d *collectors.Database) { d.SessionsAt = d.At }, "● live", ""},
		{"so are those of two seconds ago", "7", func(_ *collectors.Sample, d *collectors.Database) { d.SessionsAt = d.At.Add(-2 * time.Second) }, "● live", ""},
		{"those of twelve seconds ago are not", "7", func(s *collectors.Sample, d *collectors.Database) {
			d.SessionsAt = d.At.Add(-12 * time.Second)
			s.Errors["database"] = "busy, no answer since 10:41:48"
		}, "▲ seen 12 s ago", "▲ sessions seen 12 s ago: busy, no answer since 10:41:48"},
		{"nor on the overview", "1", func(_ *collectors.Sample, d *collectors.Database) {
			d.SessionsAt, d.Missing = d.At.Add(-12*time.Second), map[string]string{"sessions": "permission denied"}
		}, "▲ seen 12 s ago", "▲ sessions seen 12 s ago: permission denied"},
		{"on the queries' view nobody looks at sessions", "3", func(_ *collectors.Sample, d *collectors.Database) { d.SessionsAt = d.At.Add(-12 * time.Second) }, "● live", ""},
		{"a server that is asked every four seconds is not late by then", "7", func(_ *collectors.Sample, d *collectors.Database) {
			d.SessionsAt, d.SessionsInterval = d.At.Add(-4*time.Second), 4*time.Second
		}, "● live", ""},
		{"a pace of a minute is none", "7", func(_ *collectors.Sample, d *collectors.Database) {
			d.SessionsAt, d.SessionsInterval = d.At.Add(-50*time.Second), time.Minute
		}, "▲ seen 50 s ago", "▲ sessions seen 50 s ago, and not since"},
		{"the database's view is of the database", "5", func(_ *collectors.Sample, d *collectors.Database) { d.At = d.At.Add(-30 * time.Second) }, "▲ seen 30 s ago", "▲ the database seen 30 s ago"},
		{"statements have an age of their own", "3", func(s *collectors.Sample, _ *collectors.Database) {
			for _, sec := range s.Sections {
				if sec, ok := sec.(*collectors.Statements); ok {
					sec.At = sec.At.Add(-20 * time.Second)
				}
			}
		}, "▲ seen 20 s ago", "▲ statements seen 20 s ago"},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := newFake()
			f.byHand = true
			s := openWith(t, f, Target{Name: "shop", Path: "postgres:///shop", Sessions: true}, options(f), 120, 40)
			sample := f.sample()
			for _, sec := range sample.Sections {
				if d, ok := sec.(*collectors.Database); ok {
					row.change(&sample, d)
				}
			}
			s.send(sampleMsg{sample: sample})
			s.press(row.key)
			lines := strings.Split(s.text(), "\n")
			if !strings.Contains(lines[0], row.header) || !strings.Contains(lines[2], row.moment) || row.moment == "" && strings.Contains(lines[2], "seen") {
				t.Errorf("got %q and %q, want %q and %q", lines[0], lines[2], row.header, row.moment)
			}
		})
	}
}

// Of the past, and while paused, everything is as old as it is.
func TestThePastIsNotCalledOld(t *testing.T) {
	s := watched(t, 120, 40)
	s.m.s.Snap.Database.At = noon.Add(-12 * time.Second)
	s.want("▲ seen 12 s ago")
	s.press(" ")
	s.want("PAUSED")
	s.wantNot("seen 12 s ago")
}
