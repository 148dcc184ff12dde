package loadtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"mltop/internal/yamlfile"
)

// A Check is what an answer has to be. Without one of its status, anything
// below 400 will do.
type Check struct {
	Statuses []int // any of these; 2 stands for 200 to 299, and so on
	Contains string
	Matches  *regexp.Regexp
	JSON     []string // the path of a value in the body,
	Equals   string   // which has to be this
}

// A Take keeps a part of the answer as a variable.
type Take struct {
	Name    string
	JSON    []string // the path of a value in the body
	Header  string
	Pattern *regexp.Regexp // its first group, or all of it, in the body
}

// bodyRoom is how much of a body is looked at.
const bodyRoom = 1 << 20

// wants is what of the answers to a step is looked at.
func (s *Step) wants(cookies bool) want {
	w := want{cookies: cookies}
	for _, c := range s.Checks {
		if c.Contains != "" || c.Matches != nil || c.JSON != nil {
			w.body = bodyRoom
		}
	}
	for _, t := range s.Takes {
		if t.Header == "" {
			w.body = bodyRoom
		}
	}
	return w
}

// judge says what is wrong with an answer; nil if nothing.
func (s *Step) judge(a *answer) *fault {
	statusChecked := false
	for i := range s.Checks {
		c := &s.Checks[i]
		statusChecked = statusChecked || c.Statuses != nil
		if f := c.judge(a); f != nil {
			return f
		}
	}
	if !statusChecked && a.status >= 400 {
		return statusFault(a.status)
	}
	return nil
}

func statusFault(status int) *fault {
	return &fault{kindStatus, strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))}
}

func (c *Check) judge(a *answer) *fault {
	switch {
	case c.Statuses != nil && !c.allows(a.status):
		return statusFault(a.status)
	case c.Contains != "" && !strings.Contains(string(a.body), c.Contains):
		return failed(a, "the body does not hold %q", yamlfile.Clip(c.Contains, 40))
	case c.Matches != nil && !c.Matches.Match(a.body):
		return failed(a, "the body does not match %s", yamlfile.Clip(c.Matches.String(), 40))
	case c.JSON != nil:
		got, err := dig(a.body, c.JSON)
		if err != nil {
			return failed(a, "%s: %v", strings.Join(c.JSON, "."), err)
		}
		if got != c.Equals {
			return failed(a, "%s is not %q", strings.Join(c.JSON, "."), yamlfile.Clip(c.Equals, 40))
		}
	}
	return nil
}

func (c *Check) allows(status int) bool {
	for _, s := range c.Statuses {
		if s == status || s < 10 && s == status/100 {
			return true
		}
	}
	return false
}

// failed is a check that failed; of a body that was cut only the beginning
// was seen.
func failed(a *answer, format string, args ...any) *fault {
	message := fmt.Sprintf(format, args...)
	if a.cut {
		message += fmt.Sprintf(" (in its first %d kB)", bodyRoom>>10)
	}
	return &fault{kindCheck, message}
}

// take keeps what a step wants of an answer.
func (s *Step) take(a *answer, vars map[string]string) *fault {
	for i := range s.Takes {
		t := &s.Takes[i]
		v, err := t.value(a)
		if err != nil {
			return failed(a, "take %s: %v", t.Name, err)
		}
		vars[t.Name] = v
	}
	return nil
}

func (t *Take) value(a *answer) (string, error) {
	switch {
	case t.Header != "":
		v := a.header(t.Header)
		if v == "" {
			return "", fmt.Errorf("there is no header %s", t.Header)
		}
		return v, nil
	case t.Pattern != nil:
		m := t.Pattern.FindSubmatch(a.body)
		if m == nil {
			return "", fmt.Errorf("nothing matches %s", yamlfile.Clip(t.Pattern.String(), 40))
		}
		return string(m[min(1, len(m)-1)]), nil
	}
	return dig(a.body, t.JSON)
}

// dig finds a value in JSON: keys and places in lists.
func dig(body []byte, path []string) (string, error) {
	var v any
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return "", fmt.Errorf("the body is no JSON")
	}
	for _, key := range path {
		next, ok := child(v, key)
		if !ok {
			return "", fmt.Errorf("there is no %s", key)
		}
		v = next
	}
	if s, ok := v.(string); ok {
		return s, nil
	}
	text, err := json.Marshal(v)
	return string(text), err
}

func child(v any, key string) (any, bool) {
	switch at := v.(type) {
	case map[string]any:
		next, ok := at[key]
		return next, ok
	case []any:
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(at) {
			return at[i], true
		}
	}
	return nil, false
}
