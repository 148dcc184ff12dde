package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mltop/collectors"
	"mltop/collectors/requestlog"
	"mltop/internal/loadtest"
)

const benchInitLong = `Writes a scenario from the real mix of routes, their rate, and what clients
think between requests: out of an access log (nginx, Apache, JSON lines), or
out of a target with a request log. Requests that change things are remarks in
it, because a log does not tell what was in them.`

func newBenchInit(w *world, o *options) *cobra.Command {
	var from, base string
	c := &cobra.Command{
		Use: "init --from TARGET|access.log", Short: "Write a scenario from real traffic", Long: benchInitLong, Args: exactly(0, "no argument, but --from"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if from == "" {
				return usagef("mltop bench init needs --from, an access log or a target")
			}
			if _, _, err := loadtest.ParseURL(base); err != nil {
				return usagef("--base: %v", err)
			}
			t, err := trafficOf(cmd.Context(), w, o, from)
			if err != nil {
				return err
			}
			if len(t.Routes) == 0 {
				return fmt.Errorf("%s tells of no request", from)
			}
			return o.deliver(w, []byte(t.WriteScenario(strings.TrimSuffix(base, "/"), from)))
		},
	}
	c.Flags().StringVar(&from, "from", "", "access `LOG`, or a target with a request log")
	c.Flags().StringVar(&base, "base", "http://127.0.0.1:8080", "`URL` that the requests go to")
	return c
}

// trafficOf reads a log where a file has lines of one, else attaches.
func trafficOf(ctx context.Context, w *world, o *options, from string) (loadtest.Traffic, error) {
	if f, err := os.Open(from); err == nil && !isDatabase(f) {
		defer f.Close()
		return trafficOfLog(f)
	} else if err == nil {
		f.Close() // before anything else opens it: closing would drop its locks
	}
	a, err := openApp(ctx, w, o, from, purpose{past: time.Hour, whole: true})
	if err != nil {
		return loadtest.Traffic{}, err
	}
	t, err := a.traffic(ctx)
	return t, errors.Join(err, a.Close())
}

// isDatabase reports a file that begins as SQLite's do.
func isDatabase(f io.Reader) bool {
	head := make([]byte, 16)
	n, _ := io.ReadFull(f, head) // a shorter file is none
	return strings.HasPrefix(string(head[:n]), "SQLite format 3")
}

// mostLines of a log decide: the last ones.
const mostLines = 200_000

func trafficOfLog(f *os.File) (loadtest.Traffic, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return loadtest.Traffic{}, fmt.Errorf("read the log: %w", err)
	}
	var list []loadtest.Seen
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	strange := 0
	for lines.Scan() {
		s, ok := loadtest.ParseAccessLine(lines.Text())
		if !ok {
			strange++
			continue
		}
		if list = append(list, s); len(list) >= 2*mostLines {
			list = append(list[:0], list[mostLines:]...)
		}
	}
	if err := lines.Err(); err != nil {
		return loadtest.Traffic{}, fmt.Errorf("read the log: %w", err)
	}
	if len(list) == 0 && strange > 0 {
		return loadtest.Traffic{}, usagef("%s: none of %d lines is one of nginx, Apache or JSON", f.Name(), strange)
	}
	list = list[max(0, len(list)-mostLines):]
	names := requestlog.NewTemplates()
	for _, s := range list {
		names.Observe(pathOnly(s.Path))
	}
	return loadtest.Fold(list, names.Name), nil
}

func pathOnly(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return path
}

// traffic is what a target's request log tells of the last hour.
func (a *app) traffic(ctx context.Context) (loadtest.Traffic, error) {
	h := collectors.NewHistory(0)
	if err := a.sample(ctx, h, 1); err != nil {
		return loadtest.Traffic{}, err
	}
	if err := a.fill(ctx, h); err != nil {
		return loadtest.Traffic{}, err
	}
	now := h.Latest()
	w := h.Window(now.Time, time.Hour)
	if len(w.Requests) == 0 || len(now.Requests) == 0 || w.Requests[0].Total.Count == 0 {
		return loadtest.Traffic{}, errors.New("no request of the last hour is known: name a table with --request-table, or an access log")
	}
	return trafficOfWindow(w.Requests[0], now.Requests[0].Last), nil
}

func trafficOfWindow(w collectors.RequestWindow, last []collectors.Request) loadtest.Traffic {
	paths := map[string][]string{}
	for _, q := range last {
		paths[q.Route.String()] = append(paths[q.Route.String()], q.Path)
	}
	t := loadtest.Traffic{Rate: float64(w.Total.Count) / w.Seconds, Other: int(w.Other.Count)}
	for _, r := range w.Routes {
		seen := paths[r.Route.String()]
		if len(seen) == 0 {
			seen = []string{r.Route.Path}
		}
		t.Routes = append(t.Routes, loadtest.SeenRoute{Method: r.Route.Method, Template: r.Route.Path, Count: int(r.Count), Paths: seen})
	}
	return t
}
