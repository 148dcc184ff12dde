package haproxy

import (
	"fmt"
	"math"
	"slices"
)

// The states that a server can be set to.
const (
	Ready = "ready"
	Drain = "drain" // only who is bound to it still comes
	Maint = "maint" // nobody comes
)

// Bits of srv_admin_state: HAProxy's management guide, "show servers state".
const (
	forcedMaint = 0x01
	otherMaint  = 0x02 | 0x04 | 0x20 | 0x40 // inherited, configured, no address
	forcedDrain = 0x08
)

// A Setting is what can be set of a server.
type Setting struct {
	Weight int // 0–256
	State  string
}

// Most is HAProxy's largest weight.
const Most = 256

// A Want is what is decided of one upstream.
type Want struct {
	Upstream string  // as it is told
	Weight   float64 // of the largest, 0–1
	State    string  // "": nothing is known of it yet
	Is       func(s *Server) bool
}

// setting is the server's, as it was read.
func (s *Server) setting() Setting {
	switch {
	case s.Admin&forcedMaint != 0:
		return Setting{s.Weight, Maint}
	case s.Admin&forcedDrain != 0:
		return Setting{s.Weight, Drain}
	}
	return Setting{s.Weight, Ready}
}

// ours reports mltop's own mark: it takes a server out with weight 0, which
// nobody has who does so by hand. So one that it left behind, when it was
// killed, is told from somebody's maintenance.
func (s *Server) ours() bool { return s.Admin&(forcedMaint|forcedDrain) != 0 && s.Weight == 0 }

// held is why the server is not mltop's to set; "": it is. pushed is what
// mltop set of it last.
func (s *Server) held(pushed Setting) string {
	switch {
	case s.Admin&forcedMaint != 0 && !s.ours() && pushed.State != Maint:
		return "somebody put it into maintenance at haproxy: it stays there until somebody sets it ready"
	case s.Admin&otherMaint != 0:
		return "it is in maintenance by haproxy's own configuration"
	}
	return ""
}

// weightOf is the document's 0–1 as HAProxy has it: 1–256. Who gets anything
// gets at least 1.
func weightOf(share float64) int { return max(1, min(Most, int(math.Round(share*Most)))) }

// setting is what a decision means.
func (w *Want) setting() Setting {
	if w.State == Ready {
		return Setting{weightOf(w.Weight), Ready}
	}
	return Setting{0, w.State}
}

// A Plan is what is to be so.
type Plan struct {
	Settings map[Key]Setting
	Of       map[Key]string // the upstream of a server
	Held     map[Key]string // why it is not set
	Strange  []string       // servers that are no upstream
	Missing  []string       // upstreams that are no server
	Open     []string       // backends in which nobody is taken out
}

// makePlan decides for every server of a backend; of all, with none named.
func makePlan(servers []Server, wants []Want, backend string, pushed map[Key]Setting) Plan {
	p := Plan{Settings: map[Key]Setting{}, Of: map[Key]string{}, Held: map[Key]string{}}
	found, known := map[string]bool{}, map[string]bool{}
	byBackend := map[string][]Key{}
	for i := range servers {
		s := &servers[i]
		if backend != "" && s.Backend != backend {
			continue
		}
		known[s.Backend] = true
		at := slices.IndexFunc(wants, func(w Want) bool { return w.Is(s) })
		if at < 0 {
			p.Strange = append(p.Strange, s.String())
			continue
		}
		found[wants[at].Upstream] = true
		p.take(s, &wants[at], pushed[s.Key])
		if _, set := p.Settings[s.Key]; set {
			byBackend[s.Backend] = append(byBackend[s.Backend], s.Key)
		}
	}
	for _, w := range wants {
		if !found[w.Upstream] {
			p.Missing = append(p.Missing, w.Upstream)
		}
	}
	if backend != "" && !known[backend] {
		p.Missing = append(p.Missing, fmt.Sprintf("the backend %s itself", backend))
	}
	p.failOpen(byBackend)
	return p
}

func (p *Plan) take(s *Server, w *Want, pushed Setting) {
	p.Of[s.Key] = w.Upstream
	if why := s.held(pushed); why != "" {
		p.Held[s.Key] = why
		return
	}
	if w.State != "" {
		p.Settings[s.Key] = w.setting()
	}
}

// failOpen leaves a backend alone in which all would be taken out for their
// health: who looks from here may see less than HAProxy, which has checks of
// its own.
func (p *Plan) failOpen(byBackend map[string][]Key) {
	for name, keys := range byBackend {
		if slices.ContainsFunc(keys, func(k Key) bool { return p.Settings[k].State != Maint }) {
			continue
		}
		p.Open = append(p.Open, name)
		for _, k := range keys {
			p.Settings[k] = Setting{Most, Ready}
		}
	}
	slices.Sort(p.Open)
}

// orders lead from one setting to another. The weight goes first and comes
// last: whoever ends mltop in between leaves its mark.
func orders(k Key, from, to Setting) (out []string) {
	weight, state := fmt.Sprintf("set server %s weight %d", k, to.Weight), fmt.Sprintf("set server %s state %s", k, to.State)
	if from.Weight != to.Weight {
		out = append(out, weight)
	}
	if from.State != to.State {
		out = append(out, state)
	}
	if to.State == Ready {
		slices.Reverse(out)
	}
	return out
}
