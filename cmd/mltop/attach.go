package main

import (
	"context"
	"errors"
)

// attach is mltop without a verb.
func attach(ctx context.Context, w *world, o *options, args []string) error {
	if len(args) == 0 {
		return o.emit(w, placesView(lookAround()))
	}
	if _, err := parseTarget(args[0]); err != nil {
		return err
	}
	return errors.New("attach: not yet")
}
