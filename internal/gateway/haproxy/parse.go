package haproxy

import (
	"encoding/csv"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// A World is all that was read at one time.
type World struct {
	PID     int
	Version string
	Servers []Server // in HAProxy's order
}

// A Key names a server.
type Key struct{ Backend, Name string }

// String is as HAProxy's own commands have it.
func (k Key) String() string { return k.Backend + "/" + k.Name }

// A Server is one line of a backend.
type Server struct {
	Key
	Address netip.AddrPort // zero: a unix socket, or a name that is not resolved yet
	FQDN    string         // "": it is given by address
	TLS     bool
	Weight  int  // now
	Initial int  // of HAProxy's own configuration
	Admin   uint // srv_admin_state
	Counts
}

// Counts are what HAProxy counted of a server since it began. nil: it does
// not say.
type Counts struct {
	Status   string // UP, DOWN, MAINT, DRAIN, no check, …
	Sessions int64  // now
	Queue    int64  // now
	Total    uint64 // sessions: requests, in HTTP mode
	Failures uint64 // connections and answers that failed
	Retries  uint64
	Classes  [6]uint64
	Response *float64 // seconds to the answer, the mean of the last 1024 requests
}

// Answered are the requests that got an answer of whatever status.
func (c *Counts) Answered() (n uint64) {
	for _, v := range c.Classes {
		n += v
	}
	return n
}

// parse puts the three answers together.
func parse(info, state, stat string) (World, error) {
	w := World{Version: after(info, "Version: ")}
	var err error
	if w.PID, err = strconv.Atoi(after(info, "Pid: ")); err != nil {
		return w, fmt.Errorf("haproxy tells no process id: %q", first(info))
	}
	if w.Servers, err = parseState(state); err != nil {
		return w, err
	}
	counts, err := parseStat(stat)
	if err != nil {
		return w, err
	}
	for i := range w.Servers {
		w.Servers[i].Counts = counts[w.Servers[i].Key]
	}
	return w, nil
}

// after is the rest of the line that begins with a word.
func after(text, word string) string {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, word); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

func first(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line[:min(len(line), 80)]
}

// parseState reads "show servers state": a version, the names of the columns,
// a line for each server.
func parseState(text string) ([]Server, error) {
	_, rest, _ := strings.Cut(text, "# ")
	lines := strings.Split(strings.TrimSpace(rest), "\n")
	at := places(strings.Fields(lines[0]))
	for _, name := range []string{"be_name", "srv_name", "srv_addr", "srv_port", "srv_uweight", "srv_iweight", "srv_admin_state"} {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("haproxy's list of servers has no %s: %q", name, first(text))
		}
	}
	var out []Server
	for _, line := range lines[1:] {
		if f := strings.Fields(line); len(f) == len(at) {
			s, err := serverOf(func(name string) string { return field(f, at, name) })
			if err != nil {
				return nil, err
			}
			out = append(out, s)
		}
	}
	return out, nil
}

func serverOf(get func(string) string) (Server, error) {
	s := Server{Key: Key{get("be_name"), get("srv_name")}, TLS: get("srv_use_ssl") == "1"}
	weight, err1 := strconv.Atoi(get("srv_uweight"))
	initial, err2 := strconv.Atoi(get("srv_iweight"))
	admin, err3 := strconv.ParseUint(get("srv_admin_state"), 10, 32)
	if err := errors.Join(err1, err2, err3); err != nil {
		return s, fmt.Errorf("read haproxy's server %s: %w", s.Key, err)
	}
	s.Weight, s.Initial, s.Admin = weight, initial, uint(admin)
	if name := get("srv_fqdn"); name != "-" {
		s.FQDN = name
	}
	ip, err := netip.ParseAddr(get("srv_addr"))
	if port, err4 := strconv.ParseUint(get("srv_port"), 10, 16); err == nil && err4 == nil && port > 0 {
		s.Address = netip.AddrPortFrom(ip.Unmap(), uint16(port))
	}
	return s, nil
}

func places(names []string) map[string]int {
	at := make(map[string]int, len(names))
	for i, n := range names {
		at[n] = i
	}
	return at
}

func field(f []string, at map[string]int, name string) string {
	if i, ok := at[name]; ok && i < len(f) {
		return f[i]
	}
	return ""
}

// parseStat reads "show stat": CSV with its columns named.
func parseStat(text string) (map[Key]Counts, error) {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(strings.TrimSpace(text), "# ")))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 || rows[0][0] != "pxname" {
		return nil, fmt.Errorf("haproxy's counts are not understood: %q", first(text))
	}
	at, out := places(rows[0]), map[Key]Counts{}
	for _, row := range rows[1:] {
		get := func(name string) string { return field(row, at, name) }
		if get("type") == isServer {
			out[Key{get("pxname"), get("svname")}] = countsOf(get)
		}
	}
	return out, nil
}

// isServer is the type of a line about a server; others are of frontends and
// backends.
const isServer = "2"

func countsOf(get func(string) string) Counts {
	n := func(name string) uint64 {
		v, err := strconv.ParseUint(get(name), 10, 64)
		if err != nil {
			return 0 // the column is empty outside HTTP mode
		}
		return v
	}
	c := Counts{
		Status: get("status"), Sessions: int64(n("scur")), Queue: int64(n("qcur")), Total: n("stot"),
		Failures: n("econ") + n("eresp"), Retries: n("wretr"),
	}
	for i, name := range []string{"hrsp_other", "hrsp_1xx", "hrsp_2xx", "hrsp_3xx", "hrsp_4xx", "hrsp_5xx"} {
		c.Classes[i] = n(name)
	}
	if ms, err := strconv.ParseFloat(get("rtime"), 64); err == nil && c.Answered() > 0 {
		seconds := ms / 1000
		c.Response = &seconds
	}
	return c
}
