package main

import (
	"context"
	"sync/atomic"
	"time"

	"mltop/collectors"
	"mltop/collectors/querylog"
	"mltop/collectors/requestlog"
	"mltop/internal/db"
)

// The catalog and the machine change slowly, processes come and go: each
// collector has an interval of its own. One that is as short as the tick
// follows it.
const processesEvery = 2 * time.Second

// watch wires the collectors of a target.
func (a *app) watch(table db.RequestTable) {
	a.requests = &requestSource{seen: a.seen, Collector: requestlog.New(a.engine, requestlog.Options{
		Table: table, GroupBy: a.o.groupBy, Past: a.purpose.past, All: a.purpose.whole,
	})}
	list := []collectors.Scheduled{
		a.scheduled(a.system(), a.o.interval),
		a.scheduled(a.processes(), max(a.o.interval, processesEvery)),
		a.scheduled(a.looking(a.requests), a.o.interval),
		a.scheduled(a.database(), a.o.interval),
		a.scheduled(collectors.NewPlans(a.engine, a.work.planned), a.plansEvery()),
	}
	if r, ok := a.engine.(db.StatementReader); ok {
		counted := &countedStatements{StatementTotals: collectors.NewStatementTotals(r), work: a.work, logged: a.putLogged, onlyNow: a.purpose.window > 0}
		if a.o.slowLog == "" { // of a log that was given nobody knows what it leaves out
			a.requests.counts = counted.countsAll
		}
		list = append(list, a.scheduled(counted, max(a.o.interval, countedEvery)))
	}
	for _, path := range a.o.queries {
		list = append(list, a.scheduled(querylog.NewFile(path, db.QuotesOf(a.engine)), max(a.o.interval, filesEvery)))
	}
	if a.o.queryLog != "" {
		a.queryLog = querylog.NewLog(a.o.queryLog, querylog.LogOptions{All: a.purpose.statements, Quotes: db.QuotesOf(a.engine)})
		list = append(list, a.scheduled(a.queryLog, a.o.interval))
	}
	if a.o.gateway != "" {
		list = append(list, a.scheduled(&gatewaySource{o: a.o}, a.o.interval))
	}
	a.sampler = collectors.NewSampler(list, collectors.NewSelf(a.log.count))
}

// database watches the database, and of a server what changed since the last
// attach.
func (a *app) database() collectors.Collector {
	c := collectors.NewDatabase(a.engine, a.seen.count)
	if !a.target.server() {
		return c
	}
	return &lastAttach{Collector: c, watched: a.purpose.watched, id: a.engine.ID, account: a.account, dir: a.o.paths.State}
}

// account is as whom the server takes us; "" where it has no such thing.
func (a *app) account(ctx context.Context) (string, error) {
	if t, ok := a.engine.(db.AccountTeller); ok {
		return t.Account(ctx)
	}
	return "", nil
}

// system watches the target's machine, where that is this one.
func (a *app) system() collectors.Collector {
	switch {
	case a.target.remote:
		return unseen{"system", "the server is on another machine: run mltop there to see its processors, memory and disks"}
	case a.target.server():
		return collectors.NewSystem("")
	}
	return collectors.NewSystem(a.target.path)
}

// processes watches those that have the database's file open, and those that
// were named.
func (a *app) processes() collectors.Collector {
	if f, ok := a.engine.(holderWatcher); ok {
		return collectors.NewProcesses(f.WatchHolders(), a.o.pids)
	}
	if len(a.o.pids) == 0 {
		return unseen{"processes", "a server's applications are not looked for: name them with --pid"}
	}
	return collectors.NewProcesses(nil, a.o.pids)
}

// A holderWatcher is an engine whose database is a file: it lists again and
// again who has it open.
type holderWatcher interface {
	WatchHolders() func(context.Context) ([]db.Holder, error)
}

// unseen is a collector of what cannot be seen, and says why.
type unseen struct{ name, why string }

func (u unseen) Name() string { return u.name }

func (u unseen) Collect(context.Context) ([]collectors.Section, error) {
	return nil, db.NotMeasured{Why: u.why}
}

// looking makes a collector of a verb that looks once wait for locks.
func (a *app) looking(c collectors.Collector) collectors.Collector {
	if a.purpose.whole {
		return patient{c}
	}
	return c
}

// countedEvery is how often a server's counted statements are read: that is a
// row for each statement it knows, and most of what watching costs it.
const countedEvery = 2 * time.Second

// plansEvery is as often as there can be another statement to plan.
func (a *app) plansEvery() time.Duration {
	if a.target.server() {
		return max(a.o.interval, countedEvery)
	}
	return a.o.interval
}

// filesEvery is how often files that people edit are looked at.
const filesEvery = 2 * time.Second

func (a *app) scheduled(c collectors.Collector, every time.Duration) collectors.Scheduled {
	return collectors.Scheduled{Collector: c, Interval: every, Timeout: a.o.timeout}
}

// table is the one that was named, with the columns that were named.
func (o *options) table() (db.RequestTable, error) {
	t := db.RequestTable{Name: o.requestTable}
	if o.requestColumns == "" {
		return t, nil
	}
	if t.Name == "" {
		return t, usagef("--request-columns needs --request-table")
	}
	t, err := requestlog.ParseColumns(t, o.requestColumns)
	if err != nil {
		return t, usagef("--request-columns: %v", err)
	}
	return t, nil
}

// A requestSource adds to the request log what the advisor needs: its rates,
// and, once the table is known, what such a table is usually asked, so that
// nobody has to write those queries down.
type requestSource struct {
	*requestlog.Collector
	seen  *seenRates
	table db.RequestTable
	// counts tells whether a server counts all its statements: then nothing has
	// to be assumed of them. Not known: it is asked again at the next look. nil: no.
	counts func() (all, known bool)
}

// Collect answers the sections of the log, and the assumed statements when
// another table was found.
func (c *requestSource) Collect(ctx context.Context) ([]collectors.Section, error) {
	sections, err := c.Collector.Collect(ctx)
	for _, s := range sections {
		if s, ok := s.(*collectors.Requests); ok {
			c.seen.putRequests(s)
		}
	}
	t := c.Table()
	if t.Name == "" || t == c.table {
		return sections, err
	}
	all, known := c.serverCounts()
	c.seen.putTable(t)
	if !known {
		return sections, err
	}
	if c.table = t; all {
		return sections, err
	}
	return append(sections, &collectors.Statements{
		At:     time.Now(),
		Source: collectors.StatementSource{Kind: "assumed", Name: "usual queries of " + t.Name},
		Rows:   requestlog.AssumedWorkload(t, c.seen.perHour()),
	}), err
}

func (c *requestSource) serverCounts() (all, known bool) {
	if c.counts == nil {
		return false, true
	}
	return c.counts()
}

// countedStatements adds to what a server counts the workload of before
// mltop came, for the advisor: seconds say little of days.
type countedStatements struct {
	*collectors.StatementTotals
	work   *workload
	begun  bool
	all    atomic.Pointer[bool] // whether the source counts every call; nil: not known yet
	logged func(*collectors.Statements)
	// onlyNow: what was counted before mltop came is not asked for.
	onlyNow bool
}

// countsAll tells whether the source counts every call, as far as is known.
func (c *countedStatements) countsAll() (all, known bool) {
	if p := c.all.Load(); p != nil {
		return *p, true
	}
	return false, false
}

// putLogged keeps what is known of the time before mltop came, where that is
// asked for: of a slow log that was given so much as the verb says, of a server's
// counters all or nothing.
func (a *app) putLogged(past *collectors.Statements) {
	if a.purpose.logged < 0 || a.o.slowLog != "" && a.purpose.logged != 0 {
		a.logged = past
	}
}

// Collect answers what was called since the last look.
func (c *countedStatements) Collect(ctx context.Context) ([]collectors.Section, error) {
	if c.begun {
		return c.StatementTotals.Collect(ctx)
	}
	past, counted, err := c.Past(ctx)
	all := err == nil && past.Source.Live && !past.Source.Sampled && past.Source.Least == 0
	c.all.Store(&all)
	if err != nil {
		return nil, err
	}
	c.begun = true
	if counted && !c.onlyNow {
		c.work.put(past)
		c.logged(past)
	}
	named := *past
	named.Rows, named.Interval = nil, 0
	return []collectors.Section{&named}, nil
}
