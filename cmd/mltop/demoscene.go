package main

import (
	"context"
	"sync"
	"time"

	"mltop/collectors"
)

const (
	// sceneAfter is when a server's second scene begins for somebody who looks
	// around and takes nothing back.
	sceneAfter = 5 * time.Minute
	// sceneLull is how long the first scene's end is left to be seen.
	sceneLull = 10 * time.Second
)

// secondScene has the shop's back office forget a transaction once the first
// scene is over: a change was taken back, or much time went by. A file has no
// sessions, and so no second scene.
func (d *sample) secondScene(ctx context.Context, b *backend) {
	if !d.server.Ready.Engine.Server() {
		return
	}
	over := make(chan struct{})
	b.undone = sync.OnceFunc(func() { close(over) })
	go func() {
		select {
		case <-over:
		case <-time.After(sceneAfter):
		case <-ctx.Done():
			return
		}
		if sleep(ctx, sceneLull) != nil {
			return
		}
		if _, err := d.server.Hold(); err != nil && ctx.Err() == nil {
			b.changed(collectors.Event{Kind: "log", Text: "no second scene: " + err.Error()})
		}
	}()
}
