package main

import (
	"context"
	"errors"
	"os"
)

// attach is mltop without a verb: the dashboard, or without a terminal the
// same as mltop snapshot.
func attach(ctx context.Context, w *world, o *options, args []string) error {
	if len(args) == 0 {
		return chooseTarget(ctx, w, o)
	}
	if len(args) == 1 && isGateway(args[0]) {
		return attachGateway(ctx, w, o, args[0])
	}
	for _, arg := range args {
		if _, err := parseTarget(arg); err != nil {
			return err
		}
	}
	if !w.terminal() && !o.plain || o.write != "" {
		return snapshots(ctx, w, o, args)
	}
	if len(args) > 1 {
		return chooseAmong(ctx, w, o, args)
	}
	return dashboard(ctx, w, o, args[0])
}

// chooseAmong lets a user pick one of several targets: one is shown at a time.
func chooseAmong(ctx context.Context, w *world, o *options, args []string) error {
	if !w.terminal() || w.dumb() || o.plain {
		return usagef("one target is shown at a time: mltop --plain %s", args[0])
	}
	var places []place
	for _, arg := range args {
		t, err := parseTarget(arg)
		if err != nil {
			return err
		}
		p := place{path: t.path, arg: arg}
		if info, err := os.Stat(t.path); err == nil {
			p.bytes = info.Size()
		}
		places = append(places, p)
	}
	arg, err := pick(ctx, w, o, places)
	if err != nil || arg == "" {
		return err
	}
	return dashboard(ctx, w, o, arg)
}

func snapshots(ctx context.Context, w *world, o *options, args []string) error {
	var errs []error
	for _, arg := range args {
		if err := runSnapshot(ctx, w, o, arg, windowFlag{"60s"}, 1); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// chooseTarget lists what could be attached to; on a terminal one is chosen.
func chooseTarget(ctx context.Context, w *world, o *options) error {
	places := lookAround()
	if !w.terminal() || w.dumb() || o.plain || o.write != "" || o.output != "table" || len(places) == 0 {
		return o.emit(w, placesView(places))
	}
	path, err := pick(ctx, w, o, places)
	if err != nil || path == "" {
		return err
	}
	return dashboard(ctx, w, o, path)
}
