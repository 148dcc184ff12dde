package advisor

import (
	"context"
	"fmt"
	"slices"

	"mltop/internal/db"
)

// A change of many parts is undone by one statement that takes them all along,
// if need be such as others have added since; some of them may have gone
// meanwhile with what they were part of.

// onlyLooks reports a step that changes nothing, and so leaves nothing to undo.
func onlyLooks(s db.Step) bool { return s.Object.Kind == db.ObjectPartitions }

// goesAlong reports a step that the undo of another one undoes.
func goesAlong(s db.Step) bool { return len(s.TakeBack) > 0 }

// alone are the steps that are undone each by itself.
func alone(steps []db.Step) []db.Step {
	return slices.DeleteFunc(slices.Clone(steps), func(s db.Step) bool { return goesAlong(s) || onlyLooks(s) })
}

// skipped reports whether step i of an undo has nothing to do: it only looked,
// or what it made went along with another's, or with its table.
func skipped(e *Entry, i int, l look) bool {
	if onlyLooks(e.Steps[i]) {
		return true
	}
	return slices.ContainsFunc(e.Steps, goesAlong) && (l.stands == standsBefore || l.stands == standsForeign && goesAlong(e.Steps[i]))
}

// halfUndone keeps an undo that failed between two statements of step i, or
// behind the statement that takes all parts along: it is unfinished, and the
// next start goes on with it. Ahead of that nothing was undone.
func (t *act) halfUndone(ctx context.Context, e *Entry, i int, cause error) (half bool, err error) {
	if _, l, err := t.asItStands(ctx, e, i); err == nil && l.stands == standsBetween {
		return true, unfinished(e, cause)
	}
	if !slices.ContainsFunc(e.Steps, goesAlong) {
		return false, nil
	}
	for _, s := range alone(e.Steps) {
		now, err := t.a.state(ctx, s.Object)
		if err != nil || now == s.After {
			return false, err
		}
	}
	return true, unfinished(e, cause)
}

func unfinished(e *Entry, cause error) error {
	e.Note = cause.Error()
	return fmt.Errorf("the undo is not finished, the next start goes on with it: %w", cause)
}
