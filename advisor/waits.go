package advisor

import (
	"math"
	"slices"

	"mltop/internal/db"
	"mltop/internal/units"
)

// Waits says who waits for a step, for how long, and how that is known: all of
// it, also where nobody waits for the step, which may itself wait for others.
func Waits(b db.Blocks) string {
	text := b.Who
	if b.For > 0 {
		text += " for about " + About(b.For.Seconds())
	}
	if b.Behind != "" {
		b.Method += "; " + b.Behind
	}
	if b.Method != "" {
		text += " (" + b.Method + ")"
	}
	if b.Commit > 0 {
		text += "; its commit waits for readers to end, for up to " + units.Brief(units.Seconds(b.Commit.Seconds())) + " more"
	}
	return text
}

// About writes an estimate with no more digits than it is worth: two.
func About(s float64) string {
	if !(s > 0) {
		return units.Seconds(s)
	}
	unit := math.Pow(10, math.Floor(math.Log10(s))-1)
	return units.Brief(units.Seconds(math.Round(s/unit) * unit))
}

// BuildText is how long a build takes and what it needs; how that is known is
// said once, here or with what it blocks.
func BuildText(b *BuildEstimate, steps []db.Step) string {
	if b == nil {
		return ""
	}
	text := takes(b.Seconds) + ", " + units.Bytes(float64(b.DiskBytes))
	if b.FreeBytes != nil {
		text += "; free on disk " + units.Bytes(float64(*b.FreeBytes))
	} else if b.WhyFree != "" {
		text += "; free on disk: not known, " + b.WhyFree
	}
	said := slices.ContainsFunc(steps, func(st db.Step) bool { return st.Blocks.Method == b.Method })
	if b.Method != "" && !said {
		text += " (" + b.Method + ")"
	}
	return text
}

// Makes is how long a step builds, and how much; "" where it builds nothing,
// or nothing is known.
func Makes(s db.Step) string {
	if s.Bytes == nil || s.Build.For <= 0 {
		return ""
	}
	return "about " + About(s.Build.For.Seconds()) + ", " + units.Bytes(float64(*s.Bytes))
}

func takes(seconds *float64) string {
	if seconds == nil {
		return "its time is not known"
	}
	return "about " + About(*seconds)
}
