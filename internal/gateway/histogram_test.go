package gateway

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"mltop/internal/wire"
)

func TestTimesAreCountedInBuckets(t *testing.T) {
	var warm, d durations
	if n := testing.AllocsPerRun(100, func() { warm.add(time.Millisecond) }); n != 0 {
		t.Errorf("a time takes %v allocations, want none", n)
	}
	for _, took := range []time.Duration{0, 500 * time.Microsecond, 500*time.Microsecond + 1, 40 * time.Millisecond, time.Second, time.Hour} {
		d.add(took)
	}
	m := histogram("x", "")
	m.add(d.state(), "route", "/a\"\\\nü")
	var out strings.Builder
	for _, r := range m.rows {
		if strings.HasPrefix(r.labels, "_bucket") && !strings.HasPrefix(r.labels, `_bucket{route="/a\"\\\nü",le="`) {
			t.Errorf("the labels are %s", r.labels)
		}
		out.WriteString(r.labels[strings.LastIndex(r.labels, ",")+1:] + " ")
		out.WriteString(strings.Repeat("#", int(min(r.value, 9))) + "\n")
	}
	for _, want := range []string{"le=\"0.0005\"} ##\n", "le=\"0.001\"} ###\n", "le=\"0.025\"} ###\n", "le=\"0.05\"} ####\n", "le=\"1\"} #####\n", "le=\"30\"} #####\n", "le=\"+Inf\"} ######\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	sum, count := m.rows[len(m.rows)-2].value, m.rows[len(m.rows)-1].value
	if math.Abs(sum-3601.041) > 0.001 || count != 6 {
		t.Errorf("sum %v, count %v; want 3601.041 and 6", sum, count)
	}
}

func TestPrometheusGetsTheLatencyOfRoutesAndUpstreams(t *testing.T) {
	up := servedBy(t, func(http.ResponseWriter, *http.Request) {})
	cfg := before(up.URL)
	api := cfg.Routes[0]
	api.Path = "/api"
	cfg.Routes = append(cfg.Routes, api)
	g, address := started(t, cfg)
	isUp(t, g)
	for _, path := range []string{"/", "/api/1", "/api/2"} {
		ask(t, address, get1(path))
	}
	eventually(t, "all is counted", func() bool { return g.State().Requests == 3 })
	if err := g.Reload(g.Config()); err != nil { // what was counted stays
		t.Fatal(err)
	}
	text := metricsOf(g)
	for _, want := range []string{
		"# TYPE mltop_gateway_request_duration_seconds histogram\n",
		`mltop_gateway_request_duration_seconds_bucket{route="/api",host="",le="+Inf"} 2` + "\n",
		`mltop_gateway_request_duration_seconds_count{route="/api",host=""} 2` + "\n",
		`mltop_gateway_request_duration_seconds_count{route="/",host=""} 1` + "\n",
		`mltop_gateway_upstream_response_duration_seconds_bucket{upstream="` + up.URL + `",le="30"} 3` + "\n",
		`mltop_gateway_upstream_response_duration_seconds_count{upstream="` + up.URL + `"} 3` + "\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	for _, r := range g.State().Routes {
		if r.Durations.Sum <= 0 {
			t.Errorf("%s took %v seconds, want more than none", r.Path, r.Durations.Sum)
		}
	}
	var out strings.Builder
	writeMetrics(&out, wire.Gateway{Refused: map[string]uint64{"a \"b\"\u00a0\\": 1}})
	if want := "refused_total{reason=\"a \\\"b\\\"\u00a0\\\\\"} 1\n"; !strings.Contains(out.String(), want) {
		t.Errorf("%q is missing in\n%s", want, out.String())
	}
}
