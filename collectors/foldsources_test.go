package collectors

import (
	"testing"

	"mltop/internal/stat"
)

func TestOneStatementOfTwoSourcesIsOneRow(t *testing.T) {
	row := func(kind string, sampled bool, calls uint64, each bool) StatementWindow {
		w := StatementWindow{StatementGroup: StatementGroup{Fingerprint: "f", Text: "select ?", Example: kind, Calls: calls, Latency: &stat.Sketch{}},
			Source: StatementSource{Kind: kind, Live: true, Sampled: sampled}, Seconds: 10}
		if each {
			for range calls {
				w.Latency.Add(0.01)
			}
			w.Route = "GET /"
		} else {
			w.Latency.AddTotal(calls, 0.3)
		}
		return w
	}
	log, server, sampled := row("log", false, 95, true), row("server", false, 100, false), row("sampled", true, 0, false)
	busy := row("server", false, 300, false)
	slow := row("slow log", false, 2, false)
	slow.Source.Least = 0.1
	mostlyShort := row("sampled", true, 0, false)
	mostlyShort.Latency.AddTotal(0, 3)
	given := StatementWindow{StatementGroup: StatementGroup{Fingerprint: "f", Weight: 3}, Source: StatementSource{Kind: "queries file"}}
	other := StatementWindow{StatementGroup: StatementGroup{Name: "other"}, Source: StatementSource{Kind: "log", Live: true}}
	for _, c := range []struct {
		name string
		list []StatementWindow
		want []string
	}{
		{"the log has the times of the same calls", []StatementWindow{server, log}, []string{"log"}},
		{"in the other order", []StatementWindow{log, server}, []string{"log"}},
		{"other applications call it as well", []StatementWindow{log, busy}, []string{"server"}},
		{"calls are better than samples", []StatementWindow{sampled, server}, []string{"server"}},
		{"a log of long calls has as much of it", []StatementWindow{sampled, slow}, []string{"slow log"}},
		{"a log of long calls has little of it", []StatementWindow{slow, mostlyShort}, []string{"sampled"}},
		{"in whichever order", []StatementWindow{mostlyShort, slow}, []string{"sampled"}},
		{"what was given stays", []StatementWindow{given, server}, []string{"queries file", "server"}},
		{"the rest of two sources stays apart", []StatementWindow{other, other}, []string{"log", "log"}},
	} {
		var got []string
		for _, w := range foldSources(c.list) {
			got = append(got, w.Source.Kind)
			if w.Source.Kind == "server" && len(c.list) == 2 && c.list[0].Source.Kind == "log" && w.Route != "GET /" {
				t.Errorf("%s: the route is lost", c.name)
			}
		}
		if len(got) != len(c.want) || got[0] != c.want[0] || got[len(got)-1] != c.want[len(c.want)-1] {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}
