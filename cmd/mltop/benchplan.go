package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"mltop/internal/loadtest"
)

// plan is what the command line asks for, within its bounds.
func (b *bench) plan(what string) (*loadtest.Plan, error) {
	q := b.f.quick
	q.Timeout, q.Duration = b.o.timeout, benchDuration
	if b.o.flags.Changed("duration") {
		q.Duration = b.o.duration
	}
	if q.Connections < 1 {
		return nil, usagef("--connections: %d is not above zero", q.Connections)
	}
	if q.Rate < 0 || q.Warmup < 0 {
		return nil, usagef("--rate and --warmup: neither may be below zero")
	}
	p, err := loadtest.Quick(what, q)
	if err != nil {
		return nil, usagef("%v", err)
	}
	return p, b.complete(p)
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
