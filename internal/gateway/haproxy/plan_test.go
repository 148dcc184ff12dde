package haproxy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// at is a want for the servers of one name.
func want(name, state string, weight float64) Want {
	return Want{Upstream: name, Weight: weight, State: state, Is: func(s *Server) bool { return s.Name == name }}
}

func TestWhatIsDecidedForEachServer(t *testing.T) {
	server := func(name string, weight int, admin uint) Server {
		return Server{Key: Key{"app", name}, Weight: weight, Initial: 100, Admin: admin}
	}
	up := want("a", Ready, 1)
	for _, row := range []struct {
		name   string
		server Server
		want   Want
		pushed string // state that mltop set before
		is     string
	}{
		{"one that is well has all of its weight", server("a", 1, 0), up, "", "weight 256, ready"},
		{"half of a weight", server("a", 1, 0), want("a", Ready, 0.5), "", "weight 128, ready"},
		{"the least is 1: with 0 it would get nothing", server("a", 1, 0), want("a", Ready, 0.0001), "", "weight 1, ready"},
		{"more than all is all", server("a", 1, 0), want("a", Ready, 7), "", "weight 256, ready"},
		{"one that drains", server("a", 1, 0), want("a", Drain, 1), "", "weight 0, drain"},
		{"of one that nothing is known of nothing is set", server("a", 1, 0), want("a", "", 1), "", "nothing"},
		{"somebody's maintenance is left alone", server("a", 1, forcedMaint), up, "", "held: somebody"},
		{"mltop's own is ended", server("a", 0, forcedMaint), up, "", "weight 256, ready"},
		{"… also when somebody gave it a weight meanwhile", server("a", 9, forcedMaint), up, Maint, "weight 256, ready"},
		{"a drain by hand is ended", server("a", 5, forcedDrain), up, "", "weight 256, ready"},
		{"one that its configuration disables stays so", server("a", 1, 0x04), up, "", "held: it is in maintenance by haproxy's own"},
		{"one without an address stays so", server("a", 1, 0x20), up, "", "held: it is in maintenance by haproxy's own"},
		{"no upstream", server("z", 1, 0), up, "", "strange"},
	} {
		t.Run(row.name, func(t *testing.T) {
			other := server("b", 1, 0) // so that nobody is the last one
			p := makePlan([]Server{row.server, other}, []Want{row.want, want("b", Ready, 1)}, "", map[Key]Setting{row.server.Key: {0, row.pushed}})
			if got := told(&p, row.server.Key); !strings.HasPrefix(got, row.is) {
				t.Errorf("got %s, want %s", got, row.is)
			}
		})
	}
}

func told(p *Plan, k Key) string {
	if s, ok := p.Settings[k]; ok {
		return s.String()
	}
	if why := p.Held[k]; why != "" {
		return "held: " + why
	}
	if slices.Contains(p.Strange, k.String()) {
		return "strange"
	}
	return "nothing"
}

func TestABackendIsNeverEmptied(t *testing.T) {
	servers := []Server{{Key: Key{"app", "a"}}, {Key: Key{"app", "b"}}, {Key: Key{"api", "a"}}, {Key: Key{"api", "c"}}}
	p := makePlan(servers, []Want{want("a", Maint, 0), want("b", Maint, 0), want("c", Ready, 1)}, "", nil)
	got := fmt.Sprint(p.Open, told(&p, Key{"app", "a"}), told(&p, Key{"app", "b"}), told(&p, Key{"api", "a"}), told(&p, Key{"api", "c"}))
	if want := "[app]weight 256, readyweight 256, readyweight 0, maintweight 256, ready"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWhatHasNoCounterpartIsNamed(t *testing.T) {
	servers := []Server{{Key: Key{"app", "a"}}, {Key: Key{"app", "x"}}, {Key: Key{"api", "b"}}}
	p := makePlan(servers, []Want{want("a", Ready, 1), want("b", Ready, 1)}, "app", nil)
	if got := fmt.Sprint(p.Strange, p.Missing); got != "[app/x] [b]" {
		t.Errorf("got %s, want app/x and b", got)
	}
	p = makePlan(servers, []Want{want("a", Ready, 1)}, "none", nil)
	if got := fmt.Sprint(p.Missing); got != "[a the backend none itself]" {
		t.Errorf("with a backend that is not there: %s", got)
	}
}

// Whoever is killed in between leaves its mark: weight 0, or nothing.
func TestOrdersComeInAnOrderThatCanBeCutShort(t *testing.T) {
	k := Key{"app", "a"}
	for _, row := range []struct {
		name     string
		from, to Setting
		want     []string
	}{
		{"nothing to do", Setting{5, Ready}, Setting{5, Ready}, nil},
		{"a weight", Setting{5, Ready}, Setting{6, Ready}, []string{"set server app/a weight 6"}},
		{"out: first without weight", Setting{5, Ready}, Setting{0, Maint}, []string{"set server app/a weight 0", "set server app/a state maint"}},
		{"in: first without weight", Setting{0, Maint}, Setting{9, Ready}, []string{"set server app/a state ready", "set server app/a weight 9"}},
		{"a state", Setting{0, Maint}, Setting{0, Drain}, []string{"set server app/a state drain"}},
	} {
		if got := orders(k, row.from, row.to); !slices.Equal(got, row.want) {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}

func TestAnswersThatAreNotHAProxysAreErrors(t *testing.T) {
	const info, state, stat = "Version: 3\nPid: 7\n", "1\n# be_name srv_name srv_addr srv_port srv_uweight srv_iweight srv_admin_state\napp a 10.0.0.1 80 1 1 0\n", "# pxname,svname,type,stot\napp,a,2,5\n"
	if w, err := parse(info, state, stat); err != nil || len(w.Servers) != 1 || w.Servers[0].Total != 5 || w.Servers[0].Address.String() != "10.0.0.1:80" {
		t.Fatalf("got %+v, %v", w, err)
	}
	for _, row := range []struct{ name, info, state, stat, want string }{
		{"no process", "Permission denied", state, stat, `no process id: "Permission denied"`},
		{"no servers", info, "Permission denied\n", stat, "list of servers has no"},
		{"a weight that is none", info, strings.Replace(state, " 1 1 0", " x 1 0", 1), stat, "read haproxy's server app/a"},
		{"no counts", info, state, "", "counts are not understood"},
	} {
		if _, err := parse(row.info, row.state, row.stat); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %q", row.name, err, row.want)
		}
	}
}
