package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mltop/internal/config"
	"mltop/internal/diagnose"
	"mltop/internal/units"
)

// options are the flags that all verbs share. Text flags are read once, in
// check, so that a wrong one is a usage error before anything is opened.
type options struct {
	output, write, configFile, theme, color, graph string
	duration, interval, timeout, maxBlock          time.Duration
	showLiterals, readOnly, production, yes, plain bool
	allowScratch                                   bool
	queries, confirm                               []string
	queryLog, requestTable, requestColumns         string
	gateway                                        string
	groupBy, name, budgetText, failOn              string
	serverMemoryText                               string
	passwordFile, slowLog                          string
	pids                                           []int
	maxP95                                         time.Duration
	maxErrors, maxCPU, maxMemory, minDiskFree      string
	maxRequests                                    string

	// Filled in by complete.
	cfg    config.Config
	paths  config.Paths
	budget int64
	// budgets are those of which is asked what they would buy.
	budgets []int64
	// serverMemory is what the server may use; 0: it is looked for.
	serverMemory int64
	thresholds   diagnose.Thresholds
	outputs      string // of this verb, beside the common ones: "sql|migration"
	flags        *pflag.FlagSet
	getenv       func(string) string
}

// The defaults that a flag states. The thresholds are the first system
// document's; it names none for the host, those are the usual ones.
const (
	defaultInterval = time.Second
	defaultTimeout  = 10 * time.Second
	defaultDuration = 60 * time.Second // of the advisor's search
	defaultMaxBlock = 5 * time.Second  // Python's sqlite3 waits this long for a lock
	defaultP95      = time.Second
)

// outputsKey marks the forms of output that one verb has beside the common
// ones.
const outputsKey = "outputs"

func (o *options) register(f *pflag.FlagSet) {
	f.StringVarP(&o.output, "output", "o", "table", "table|json|csv|md|html; of advise also sql|migration|goose|alembic")
	f.StringVarP(&o.write, "write", "w", "", "write the output to `FILE`, whole or not at all")
	f.DurationVarP(&o.duration, "duration", "d", defaultDuration, "how long the advisor may search, or the demo lasts")
	f.DurationVar(&o.interval, "interval", defaultInterval, "time between samples")
	f.DurationVar(&o.timeout, "timeout", defaultTimeout, "longest wait for one answer of the target")
	f.StringVar(&o.configFile, "config", "", "configuration `FILE`")
	f.StringVar(&o.theme, "theme", "auto", config.Themes)
	f.StringVar(&o.color, "color", "auto", config.Colors)
	f.StringVar(&o.graph, "graph", "auto", config.Graphs)
	f.BoolVar(&o.plain, "plain", false, "one line for each change, no borders")
	f.BoolVar(&o.showLiterals, "show-literals", false, "show the literals of SQL, which are masked otherwise")
	f.BoolVar(&o.readOnly, "read-only", false, "forbid every change, also after :unlock")
	f.BoolVar(&o.production, "production", false, "a change asks for the name of its object")
	f.BoolVar(&o.yes, "yes", false, "do not ask")
	f.StringArrayVar(&o.confirm, "confirm", nil, "with --yes on a production target: the `NAME` of the object that may change")
	f.StringVar(&o.failOn, "fail-on", "", "info|warn|crit: exit 4 on findings as bad as this")
	o.registerSources(f)
	o.registerThresholds(f)
}

func (o *options) registerSources(f *pflag.FlagSet) {
	f.StringVar(&o.name, "name", "", "what to call the deployment")
	f.StringSliceVar(&o.queries, "queries", nil, "queries `FILE`: SQL separated by ;")
	f.StringVar(&o.queryLog, "query-log", "", "query log of JSON lines, a `FILE`")
	f.StringVar(&o.gateway, "gateway", "", "`URL` of an mltop gateway in front of the deployment, for its requests")
	f.StringVar(&o.slowLog, "slow-log", "", "slow log of MariaDB or MySQL, or log of PostgreSQL, a `FILE` here")
	f.StringVar(&o.passwordFile, "password-file", "", "`FILE` whose first line is the server's password")
	f.StringVar(&o.requestTable, "request-table", "", "`TABLE` with one row a request")
	f.StringVar(&o.requestColumns, "request-columns", "", "which column means what: `time=at,path=url,…`")
	f.StringVar(&o.groupBy, "group-by", "", "group requests by this `COLUMN` instead of by route")
	f.IntSliceVar(&o.pids, "pid", nil, "watch these processes instead of those that hold the file")
	f.DurationVar(&o.maxBlock, "max-block", defaultMaxBlock, "longest time that a change may make another process wait")
	f.BoolVar(&o.allowScratch, "allow-scratch", false, "a server may keep a sample to try indexes on, in a schema of its own, for the time of a search")
	f.StringVar(&o.budgetText, "budget", "", "`SIZE` that new indexes may take together: 500MB")
	f.StringVar(&o.serverMemoryText, "server-memory", "", "`SIZE` of the memory that the server may use, where mltop cannot see it: 16GB")
}

func (o *options) registerThresholds(f *pflag.FlagSet) {
	f.DurationVar(&o.maxP95, "max-p95", defaultP95, "P95 of requests that is critical")
	f.StringVar(&o.maxErrors, "max-errors", "5%", "`RATIO` of failed requests that is critical")
	f.StringVar(&o.maxRequests, "max-requests", "100", "requests a `SECOND` that are worth a warning")
	f.StringVar(&o.maxCPU, "max-cpu", "90%", "`RATIO` of CPU that is critical")
	f.StringVar(&o.maxMemory, "max-memory", "90%", "`RATIO` of memory that is critical")
	f.StringVar(&o.minDiskFree, "min-disk-free", "10%", "`RATIO` of free disk that is critical")
}

// complete takes what the command line left open from the environment, then
// from the file, and checks all of it.
func (o *options) complete(w *world, cmd *cobra.Command) error {
	if cmd.Hidden {
		return nil
	}
	var err error
	o.flags, o.getenv, o.outputs = cmd.Flags(), w.getenv, cmd.Annotations[outputsKey]
	if o.paths, err = config.FindPaths(w.getenv); err != nil {
		return err
	}
	if err := o.loadConfig(w); err != nil {
		return err
	}
	if err := o.fromEnvironment(); err != nil {
		return err
	}
	return o.fromFile(nil)
}

func (o *options) loadConfig(w *world) error {
	path, asked := o.configFile, o.configFile != ""
	if !asked {
		path = w.getenv("MLTOP_CONFIG")
		asked = path != ""
	}
	if !asked {
		path = o.paths.File
	}
	cfg, err := config.Load(path, asked)
	if err != nil {
		return coded{exitUsage, err}
	}
	o.cfg = cfg
	return nil
}

// envName is the variable that says the same as a flag: --max-p95 is
// MLTOP_MAX_P95.
func envName(flag string) string {
	return "MLTOP_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func (o *options) fromEnvironment() error {
	var err error
	o.flags.VisitAll(func(f *pflag.Flag) {
		v := o.getenv(envName(f.Name))
		if v == "" || f.Changed || err != nil || f.Name == "help" {
			return
		}
		if e := o.flags.Set(f.Name, v); e != nil {
			err = usagef("%s=%s: %v", envName(f.Name), v, e)
		}
	})
	return err
}

// fromFile takes what is still open from the configuration file, for one
// target when it is known, and checks every value. What it sets does not
// count as changed, so that a target may outweigh the general part.
func (o *options) fromFile(t *config.Target) error {
	for name, value := range o.cfg.Flags(t) {
		f := o.flags.Lookup(name)
		if f == nil || f.Changed {
			continue
		}
		if err := setFromFile(f, value); err != nil {
			return usagef("configuration: %s: %v", name, err)
		}
	}
	return o.check()
}

func setFromFile(f *pflag.Flag, value string) error {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return list.Replace(strings.Split(value, ","))
	}
	return f.Value.Set(value)
}

func (o *options) check() error {
	words := []struct{ flag, value, words string }{
		{"output", o.output, strings.TrimRight("table|json|csv|md|html|"+o.outputs, "|")}, {"theme", o.theme, config.Themes},
		{"color", o.color, config.Colors}, {"graph", o.graph, config.Graphs},
		{"fail-on", o.failOn, "|info|warn|crit"},
	}
	for _, w := range words {
		if err := config.OneOf(w.value, w.words); err != nil {
			return usagef("--%s: %v", w.flag, err)
		}
	}
	if err := o.checkTimes(); err != nil {
		return err
	}
	return o.checkNumbers()
}

// A tick under a tenth of a second would cost the target more than it shows.
const minInterval = 100 * time.Millisecond

func (o *options) checkTimes() error {
	if o.interval < minInterval {
		return usagef("--interval: %v is too short: at least %v", o.interval, minInterval)
	}
	for flag, d := range map[string]time.Duration{
		"duration": o.duration, "timeout": o.timeout, "max-block": o.maxBlock, "max-p95": o.maxP95,
	} {
		if d <= 0 {
			return usagef("--%s: %v is not above zero", flag, d)
		}
	}
	return nil
}

func (o *options) checkNumbers() error {
	t := diagnose.Thresholds{P95Seconds: o.maxP95.Seconds()}
	var err error
	read := func(flag, text string, parse func(string) (float64, error)) float64 {
		v, e := parse(text)
		if e != nil && err == nil {
			err = usagef("--%s: %v", flag, e)
		}
		return v
	}
	t.ErrorRatio = read("max-errors", o.maxErrors, config.ParseRatio)
	t.CPURatio = read("max-cpu", o.maxCPU, config.ParseRatio)
	t.MemoryRatio = read("max-memory", o.maxMemory, config.ParseRatio)
	t.DiskFreeRatio = read("min-disk-free", o.minDiskFree, config.ParseRatio)
	t.RequestsPerSecond = read("max-requests", o.maxRequests, config.ParseNumber)
	o.thresholds = t
	for _, size := range []struct {
		flag, text string
		to         *int64
	}{{"budget", o.budgetText, &o.budget}, {"server-memory", o.serverMemoryText, &o.serverMemory}} {
		if err != nil || size.text == "" {
			continue
		}
		if *size.to, err = units.ParseBytes(size.text); err != nil {
			err = usagef("--%s: %v", size.flag, err)
		} else if *size.to == 0 {
			err = usagef("--%s: 0 leaves no room for anything: without the flag there is no bound", size.flag)
		}
	}
	return err
}

// forTarget applies what the configuration says of one target.
func (o *options) forTarget(t target) error {
	found := o.cfg.Find(t.path)
	if o.nobodySaid(found) {
		o.production = t.remote
	}
	if found == nil {
		return nil
	}
	if err := o.fromFile(found); err != nil {
		return fmt.Errorf("target %s: %w", found.Path, err)
	}
	return nil
}

// nobodySaid reports that neither the command line nor the configuration says
// whether a target is production: a server on another machine then is.
func (o *options) nobodySaid(t *config.Target) bool {
	said := o.flags != nil && o.flags.Changed("production") // no flags: not started by a command line
	return !said && (t == nil || t.Production == nil)
}
