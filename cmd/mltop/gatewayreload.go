package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// fileEvery is how often the file is looked at.
const fileEvery = time.Second

// wait follows the file until the end.
func (r *gatewayRun) wait(ctx context.Context, hup <-chan os.Signal, failed <-chan error) error {
	tick := time.NewTicker(fileEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case <-hup:
			r.reload()
		case <-tick.C:
			if r.file != "" && !changedAt(r.file).Equal(r.seen) {
				r.reload()
			}
		}
	}
}

// changedAt is zero for a file that is not there: an editor may be about to
// put it there.
func changedAt(file string) time.Time {
	info, err := os.Stat(file)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// reload reads the file again; one that is wrong changes nothing.
func (r *gatewayRun) reload() {
	if r.file == "" || changedAt(r.file).IsZero() {
		return
	}
	cfg, err := r.config()
	if err == nil {
		err = r.g.Reload(cfg)
	}
	if err != nil {
		r.seen = changedAt(r.file)
		r.tell(fmt.Sprintf("not read again, the old configuration stays: %v", err))
		return
	}
	r.say("read %s again: %s", r.file, r.upstreams())
	if c := r.g.Certificate(); c != nil && c.Why != "" {
		r.say("the old certificate stays: %s", c.Why)
	}
}
