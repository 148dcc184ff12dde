package gateway

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"mltop/internal/units"
	"mltop/internal/yamlfile"
)

// ParseUpstream reads http://HOST:PORT or https://HOST:PORT.
func ParseUpstream(s string) (UpstreamRule, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return UpstreamRule{}, fmt.Errorf("%q is no upstream: http://127.0.0.1:9001 is", yamlfile.Clip(s, 60))
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return UpstreamRule{}, fmt.Errorf("the upstream %s has no path and no user: requests keep their own", yamlfile.Clip(u.Redacted(), 60))
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return UpstreamRule{}, fmt.Errorf("the upstream %s has no port from 1 to 65535", yamlfile.Clip(s, 60))
	}
	address := net.JoinHostPort(u.Hostname(), port)
	return UpstreamRule{URL: u.Scheme + "://" + address, Address: address, TLS: u.Scheme == "https", Weight: 1}, nil
}

func parseAddress(s string) (string, error) {
	_, port, err := net.SplitHostPort(s)
	if n, e := strconv.Atoi(port); err != nil || e != nil || n < 0 || n > 65535 {
		return "", fmt.Errorf("%q is no address to listen on: 127.0.0.1:8080 is", yamlfile.Clip(s, 60))
	}
	return s, nil
}

func parseAdmin(s string) (string, error) {
	if s == NoAdmin {
		return s, nil
	}
	return parseAddress(s)
}

func parseBalance(s string) (string, error) {
	all := []string{RoundRobin, LeastConnections, Weighted, IPHash}
	if !slices.Contains(all, s) {
		return "", fmt.Errorf("%q is no way to balance: %s are", yamlfile.Clip(s, 40), strings.Join(all, ", "))
	}
	return s, nil
}

func parsePath(s string) (string, error) {
	if !strings.HasPrefix(s, "/") || checkTarget([]byte("GET"), []byte(s), []byte(s)) != nil {
		return "", fmt.Errorf("%q is no path: /health is", yamlfile.Clip(s, 60))
	}
	return s, nil
}

func parsePrefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, fmt.Errorf("%q is neither an address nor a network: 10.0.0.0/8 is", yamlfile.Clip(s, 60))
	}
	return p.Masked(), nil
}

// mostWeight keeps the sums of a balancer exact.
const mostWeight = 1e6

func parseWeight(s string) (float64, error) {
	w, err := strconv.ParseFloat(s, 64)
	if err != nil || !(w > 0 && w <= mostWeight) {
		return 0, fmt.Errorf("%q is no weight above 0", yamlfile.Clip(s, 40))
	}
	return w, nil
}

func someRatio(s string) (float64, error) {
	v, err := yamlfile.ParseRatio(s)
	if err == nil && v == 0 {
		err = errors.New("it has to be above zero")
	}
	return v, err
}

// The bounds of a head: what browsers send, and what one connection may cost.
const (
	leastHead = 1_000
	mostHead  = 1_000_000
)

func parseHead(s string) (int, error) {
	n, err := parseBytes(s)
	if err == nil && (n < leastHead || n > mostHead) {
		err = fmt.Errorf("a head has from %d to %d bytes", leastHead, mostHead)
	}
	return int(n), err
}

// mostBytes keeps sums of sizes from running over.
const mostBytes = 1 << 50

// parseBytes reads 500, 32KB or 1GiB, as all sizes that mltop takes.
func parseBytes(s string) (int64, error) {
	n, err := units.ParseBytes(yamlfile.Clip(s, 40))
	if err == nil && n > mostBytes {
		err = fmt.Errorf("%q is more than anybody has", s)
	}
	return n, err
}
