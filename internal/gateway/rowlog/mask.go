package rowlog

import (
	"hash/maphash"
	"net/netip"
	"net/url"
	"strings"
)

// hidden stands for the value of a secret.
const hidden = "***"

// Names whose values are secrets. A name counts in any case, with _, - or
// neither between its words, and percent-encoded.
var (
	secretFields = []string{
		"authorization", "proxyauthorization", "cookie", "setcookie", "xapikey", "apikey", "xauthtoken", "xaccesstoken", "xcsrftoken",
		"xxsrftoken", "xamzsecuritytoken", "xvaulttoken", "xgitlabtoken", "xhubsignature", "xhubsignature256", "xforwardedaccesstoken",
		"xgoogapikey", "xsessionid", "xsessiontoken", "xforwardedclientcert", "sslclientcert",
	}
	secretValues = []string{
		"token", "accesstoken", "refreshtoken", "idtoken", "authtoken", "sessiontoken", "csrftoken", "apikey", "apisecret", "accesskey", "secretkey",
		"privatekey", "key", "secret", "clientsecret", "password", "passwd", "passwort", "pwd", "pass", "passphrase", "pin", "otp", "auth",
		"authorization", "credential", "credentials", "signature", "sig", "code", "codeverifier", "assertion", "samlresponse", "samlrequest", "jwt", "session",
		"sessionid", "sid", "jsessionid", "phpsessid", "xamzsignature", "xamzsecuritytoken", "xamzcredential", "xgoogsignature", "cardnumber", "cvv", "cvc",
	}
	// Fields whose values are addresses, with a query of their own.
	addressFields = []string{"referer", "origin", "xoriginalurl", "xrewriteurl", "xforwardeduri", "xoriginaluri"}
)

// A mask knows the names of secrets. One goroutine has it: it remembers what
// it has found out of names, which are few.
type mask struct {
	fields, values, addresses map[string]bool
	ofFields                  map[string]fieldName
	ofValues                  map[string]bool
	room                      []byte // for what is put together
	clients                   map[netip.Addr]string
	seed                      maphash.Seed
	blocks                    [mostBlocks]toldBefore
}

// A fieldName is what is known of one, as it came.
type fieldName struct {
	lower string
	class class
}

// A class is what to do with a field's value.
type class int

const (
	keepValue class = iota
	hideValue
	hideInAddress
)

// mostNames, and longestName in bytes: who makes names up is not remembered.
const mostNames, longestName = 4096, 64

// remember is what a function says of a name, asked once.
func remember[T any](known map[string]T, name string, ask func(string) T) T {
	if v, ok := known[name]; ok {
		return v
	}
	v := ask(name)
	if len(name) > longestName {
		return v
	}
	if len(known) >= mostNames {
		clear(known)
	}
	known[strings.Clone(name)] = v
	return v
}

func newMask(more []string) *mask {
	set := func(lists ...[]string) map[string]bool {
		out := map[string]bool{}
		for _, l := range lists {
			for _, n := range l {
				out[plainName(n)] = true
			}
		}
		return out
	}
	return &mask{clients: map[netip.Addr]string{}, seed: maphash.MakeSeed(), ofFields: map[string]fieldName{}, ofValues: map[string]bool{}, fields: set(secretFields, more), values: set(secretValues, more), addresses: set(addressFields)}
}

// plainName is a name without case and without what stands between its words.
func plainName(s string) string {
	if strings.ContainsAny(s, "%+") {
		if u, err := url.QueryUnescape(s); err == nil {
			s = u
		}
	}
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'A' && c <= 'Z':
			b = append(b, c|0x20)
		case c != '_' && c != '-' && c != '.' && c != ' ' && c != '\t':
			b = append(b, c)
		}
	}
	return string(b)
}

// field is what is kept of a header.
func (m *mask) field(class class, value string) string {
	switch class {
	case hideValue:
		return hidden
	case hideInAddress:
		return m.address(value)
	}
	return value
}

func (m *mask) nameOf(name string) fieldName { return remember(m.ofFields, name, m.read) }

func (m *mask) read(name string) fieldName {
	return fieldName{strings.Clone(strings.ToLower(name)), m.classify(name)}
}

func (m *mask) classify(name string) class {
	n := plainName(name)
	switch {
	case m.fields[n], m.values[n]:
		return hideValue
	case m.addresses[n]:
		return hideInAddress
	}
	return keepValue
}

// address hides the user's password and the secrets of the query.
func (m *mask) address(s string) string {
	s, fragment, has := strings.Cut(s, "#")
	front, query, asks := strings.Cut(s, "?")
	if scheme, rest, ok := strings.Cut(front, "://"); ok {
		host, path, slash := strings.Cut(rest, "/")
		if at := strings.LastIndexByte(host, '@'); at >= 0 {
			host = hidden + host[at:]
		}
		front = scheme + "://" + host
		if slash {
			front += "/" + path
		}
	}
	if asks {
		front += "?" + m.query(query)
	}
	if has {
		front += "#" + m.query(fragment) // of an implicit grant
	}
	return front
}

// query hides the values of a query, or of a form.
func (m *mask) query(q string) string {
	if q == "" {
		return q
	}
	var out strings.Builder
	for first := true; first || q != ""; first = false {
		if !first {
			out.WriteByte(q[0])
			q = q[1:]
		}
		end := strings.IndexAny(q, "&;")
		if end < 0 {
			end = len(q)
		}
		out.WriteString(m.pair(q[:end]))
		q = q[end:]
	}
	return out.String()
}

// pair is NAME=VALUE; a[token]=x and user.token=x end in a secret's name too.
func (m *mask) pair(p string) string {
	name, value, ok := strings.Cut(p, "=")
	if !ok || value == "" || !m.secret(name) {
		return p
	}
	return name + "=" + hidden
}

func (m *mask) secret(name string) bool { return remember(m.ofValues, name, m.isSecret) }

func (m *mask) isSecret(name string) bool {
	n := plainName(name)
	if m.values[n] || m.fields[n] {
		return true
	}
	if i := strings.LastIndexByte(n, '['); i >= 0 && strings.HasSuffix(n, "]") {
		return m.values[n[i+1:len(n)-1]] || m.isSecret(n[:i])
	}
	if u, err := url.QueryUnescape(name); err == nil {
		if i := strings.LastIndexByte(u, '.'); i >= 0 {
			return m.values[plainName(u[i+1:])]
		}
	}
	return false
}
