// Package pattern makes regular expressions late: compiling all of them at the
// start of the program would take a twentieth of the time to the first frame.
package pattern

import (
	"regexp"
	"sync"
)

// Late answers what compiles an expression when it is first asked for. A test
// of whoever uses it has to run it: one that does not compile panics then.
func Late(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
