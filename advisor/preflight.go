package advisor

import (
	"context"
	"fmt"
	"slices"

	"mltop/internal/db"
	"mltop/internal/units"
)

// Replicas that are further behind than this are named as a warning: what a
// build writes comes on top. Fewer seconds, or less of the log than one segment
// of PostgreSQL's holds, are the ordinary way.
const (
	lagWorthWarning   = 5.0 // seconds
	bytesWorthWarning = 16 << 20
)

// withRoom is advice with the room that there is on the disk now, or why that
// is not known: what was told with the advice may be days old.
func (a *Advisor) withRoom(ctx context.Context, r Recommendation) Recommendation {
	if r.Build == nil {
		return r
	}
	st, err := patient(ctx, a, a.engine.Stats)
	b := *r.Build
	switch why := st.Missing["disk_free_bytes"]; {
	case err == nil && st.DiskFreeBytes != nil:
		b.FreeBytes = st.DiskFreeBytes
	case err == nil && b.FreeBytes == nil:
		b.WhyFree = firstOf(why, "the engine does not tell")
	case b.FreeBytes == nil:
		b.WhyFree = err.Error()
	}
	r.Build = &b
	return r
}

// replicas says who follows the server, and warns of those that are behind.
func (a *Advisor) replicas(ctx context.Context, steps []db.Step, b *BuildEstimate) (lines []string, warnings []Warning) {
	l, ok := a.engine.(db.ReplicaLister)
	if !ok || !slices.ContainsFunc(steps, func(s db.Step) bool { return s.Object.Kind == db.ObjectIndex }) {
		return nil, nil
	}
	list, err := l.Replicas(ctx)
	if err != nil {
		return []string{"not known: " + err.Error()}, nil
	}
	if len(list) == 0 {
		return []string{"none is connected"}, nil
	}
	for _, r := range list {
		lines = append(lines, r.Name+": "+behind(r)+repeats(r, b))
		if r.Lag != nil && *r.Lag >= lagWorthWarning || r.Bytes != nil && *r.Bytes >= bytesWorthWarning {
			warnings = append(warnings, Warning{Text: "replica " + r.Name + " is " + behind(r) + " already, and what the change writes comes on top"})
		}
	}
	return lines, warnings
}

// behind says how far a replica is behind, or why that is not known.
func behind(r db.Replica) string {
	switch {
	case r.Lag == nil && r.Bytes == nil:
		return "its lag is not known: " + r.Why
	case r.Lag == nil:
		return units.Bytes(float64(*r.Bytes)) + " behind (" + r.Why + ")"
	case r.Bytes == nil:
		return units.Seconds(*r.Lag) + " behind"
	}
	return fmt.Sprintf("%s behind, %s of the log", units.Seconds(*r.Lag), units.Bytes(float64(*r.Bytes)))
}

// repeats says what a replica does that runs the statement itself.
func repeats(r db.Replica, b *BuildEstimate) string {
	if !r.Repeats {
		return ""
	}
	text := "; it runs the change itself when it has ended here, and falls behind meanwhile"
	if b != nil && b.Seconds != nil {
		text += ", by about " + About(*b.Seconds)
	}
	return text
}
