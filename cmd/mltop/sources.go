package main

import (
	"context"
	"time"

	"mltop/collectors"
	"mltop/collectors/requestlog"
	"mltop/internal/db"
)

// The catalog and the machine change slowly, processes come and go: each
// collector has an interval of its own. One that is as short as the tick
// follows it.
const processesEvery = 2 * time.Second

// watch wires the collectors of a target.
func (a *app) watch(ctx context.Context) error {
	table, err := a.requestTable()
	if err != nil {
		return err
	}
	a.requests = requestlog.New(a.engine, requestlog.Options{
		Table: table, GroupBy: a.o.groupBy, Past: a.purpose.past, All: a.purpose.whole,
	})
	list := []collectors.Scheduled{
		a.scheduled(collectors.NewSystem(a.target.path), a.o.interval),
		a.scheduled(collectors.NewProcesses(a.engine.Holders, a.o.pids), max(a.o.interval, processesEvery)),
		a.scheduled(a.requests, a.o.interval),
		a.scheduled(collectors.NewDatabase(a.engine, a.seen.count), a.o.interval),
	}
	a.sampler = collectors.NewSampler(list, collectors.NewSelf(a.log.count))
	return nil
}

func (a *app) scheduled(c collectors.Collector, every time.Duration) collectors.Scheduled {
	return collectors.Scheduled{Collector: c, Interval: every, Timeout: a.o.timeout}
}

// requestTable is the one that was named, with the columns that were named.
func (a *app) requestTable() (db.RequestTable, error) {
	t := db.RequestTable{Name: a.o.requestTable}
	if a.o.requestColumns == "" {
		return t, nil
	}
	if t.Name == "" {
		return t, usagef("--request-columns needs --request-table")
	}
	t, err := requestlog.ParseColumns(t, a.o.requestColumns)
	if err != nil {
		return t, usagef("--request-columns: %v", err)
	}
	return t, nil
}
