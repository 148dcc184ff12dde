package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"mltop/internal/demo"
	"mltop/screenshots/render"
)

// mix is the load of the sample deployment's own client, with a rate that
// rises until the processors are full.
const mix = `name: shop.yaml
base: http://%s
rate: 1
stages: [{for: 60s, to: 6}]
data: {csv: "id\n11\n22\n33\n44\n55\n"}
requests:
  - {name: "GET /orders/{id}", url: "/orders/{{id}}", weight: 3}
  - {name: "GET /products/{id}", url: "/products/{{id}}", weight: 2}
  - {name: "GET /customers/{id}/orders", url: "/customers/{{id}}/orders", weight: 2}
thresholds: [p95 < 500ms, error_ratio < 1%%]
`

// tellBench shows a load test of the sample deployment, with what its
// database and machine do meanwhile.
func tellBench(into, program string) (err error) {
	s, err := demo.StartServer(context.Background(), []string{program, "__demo-server", string(demo.SQLite), "1", "false"}, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	dir, err := os.MkdirTemp("", "mltop-screenshots-")
	if err != nil {
		return fmt.Errorf("make a folder for the load test: %w", err)
	}
	defer os.RemoveAll(dir)
	scenario := filepath.Join(dir, "shop.yaml")
	if err := os.WriteFile(scenario, fmt.Appendf(nil, mix, s.Ready.Address), 0o600); err != nil {
		return fmt.Errorf("write the scenario: %w", err)
	}
	shots := []shot{{name: "bench", wait: []string{"00:45 of 01:00", "statement"}, rest: time.Second}}
	return tell(shots, into, render.Dark(), []string{"XDG_STATE_HOME=" + dir}, program, "--theme", "dark",
		"bench", scenario, "--attach", s.Ready.Database, "--query-log", s.Ready.QueryLog, "--no-keep")
}
