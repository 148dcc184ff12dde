package gateway

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mltop/internal/gateway/rowlog"
	"mltop/internal/yamlfile"
)

// readLog reads log: off, a path, a URL, or all there is to say of it.
func (r *configReader) readLog(n *node) {
	l, in := &r.cfg.Log, &r.Reader
	if yamlfile.Plain(n).Kind == scalar {
		yamlfile.Into(in, &l.Target, ParseLogTarget)(n)
		return
	}
	r.Mapping(n, "log", keys{
		"to": yamlfile.Into(in, &l.Target, ParseLogTarget), "table": yamlfile.Into(in, &l.Table, parseTable),
		"batch": yamlfile.Into(in, &l.Batch, parseBatch), "largest_batch": yamlfile.Into(in, &l.Largest, parseBatch), "every": yamlfile.Into(in, &l.Every, yamlfile.Positive),
		"queue": yamlfile.Into(in, &l.Queue, parseLogQueue), "headers": yamlfile.Into(in, &l.Headers, yamlfile.ParseBool),
		"bodies": yamlfile.Into(in, &l.Bodies, parseBodies), "mask": r.readMask,
		"spill": yamlfile.Into(in, &l.Spill, yamlfile.SomeText), "spill_size": yamlfile.Into(in, &l.Most, someBytes),
		"keep": r.readKeep, "pool": r.readLogPool,
	})
	if l.Largest < l.Batch {
		r.Say(n, "the request log has a largest_batch of %d below its batch of %d", l.Largest, l.Batch)
	}
}

func (r *configReader) readMask(n *node) {
	l := &r.cfg.Log
	l.Mask = nil
	r.List(n, "mask", func(item *node) {
		var name string
		yamlfile.Into(&r.Reader, &name, yamlfile.SomeText)(item)
		l.Mask = append(l.Mask, name)
	})
}

func (r *configReader) readKeep(n *node) {
	k, in := &r.cfg.Log.Keep, &r.Reader
	r.Mapping(n, "keep", keys{
		"age": yamlfile.Into(in, &k.Age, parseDays), "rows": yamlfile.Into(in, &k.Rows, parseRows),
	})
}

func (r *configReader) readLogPool(n *node) {
	p, in := &r.cfg.Log.Pool, &r.Reader
	r.Mapping(n, "the log's pool", keys{
		"min": yamlfile.Into(in, &p.Min, yamlfile.ParseCount), "max": yamlfile.Into(in, &p.Max, yamlfile.SomeCount),
		"idle": yamlfile.Into(in, &p.Idle, yamlfile.Positive), "lifetime": yamlfile.Into(in, &p.Life, yamlfile.ParseDuration),
		"attempts": yamlfile.Into(in, &p.Attempts, yamlfile.SomeCount), "delay": yamlfile.Into(in, &p.Delay, yamlfile.Positive),
		"check": yamlfile.Into(in, &p.Check, yamlfile.Positive), "timeout": yamlfile.Into(in, &p.Timeout, yamlfile.Positive),
	})
	if p.Min > p.Max {
		r.Say(n, "the log's pool has a min of %d above its max of %d", p.Min, p.Max)
	}
}

// ParseLogTarget reads off, a file, or a server's URL.
func ParseLogTarget(s string) (string, error) {
	scheme, _, ok := strings.Cut(s, "://")
	switch {
	case strings.TrimSpace(s) == "":
		return "", errors.New("the request log has no target: off, a file or a URL is one")
	case ok && !slices.Contains([]string{"mysql", "mariadb", "postgres", "postgresql"}, strings.ToLower(scheme)):
		return "", fmt.Errorf("a request log does not go to %s://: a file, mariadb://, mysql:// or postgres:// it may be", yamlfile.Clip(scheme, 20))
	}
	for _, prefix := range []string{"sqlite:", "file:"} {
		if path, ok := strings.CutPrefix(s, prefix); ok && path != "" {
			return path, nil
		}
	}
	return s, nil
}

func parseTable(s string) (string, error) {
	word := func(c rune) bool {
		return c == '_' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	if s == "" || len(s) > 60 || strings.ContainsFunc(s, func(c rune) bool { return !word(c) }) || strings.Count(s, ".") > 1 || strings.Trim(s, ".") != s {
		return "", fmt.Errorf("%q is no table's name: request_logs or logs.requests is", yamlfile.Clip(s, 60))
	}
	return s, nil
}

// The bounds of a batch: SQLite binds 32,766 values in a statement.
const mostBatch = 1000

func parseBatch(s string) (int, error) {
	n, err := yamlfile.SomeCount(s)
	if err == nil && n > mostBatch {
		err = fmt.Errorf("a batch has at most %d rows", mostBatch)
	}
	return n, err
}

// mostQueue entries with the heads of browsers take 2 GB.
const mostQueue = 1 << 20

func parseLogQueue(s string) (int, error) {
	n, err := yamlfile.SomeCount(s)
	if err == nil && n > mostQueue {
		err = fmt.Errorf("the log's queue has at most %d places", mostQueue)
	}
	return n, err
}

const mostBody = 64_000

// parseBodies reads off, or how much is kept of each.
func parseBodies(s string) (int, error) {
	if s == rowlog.Off || s == "false" {
		return 0, nil
	}
	n, err := parseBytes(s)
	if err == nil && n > mostBody {
		err = errors.New("of a body at most 64KB are kept")
	}
	return int(n), err
}

func someBytes(s string) (int64, error) {
	n, err := parseBytes(s)
	if err == nil && n == 0 {
		err = errors.New("it has to be above zero")
	}
	return n, err
}

// parseDays reads 30d too.
func parseDays(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n < 36500 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := yamlfile.Positive(s)
	if err != nil {
		return 0, fmt.Errorf("%q is no age: 30d or 12h is", yamlfile.Clip(s, 40))
	}
	return d, nil
}

func parseRows(s string) (int64, error) {
	n, err := yamlfile.SomeCount(strings.ReplaceAll(s, "_", ""))
	return int64(n), err
}
