package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"mltop/internal/gateway"
	"mltop/internal/wire"
)

// A gatewayLine leads to the admin endpoint of a running gateway.
type gatewayLine struct {
	admin  string // http://HOST:PORT
	token  string
	client *http.Client
}

// isGateway reports that an argument names a gateway rather than a database.
func isGateway(arg string) bool {
	scheme, _, ok := strings.Cut(arg, "://")
	return ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}

// findGateway finds the admin endpoint: the gateway tells it to this machine,
// and the address may be that of the endpoint itself.
func findGateway(ctx context.Context, o *options, arg, tokenFile string) (*gatewayLine, error) {
	u, err := url.Parse(arg)
	if err != nil || !isGateway(arg) || u.Host == "" {
		return nil, usagef("%q is no address of a gateway: http://127.0.0.1:8080 is", arg)
	}
	l := &gatewayLine{client: &http.Client{Timeout: o.timeout}}
	if tokenFile != "" {
		text, err := os.ReadFile(tokenFile)
		if err != nil {
			return nil, usagef("read the token: %v", err)
		}
		l.token = strings.TrimSpace(string(text))
	}
	base := u.Scheme + "://" + u.Host
	l.admin = base
	if text, err := l.get(ctx, base+"/.well-known/mltop-gateway"); err == nil {
		if at, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "200 admin "); ok && isGateway(at) {
			l.admin = at
		}
	}
	state, err := l.state(ctx)
	if err != nil {
		return nil, attachf("attach to the gateway at %s: %w", base, err)
	}
	if state.SchemaVersion != wire.GatewayVersion {
		return nil, attachf("attach to the gateway at %s: what answers there is no mltop gateway, or one of another version", base)
	}
	return l, nil
}

func (l *gatewayLine) state(ctx context.Context) (wire.Gateway, error) {
	var state wire.Gateway
	text, err := l.get(ctx, l.admin+"/")
	if err != nil {
		return state, err
	}
	if err := json.Unmarshal(text, &state); err != nil {
		return state, errors.New("what answers there is no mltop gateway")
	}
	return state, nil
}

func (l *gatewayLine) get(ctx context.Context, at string) ([]byte, error) {
	return l.do(ctx, http.MethodGet, at)
}

// order changes the gateway, and answers what it did.
func (l *gatewayLine) order(ctx context.Context, what string, values url.Values) (string, error) {
	text, err := l.do(ctx, http.MethodPost, l.admin+what+"?"+values.Encode())
	if err != nil {
		return "", err
	}
	var done struct{ Done string }
	if err := json.Unmarshal(text, &done); err != nil {
		return "", fmt.Errorf("read the gateway's answer: %w", err)
	}
	return done.Done, nil
}

// mostState is far beyond what a gateway tells.
const mostState = 16 << 20

func (l *gatewayLine) do(ctx context.Context, method, at string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, at, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set(gateway.OrderField, "1")
	if l.token != "" {
		req.Header.Set("Authorization", "Bearer "+l.token)
	}
	res, err := l.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, mostState))
	if err != nil || res.StatusCode == http.StatusOK {
		return text, err
	}
	var said struct{ Error string }
	if json.Unmarshal(text, &said) == nil && said.Error != "" {
		return nil, errors.New(said.Error)
	}
	return nil, fmt.Errorf("it answered %s", strings.TrimSpace(res.Status+" "+firstLineOf(text)))
}

// firstLineOf is the first line of a text that may be a page.
func firstLineOf(text []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	if len(line) > 100 || strings.HasPrefix(line, "<") {
		return ""
	}
	return line
}

// lookTwice takes two looks, so that shares and rates are known.
func (l *gatewayLine) lookTwice(ctx context.Context, apart time.Duration) (before, now wire.Gateway, err error) {
	if before, err = l.state(ctx); err != nil {
		return before, now, err
	}
	select {
	case <-ctx.Done():
		return before, now, ctx.Err()
	case <-time.After(apart):
	}
	now, err = l.state(ctx)
	return before, now, err
}
