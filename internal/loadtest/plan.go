// Package loadtest sends requests at the instants at which they are due, and
// counts every latency from there: a target that stalls cannot hide it by
// holding up its own test.
//
// A Pacer says when the n-th request is due (a pure function); Run owns the
// clock, the connections and the network.
package loadtest

import (
	"crypto/tls"
	"time"
)

// A Plan is everything that a run has to know. It does not change while the
// run goes on.
type Plan struct {
	Name     string
	Patterns []Pattern
	// Open: Stages are arrivals a second, and requests are due whether or not
	// others have been answered. Else Stages are virtual users, each of which
	// goes on when it has been answered.
	Open   bool
	Stages []Stage
	// Warmup is at the beginning of the stages: its requests are sent and not
	// counted.
	Warmup  time.Duration
	Timeout time.Duration // of one request, its redirects included
	// Connections are opened at the start of an open run; it takes more, up to
	// MaxConnections, while requests would have to wait for one.
	Connections, MaxConnections int
	NewConnections              bool // one for each request
	HTTP2                       bool
	TLS                         *tls.Config // nil: as the system trusts
	Redirects                   int         // followed within one request
	Cookies                     bool        // kept by each user
	Seed                        uint64
	Vars                        map[string]string
	Data                        *Data
	Setup, Teardown             []Task
	Thresholds                  []Threshold
	AbortAfter                  time.Duration // a threshold broken for so long ends the run; 0: never
	Source                      string        // the scenario's text without secrets, which is kept with the result
	identity                    string        // the same with them
}

// A Stage leads from one level to another in a time.
type Stage struct {
	For      time.Duration
	From, To float64
}

// A Pattern is what one arrival, or one turn of a virtual user, does: its
// steps one after the other.
type Pattern struct {
	Name   string
	Weight float64
	Steps  []Step
}

// A Step is one request.
type Step struct {
	Route   string // what it is counted as
	Method  string
	Origin  Origin
	Path    Template // with its query
	Headers []Header
	Body    Template
	Escape  Escape // of values in the body
	Think   Think  // before the next one
	Checks  []Check
	Takes   []Take
}

// A Header of a request.
type Header struct {
	Name  string
	Value Template
}

// A Task is a request or a command before or after the run.
type Task struct {
	Step    *Step
	Command string
}

// Length is how long the stages last together.
func (p *Plan) Length() time.Duration { return length(p.Stages) }

func length(stages []Stage) time.Duration {
	var d time.Duration
	for _, s := range stages {
		d += s.For
	}
	return d
}

// Most is the highest level of any stage.
func (p *Plan) Most() float64 {
	most := 0.0
	for _, s := range p.Stages {
		most = max(most, s.From, s.To)
	}
	return most
}

// routes are the names that are counted apart, in the order of the plan.
func (p *Plan) routes() (names []string, of map[string]int) {
	of = map[string]int{}
	for _, pattern := range p.Patterns {
		for _, s := range pattern.Steps {
			if _, ok := of[s.Route]; !ok {
				of[s.Route] = len(names)
				names = append(names, s.Route)
			}
		}
	}
	return names, of
}

// origins are all that the plan sends to.
func (p *Plan) origins() []Origin {
	var out []Origin
	seen := map[Origin]bool{}
	for _, s := range p.steps() {
		if !seen[s.Origin] {
			seen[s.Origin] = true
			out = append(out, s.Origin)
		}
	}
	return out
}

// steps are all requests of the plan, those before and after the run too.
func (p *Plan) steps() []*Step {
	var out []*Step
	for _, tasks := range [][]Task{p.Setup, p.Teardown} {
		for _, t := range tasks {
			if t.Step != nil {
				out = append(out, t.Step)
			}
		}
	}
	for i := range p.Patterns {
		for j := range p.Patterns[i].Steps {
			out = append(out, &p.Patterns[i].Steps[j])
		}
	}
	return out
}
