package db

import (
	"context"
	"errors"
	"strings"
)

// Cancelled is an error in plain words where nobody waits for its work any
// more: drivers call that a timeout, or a broken connection. What else went
// wrong is said behind it. Any other error is answered as it is.
func Cancelled(err error) error {
	if !errors.Is(err, context.Canceled) {
		return err
	}
	return cancelled{err}
}

type cancelled struct{ err error }

func (c cancelled) Error() string {
	return strings.Join(append([]string{"cancelled"}, others(c.err)...), "; ")
}

func (c cancelled) Unwrap() error { return c.err }

// others are the parts of joined errors that do not come from the cancelling.
func others(err error) []string {
	joined, ok := err.(interface{ Unwrap() []error })
	switch {
	case ok:
		var out []string
		for _, part := range joined.Unwrap() {
			out = append(out, others(part)...)
		}
		return out
	case errors.Is(err, context.Canceled):
		return nil
	}
	return []string{err.Error()}
}
