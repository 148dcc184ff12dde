package main

import (
	"context"

	"mltop/internal/units"
	"mltop/ui"
)

// pick lets a user choose a place on the terminal; "" when none was chosen.
func pick(ctx context.Context, w *world, o *options, places []place) (string, error) {
	a := &app{w: w, o: o}
	look, err := a.uiOptions()
	if err != nil {
		return "", err
	}
	list := make([]ui.Choice, len(places))
	for i, p := range places {
		list[i] = ui.Choice{Label: p.path, Note: p.who()}
		if p.path == "" {
			list[i].Note += ": " + noFile
		} else if p.bytes > 0 || p.arg == "" {
			list[i].Size = units.Bytes(float64(p.bytes))
		}
	}
	i, ok, err := ui.Pick(ctx, "mltop: attach to", list, look, w.in, w.out)
	if err != nil || !ok {
		return "", err
	}
	if places[i].arg != "" {
		return places[i].arg, nil
	}
	return places[i].path, nil
}
