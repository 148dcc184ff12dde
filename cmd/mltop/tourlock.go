package main

import (
	"context"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
	"mltop/internal/demo"
	"mltop/internal/diagnose"
)

// waitingRule finds sessions that wait for others.
const waitingRule = "waiting"

// Blocking waits until a critical verdict is of sessions that wait for
// another, and answers who is at the root.
func (t *tourist) Blocking(ctx context.Context) (demo.Blocking, error) {
	var b demo.Blocking
	err := t.await(ctx, "a verdict on sessions that wait", func(h *collectors.History) bool {
		for _, f := range t.findings(h, h.Latest().Time) {
			if f.Rule == waitingRule && f.Level == diagnose.Crit {
				b = t.blocking(f.Text, h.Latest().Database)
			}
		}
		return b.Session != ""
	})
	return b, err
}

// blocking is the root of the tree that the verdict is of.
func (t *tourist) blocking(verdict string, d *collectors.Database) demo.Blocking {
	tree := db.BlockingTree(d.Sessions)
	if len(tree) == 0 || tree[0].At < 0 {
		return demo.Blocking{}
	}
	t.root = d.Sessions[tree[0].At]
	return demo.Blocking{Text: verdict, Session: t.root.ID, Idle: t.root.Idle, Dies: t.root.Dies, Waiting: tree[0].Behind}
}

// End ends the session that Blocking answered as the dashboard's key does.
func (t *tourist) End(ctx context.Context) error {
	_, err := t.advisor.Act(ctx, advisor.Act{Kind: advisor.KindTerminate, Session: t.root})
	return err
}
