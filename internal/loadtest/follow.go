package loadtest

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// follow sends a request and, where it is told to, goes where the answer
// points: all of it is one request, with one deadline.
func follow(ctx context.Context, ex exchanger, g *Gate, o *outgoing, deadline time.Time, w want, most int) (answer, error) {
	a, err := ex.exchange(ctx, o, deadline, w)
	var been []string
	for err == nil && most > 0 && redirects(a.status) && a.header("Location") != "" {
		been = append(been, o.origin.String()+o.uri)
		if len(been) > most {
			return a, &fault{kindRedirect, fmt.Sprintf("more than %d redirects, from %s on", most, been[0])}
		}
		next, f := redirected(g, o, &a, been)
		if f != nil {
			return a, f
		}
		first := a
		a, err = ex.exchange(ctx, next, deadline, w)
		a.connected, a.again, a.bytes = a.connected+first.connected, a.again || first.again, a.bytes+first.bytes
		o = next
	}
	return a, err
}

func redirects(status int) bool {
	return slices.Contains([]int{301, 302, 303, 307, 308}, status)
}

// redirected is the request that an answer asks for (RFC 9110, 15.4).
func redirected(g *Gate, o *outgoing, a *answer, been []string) (*outgoing, *fault) {
	origin, uri, err := resolve(o, a.header("Location"))
	if err != nil {
		return nil, &fault{kindRedirect, "redirected to what is no URL"}
	}
	next := &outgoing{origin: origin, method: o.method, uri: uri, headers: o.headers, body: o.body}
	if a.status == 303 && o.method != "HEAD" || a.status < 303 && o.method == "POST" {
		next.method, next.body = "GET", nil
	}
	if origin.Host != o.origin.Host {
		next.headers = withoutSecrets(o.headers)
	}
	switch {
	case !g.admits(origin, next.method):
		return nil, &fault{kindGate, fmt.Sprintf("redirected to %s, where the test may not send: --allow-host %s", origin, origin.Host)}
	case slices.Contains(been, origin.String()+uri):
		return nil, &fault{kindRedirect, "redirected in a circle: " + strings.Join(append(been, origin.String()+uri), " → ")}
	}
	return next, nil
}

func resolve(o *outgoing, location string) (Origin, string, error) {
	base, err := url.Parse(o.origin.String() + o.uri)
	if err != nil {
		return Origin{}, "", err
	}
	to, err := base.Parse(location)
	if err != nil {
		return Origin{}, "", err
	}
	return ParseURL(to.String())
}

// withoutSecrets: what was meant for one host is not shown to another.
func withoutSecrets(headers []field) []field {
	return slices.DeleteFunc(slices.Clone(headers), func(f field) bool {
		name := strings.ToLower(f.name)
		return name == "authorization" || name == "cookie" || name == "host"
	})
}
