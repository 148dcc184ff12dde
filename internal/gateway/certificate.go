package gateway

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"mltop/internal/wire"
)

// A certificate is what TLS is spoken with: one, or several, of which a client
// gets the first that has the name it asks for, or else the first. A renewed
// one is another: it resumes no session of the one before.
type certificate struct {
	files  []CertificateFiles
	seen   []os.FileInfo
	config *tls.Config
	why    string // the files are not in use as they are now
}

// readCertificate looks at the files before it reads them: a change between
// the two is then seen as one.
func readCertificate(files []CertificateFiles) (*certificate, error) {
	c := &certificate{files: files, seen: lookAt(files)}
	c.config = &tls.Config{NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12}
	for _, f := range files {
		pair, err := tls.LoadX509KeyPair(f.Cert, f.Key)
		if err != nil {
			return nil, fmt.Errorf("read the certificate %s: %w", f.Cert, err)
		}
		c.config.Certificates = append(c.config.Certificates, pair)
	}
	return c, nil
}

func lookAt(files []CertificateFiles) (out []os.FileInfo) {
	for _, f := range files {
		for _, name := range []string{f.Cert, f.Key} {
			info, err := os.Stat(name)
			if err != nil {
				info = nil // it is not there
			}
			out = append(out, info)
		}
	}
	return out
}

// isNew: the files were changed, or put in the place of others; or what they
// had was of no use, and is tried again.
func (c *certificate) isNew() bool {
	return c.why != "" || !slices.EqualFunc(lookAt(c.files), c.seen, sameFile)
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
	next, err := readCertificate(c.files)
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

func (c *certificate) chain() (out [][]byte) {
	for i := range c.config.Certificates {
		out = append(out, c.config.Certificates[i].Certificate...)
	}
	return out
}

// end is when the first of them ends.
func (c *certificate) end() time.Time {
	end := c.config.Certificates[0].Leaf.NotAfter
	for i := range c.config.Certificates {
		if t := c.config.Certificates[i].Leaf.NotAfter; t.Before(end) {
			end = t
		}
	}
	return end.UTC()
}

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
	files := cfg.certificates()
	if old := g.cert.Load(); old != nil && slices.Equal(old.files, files) {
		return old.renewed(), nil
	}
	return readCertificate(files)
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
	first := c.config.Certificates[0].Leaf
	var names, files []string
	for i := range c.config.Certificates {
		leaf := c.config.Certificates[i].Leaf
		names = append(names, leaf.DNSNames...)
		for _, ip := range leaf.IPAddresses {
			names = append(names, ip.String())
		}
		files = append(files, c.files[i].Cert)
	}
	return &wire.GatewayCertificate{File: strings.Join(files, ", "), Names: names, From: first.NotBefore.UTC(), Until: c.end(), Why: c.why}
}
