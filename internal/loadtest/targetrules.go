package loadtest

import (
	"fmt"

	"mltop/internal/wire"
	"mltop/internal/yamlfile"
)

// A resource of the target can run out.
type resource struct {
	of   func(wire.BenchTargetSecond) *float64
	from float64 // full from here on
	text string  // of the first instant at which it was
}

// What counts as full: a processor or a disk that is busy nine tenths of the
// time makes everything wait ten times as long (queueing, M/M/1); of blocked
// sessions one is enough.
func resources() []resource {
	return []resource{
		{func(s wire.BenchTargetSecond) *float64 { return s.CPU }, 0.9, "the processors were full"},
		{func(s wire.BenchTargetSecond) *float64 { return s.DiskBusy }, 0.9, "a disk was busy nearly all the time"},
		{func(s wire.BenchTargetSecond) *float64 { return s.Pool }, 0.9, "the database's connections were nearly all taken"},
		{func(s wire.BenchTargetSecond) *float64 { return s.Waiting }, 1, "sessions of the database waited for each other's locks"},
		{func(s wire.BenchTargetSecond) *float64 { return s.Memory }, 0.95, "memory was full"},
	}
}

// sustained: one instant may be chance, two in a row are not.
const sustained = 2

// firstFull names what ran out first, and what came after it.
func firstFull(b *wire.Bench) (string, string) {
	if b.Target == nil {
		return "", ""
	}
	first, at, more := "", 0.0, ""
	for _, r := range resources() {
		t, ok := fullFrom(b.Target.Series, r, b.Warmup+b.Duration)
		switch {
		case !ok:
		case first == "" || t < at:
			if first != "" {
				more += fmt.Sprintf("; from %.0f s on %s", at, first)
			}
			first, at = r.text, t
		default:
			more += fmt.Sprintf("; from %.0f s on %s", t, r.text)
		}
	}
	if first == "" {
		return "", ""
	}
	text := fmt.Sprintf("what ran out first: from %.0f s on %s%s", at, first, more)
	if b.Generator.CPURatio >= ownShare {
		text += fmt.Sprintf(" (mltop itself took %s of the processors of this machine)", percent(b.Generator.CPURatio))
	}
	return "warn", text
}

// ownShare of the processors is worth a word where they were full.
const ownShare = 0.05

func fullFrom(series []wire.BenchTargetSecond, r resource, end float64) (float64, bool) {
	n, at := 0, 0.0
	for _, s := range series {
		v := r.of(s)
		if v == nil || *v < r.from || s.At < 0 || s.At > end {
			n = 0
			continue
		}
		if n == 0 {
			at = s.At
		}
		if n++; n == sustained {
			return at, true
		}
	}
	return 0, false
}

// dearShare of the database's time is worth naming the statement.
const dearShare = 0.3

func dearStatement(b *wire.Bench) (string, string) {
	if b.Target == nil || len(b.Target.Statements) == 0 {
		return "", ""
	}
	s := b.Target.Statements[0]
	if s.Share == nil || *s.Share < dearShare {
		return "", ""
	}
	text := fmt.Sprintf("%s of the database's time in the test is one statement, %s in %d calls: %s", percent(*s.Share), seconds(&s.Seconds), s.Calls, yamlfile.Clip(s.Text, 120))
	if s.Route != "" {
		text += ", for " + s.Route
	}
	return "warn", text
}
