package gateway

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"os"
	"slices"
	"time"

	"mltop/internal/wire"
)

// A certificate is what TLS is spoken with. A renewed one is another: it
// resumes no session of the one before.
type certificate struct {
	cert, key string // files
	seen      [2]os.FileInfo
	config    *tls.Config
	why       string // the files are not in use as they are now
}

// readCertificate looks at the files before it reads them: a change between
// the two is then seen as one.
func readCertificate(cert, key string) (*certificate, error) {
	c := &certificate{cert: cert, key: key, seen: lookAt(cert, key)}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	c.config = &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12}
	return c, nil
}

func lookAt(cert, key string) (out [2]os.FileInfo) {
	for i, name := range []string{cert, key} {
		out[i], _ = os.Stat(name) // nil: it is not there
	}
	return out
}

// isNew: the files were changed, or put in the place of others; or what they
// had was of no use, and is tried again.
func (c *certificate) isNew() bool {
	now := lookAt(c.cert, c.key)
	return c.why != "" || !slices.EqualFunc(now[:], c.seen[:], sameFile)
}

func sameFile(a, b os.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// renewed reads the files again. Those that are broken, or do not belong
// together yet, leave the certificate in force as it is.
func (c *certificate) renewed() *certificate {
	next, err := readCertificate(c.cert, c.key)
	if err != nil {
		old := *c
		old.why = err.Error()
		return &old
	}
	if slices.EqualFunc(next.chain(), c.chain(), bytes.Equal) {
		next.config = c.config // with the sessions that can be resumed
	}
	return next
}

func (c *certificate) chain() [][]byte { return c.config.Certificates[0].Certificate }

func (c *certificate) end() time.Time { return c.config.Certificates[0].Leaf.NotAfter.UTC() }

// told is what changed from an older one, in words; "": nothing.
func (c *certificate) told(old *certificate) string {
	switch {
	case c.why != "" && c.why != old.why:
		return "the old certificate stays: " + c.why
	case c.config != old.config:
		return fmt.Sprintf("the certificate was renewed, it is valid until %s", c.end().Format(time.DateTime))
	case c.why == "" && old.why != "":
		return "the certificate's files are well again"
	}
	return ""
}

// certificateOf is the one for a configuration; nil: it speaks no TLS. Where
// the files are those in force, broken ones are no reason not to take the
// rest.
func (g *Gateway) certificateOf(cfg Config) (*certificate, error) {
	if cfg.Cert == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	if old := g.cert.Load(); old != nil && old.cert == cfg.Cert && old.key == cfg.Key {
		return old.renewed(), nil
	}
	return readCertificate(cfg.Cert, cfg.Key)
}

// useCertificate is for connections from now on; those that are open stay.
func (g *Gateway) useCertificate(c *certificate) {
	if old := g.cert.Swap(c); old != nil && c != nil {
		g.events.add(nil, c.told(old))
	}
}

// sweepCertificate follows the files of the certificate.
func (g *Gateway) sweepCertificate() {
	old := g.cert.Load()
	if old == nil || !old.isNew() {
		return
	}
	// A reload may have come first.
	if next := old.renewed(); g.cert.CompareAndSwap(old, next) {
		g.events.add(nil, next.told(old))
	}
}

// Certificate is the one in force; nil: it speaks no TLS.
func (g *Gateway) Certificate() *wire.GatewayCertificate { return g.cert.Load().state() }

func (c *certificate) state() *wire.GatewayCertificate {
	if c == nil {
		return nil
	}
	leaf := c.config.Certificates[0].Leaf
	names := slices.Clone(leaf.DNSNames)
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	return &wire.GatewayCertificate{File: c.cert, Names: names, From: leaf.NotBefore.UTC(), Until: c.end(), Why: c.why}
}
