package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// ClientOptions say how the outside client loads a sample deployment.
type ClientOptions struct {
	Engine         Engine // whose shop it is: what can be asked for; "" is SQLite
	Address        string // of the server
	Seed           int64
	ViewsPerSecond float64 // page views; Ready says what the machine bears
	Duration       time.Duration
	// Stdin takes commands, one a line: "phase NAME" ends a phase and begins
	// another, "report" asks how the phase stands. Its end is the client's.
	Stdin  io.Reader
	Stdout io.Writer // takes a Report in JSON for each phase ended, and each one asked for
}

const (
	// maxInFlight is how many calls visitors wait for at once before others
	// turn away, counted as shed. The load alone seldom has half of it under
	// way; when something else takes the processor, it keeps the queue, and
	// with it the time to recover, below a second or so.
	maxInFlight = 48
	// callTimeout is far above any latency of the demo.
	callTimeout = 30 * time.Second
	// longestClient is the default Duration: a forgotten demo ends.
	longestClient = 12 * time.Hour
)

// A client sends page views at times of its own, whether or not the server
// has answered, and measures what comes back.
type client struct {
	options  ClientOptions
	http     *http.Client
	inFlight atomic.Int64
	phase    *phase // owned by the loop
	reports  *reporter
}

// Client loads the server and measures it until Duration is over or ctx or
// Stdin ends. The last phase is reported then.
func Client(ctx context.Context, o ClientOptions) error {
	if o.ViewsPerSecond <= 0 {
		return fmt.Errorf("load %s: %v page views a second", o.Address, o.ViewsPerSecond)
	}
	if o.Duration <= 0 {
		o.Duration = longestClient
	}
	ctx, cancel := context.WithTimeout(ctx, o.Duration)
	defer cancel()
	transport := &http.Transport{MaxIdleConns: maxInFlight, MaxIdleConnsPerHost: maxInFlight, DisableCompression: true}
	defer transport.CloseIdleConnections()
	c := &client{
		options: o,
		http:    &http.Client{Transport: transport, Timeout: callTimeout},
		phase:   newPhase("start"),
		reports: &reporter{out: json.NewEncoder(o.Stdout)},
	}
	c.loop(ctx, readCommands(ctx, o.Stdin))
	return c.reports.wait()
}

// readCommands sends the lines of stdin; the channel closes at its end.
func readCommands(ctx context.Context, stdin io.Reader) <-chan string {
	commands := make(chan string)
	go func() {
		defer close(commands)
		for lines := bufio.NewScanner(stdin); lines.Scan(); {
			select {
			case commands <- lines.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return commands
}

// loop owns clock and phase.
func (c *client) loop(ctx context.Context, commands <-chan string) {
	visitors := newVisitors(uint64(c.options.Seed)+1, sizesOf(c.options.Engine))
	gaps := rand.New(rand.NewPCG(uint64(c.options.Seed), 2))
	due := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			c.reports.add(c.phase)
			return
		case line, open := <-commands:
			if !open {
				c.reports.add(c.phase)
				return
			}
			c.command(line)
		case <-timer.C:
			c.send(visitors.view(nil))
			due = due.Add(time.Duration(gaps.ExpFloat64() / c.options.ViewsPerSecond * float64(time.Second)))
			timer.Reset(time.Until(due))
		}
	}
}

func (c *client) command(line string) {
	verb, name, _ := strings.Cut(strings.TrimSpace(line), " ")
	switch verb {
	case "phase":
		c.reports.add(c.phase)
		c.phase = newPhase(name)
	case "report":
		c.reports.now(c.phase)
	}
}

// send starts the calls of one view at once.
func (c *client) send(calls []call) {
	for _, one := range calls {
		if c.inFlight.Add(1) > maxInFlight {
			c.inFlight.Add(-1)
			c.phase.shed()
			continue
		}
		p := c.phase
		p.running.Add(1)
		go func() {
			defer p.running.Done()
			defer c.inFlight.Add(-1)
			start := time.Now()
			status, err := c.do(one)
			p.measured(one.route, time.Since(start), status, err)
		}()
	}
}

// do sends one call and reads its whole answer. It does not end with the
// client's context, so that the slow calls of a phase are counted too.
func (c *client) do(one call) (int, error) {
	req, err := http.NewRequest(one.method(), "http://"+c.options.Address+one.path()+one.query(), nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("User-Agent", sampleAgent)
	req.Header.Set("Accept", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, errors.Join(err, resp.Body.Close())
}

// method is the call's method.
func (c call) method() string {
	method, _, _ := strings.Cut(c.route.name(), " ")
	return method
}

// query is the call's query with its question mark, if it has one.
func (c call) query() string {
	switch c.route {
	case routeSearch:
		return "?q=" + url.QueryEscape(words()[c.id])
	case routeCheckout:
		return "?customer=" + strconv.Itoa(c.id)
	default:
		return ""
	}
}
