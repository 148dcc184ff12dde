package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mltop/internal/loadtest"
	"mltop/internal/pattern"
)

// plan is what the command line asks for, within its bounds.
func (b *bench) plan(what string) (*loadtest.Plan, error) {
	read := b.scenario
	if strings.Contains(what, "://") {
		read = b.quick
	}
	p, err := read(what)
	if err != nil {
		return nil, err
	}
	return p, b.complete(p)
}

func (b *bench) quick(url string) (*loadtest.Plan, error) {
	q := b.f.quick
	q.Timeout, q.Duration = b.o.timeout, benchDuration
	if b.said("duration") {
		q.Duration = b.o.duration
	}
	if err := b.checkLoad(); err != nil {
		return nil, err
	}
	p, err := loadtest.Quick(url, q)
	if err != nil {
		return nil, usagef("%v", err)
	}
	return p, nil
}

// said reports a flag that somebody gave: others leave a scenario as it is.
func (b *bench) said(flag string) bool { return b.o.flags.Changed(flag) }

func (b *bench) checkLoad() error {
	switch q := b.f.quick; {
	case q.Connections < 1:
		return usagef("--connections: %d is not above zero", q.Connections)
	case q.Rate < 0 || q.Warmup < 0:
		return usagef("--rate and --warmup: neither may be below zero")
	}
	return nil
}

// likeAnAddress is what somebody writes who means a URL: host:port, localhost.
var likeAnAddress = pattern.Late(`^([\w.-]+|\[[0-9a-fA-F:]+\]):\d+(/.*)?$|^localhost(/.*)?$`)

// scenario reads a file. Flags of how the load goes outweigh it; what is sent
// stands in the file alone.
func (b *bench) scenario(file string) (*loadtest.Plan, error) {
	for _, flag := range []string{"method", "header", "body"} {
		if b.said(flag) {
			return nil, usagef("--%s is for a test of one URL: %s says what its requests are", flag, file)
		}
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && likeAnAddress().MatchString(file) {
		return nil, usagef("there is no scenario %s; as a URL it is http://%s", file, file)
	}
	if err != nil {
		return nil, usagef("read the scenario: %v", err)
	}
	beside := func(name string) ([]byte, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(file), name)
		}
		return os.ReadFile(name)
	}
	p, err := loadtest.ParseScenario(file, string(text), beside)
	if err != nil {
		return nil, coded{exitUsage, err}
	}
	if err := b.checkLoad(); err != nil {
		return nil, err
	}
	b.override(p)
	return p, nil
}

func (b *bench) override(p *loadtest.Plan) {
	q := b.f.quick
	length, level := p.Length(), p.Most()
	if b.said("rate") {
		p.Open, level = true, q.Rate
	}
	if b.said("connections") {
		if p.Connections = q.Connections; !p.Open {
			level = float64(q.Connections)
		}
	}
	if b.said("duration") {
		length = b.o.duration + p.Warmup
	}
	if b.said("rate") || b.said("duration") || b.said("connections") && !p.Open {
		p.Stages = []loadtest.Stage{{For: length, From: level, To: level}}
	}
	if b.said("seed") {
		p.Seed = q.Seed
	}
	if b.said("timeout") {
		p.Timeout = b.o.timeout
	}
	if b.said("http2") {
		p.HTTP2 = q.HTTP2
	}
	if b.said("new-connections") {
		p.NewConnections = q.NewConnections
	}
	if b.said("max-connections") {
		p.MaxConnections = q.MaxConnections
	}
}

// complete adds what flags say of any plan.
func (b *bench) complete(p *loadtest.Plan) error {
	for _, text := range b.f.thresholds {
		t, err := loadtest.ParseThreshold(text)
		if err != nil {
			return usagef("--threshold: %v", err)
		}
		p.Thresholds = append(p.Thresholds, t)
	}
	if b.f.abortAfter > 0 {
		p.AbortAfter = b.f.abortAfter
	}
	if err := b.f.trust(p); err != nil {
		return err
	}
	return b.f.bounds(p)
}

func (f *benchFlags) trust(p *loadtest.Plan) error {
	if !f.insecure && f.ca == "" {
		return nil
	}
	p.TLS = &tls.Config{InsecureSkipVerify: f.insecure}
	if f.ca == "" {
		return nil
	}
	text, err := os.ReadFile(f.ca)
	if err != nil {
		return fmt.Errorf("read certificates: %w", err)
	}
	p.TLS.RootCAs = x509.NewCertPool()
	if !p.TLS.RootCAs.AppendCertsFromPEM(text) {
		return usagef("--ca: %s holds no certificate", f.ca)
	}
	return nil
}

// bounds refuses what is rarely meant, all of it at once.
func (f *benchFlags) bounds(p *loadtest.Plan) error {
	var errs []error
	if p.Open && p.Most() > f.maxRate {
		errs = append(errs, usagef("%.0f requests a second are more than --max-rate %.0f", p.Most(), f.maxRate))
	}
	if p.Length() > f.maxDuration {
		errs = append(errs, usagef("%v is longer than --max-duration %v", p.Length(), f.maxDuration))
	}
	limit := float64(p.MaxConnections)
	if !p.Open {
		limit = p.Most()
	}
	if limit > float64(f.quick.MaxConnections) {
		errs = append(errs, usagef("%.0f connections are more than --max-connections %d", limit, f.quick.MaxConnections))
	}
	return errors.Join(errs...)
}
