package advisor

import (
	"context"

	"mltop/internal/db"
)

// Confirm takes the name that a user typed, or wrote on the command line, for
// the next change on a production target. It is good for one change.
func (a *Advisor) Confirm(ctx context.Context, name string) error {
	return a.do(ctx, func(m *memory) { m.confirmed = name })
}

// unconfirmed says what must be typed before these steps may run; "" when it
// was, or when nothing must be. It uses the confirmation up.
func (a *Advisor) unconfirmed(ctx context.Context, steps []db.Step) string {
	want, typed := a.confirm(steps), ""
	if want == "" {
		return ""
	}
	err := a.do(ctx, func(m *memory) { typed, m.confirmed = m.confirmed, "" })
	switch {
	case err != nil:
		return err.Error()
	case typed != want:
		return "this is production: the change is confirmed by the name of its object, " + want
	}
	return ""
}

// confirm is what must be typed on a production target.
func (a *Advisor) confirm(steps []db.Step) string {
	if !a.config.Production || len(steps) == 0 {
		return ""
	}
	return firstOf(steps[0].Object.Name, string(steps[0].Object.Kind))
}
