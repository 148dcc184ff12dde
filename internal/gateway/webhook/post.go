package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// json is what a receiver gets.
func (e *Event) json() []byte {
	doc := struct {
		SchemaVersion int       `json:"schema_version"`
		ID            string    `json:"request_id"`
		Time          time.Time `json:"time"`
		Method        string    `json:"method"`
		Path          string    `json:"path"`
		Status        int       `json:"status"`
		Duration      float64   `json:"duration_seconds"`
		Client        string    `json:"client"`
		Upstream      string    `json:"upstream,omitempty"`
		Received      int64     `json:"received_body_bytes"`
		Sent          int64     `json:"sent_body_bytes"`
	}{1, e.ID, e.At.UTC(), e.Method, strings.ToValidUTF8(e.Path, "\uFFFD"), e.Status, e.Took.Seconds(), e.Client, e.Upstream, e.Received, e.Sent}
	text, err := json.Marshal(doc)
	if err != nil {
		return []byte("{}") // numbers and texts have no error
	}
	return text
}

// Fields of a delivery.
const (
	SignatureField = "Mltop-Signature"
	IDField        = "Mltop-Request-Id" // the same at each attempt
	AttemptField   = "Mltop-Attempt"
)

// Sign is what SignatureField holds: the receiver knows the secret, makes the
// same of the time and the body, and takes nothing that is old.
func Sign(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// post makes one attempt. again: another one may do better, after wait.
func (s *Sender) post(d *delivery, timeout time.Duration, attempt int) (again bool, wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(s.context, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.hook.URL, bytes.NewReader(d.body))
	if err != nil {
		return false, 0, errors.New("its URL cannot be asked for")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "mltop-gateway")
	req.Header.Set(IDField, d.id)
	req.Header.Set(AttemptField, strconv.Itoa(attempt))
	if d.hook.Secret != "" {
		req.Header.Set(SignatureField, Sign(d.hook.Secret, time.Now(), d.body))
	}
	res, err := s.client.Do(req)
	if err != nil {
		return s.context.Err() == nil && !errors.Is(err, errForbidden), 0, plainly(err)
	}
	defer res.Body.Close()
	io.CopyN(io.Discard, res.Body, mostAnswer) //nolint:errcheck // the connection is used again where it was short
	return judge(res)
}

// mostAnswer is what is read of a receiver's answer.
const mostAnswer = 64 << 10

// judge says what an answer means.
func judge(res *http.Response) (again bool, wait time.Duration, err error) {
	if res.StatusCode >= 200 && res.StatusCode < 300 {
		return false, 0, nil
	}
	seconds, err := strconv.Atoi(res.Header.Get("Retry-After"))
	if err == nil && seconds > 0 {
		wait = time.Duration(min(seconds, 3600)) * time.Second
	}
	again = res.StatusCode >= 500 || res.StatusCode == 408 || res.StatusCode == 425 || res.StatusCode == 429
	return again, wait, fmt.Errorf("it answered %d", res.StatusCode)
}

// plainly is an error without the URL, which may hold a secret.
func plainly(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("it did not answer in time")
	}
	return err
}

// shown is a URL without what may be a secret.
func shown(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return "(a URL that cannot be read)"
	}
	if u.User != nil {
		u.User = url.User("***")
	}
	if u.RawQuery != "" {
		u.RawQuery = "***"
	}
	return u.String()
}

var errForbidden = errors.New("its name leads to a link-local address, where machines keep their credentials: name the address itself if it is meant")

// newClient follows no redirect and no proxy, and goes to a link-local address
// only where a hook names it as such.
func newClient(hooks func() []*hook) *http.Client {
	d := &net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		ip, err := netip.ParseAddrPort(address)
		if err == nil && risky(ip.Addr()) && !named(hooks(), ip.Addr()) {
			return errForbidden
		}
		return err
	}}
	return &http.Client{
		Transport:     &http.Transport{DialContext: d.DialContext, MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: 5 * time.Second, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// metadata6 is where AWS has its metadata beside the link-local address.
var metadata6 = netip.MustParseAddr("fd00:ec2::254")

func risky(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || a == metadata6
}

func named(hooks []*hook, a netip.Addr) bool {
	for _, h := range hooks {
		u, err := url.Parse(h.URL)
		if err != nil {
			continue
		}
		if host, err := netip.ParseAddr(u.Hostname()); err == nil && host.Unmap() == a.Unmap() {
			return true
		}
	}
	return false
}
