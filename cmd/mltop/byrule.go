package main

import (
	"context"

	"mltop/advisor"
	"mltop/advisor/offline"
	"mltop/internal/db"
)

// byRule is the room in which indexes are reckoned where the server has none
// to try them in: the same as for a workload file.
func (a *app) byRule(ctx context.Context, f advisor.Facts) db.Lab {
	named, _ := offline.Keep(f.Workload.Statements)
	return offline.NewLab(&offline.File{
		Engine: f.Target.Engine, Stats: f.Stats, Schema: f.Schema, Columns: a.columnsOf(ctx, f.Schema, named),
	}, a.engine)
}
