package collectors

import (
	"path/filepath"
	"strings"

	"mltop/internal/pattern"
)

const masked = "***"

const secretName = `[\w.-]*(?:passw(?:or)?d|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credential|authorization)[\w.-]*`

// Patterns of secrets in a command line.
var (
	secretFlag  = pattern.Late(`(?i)^--?` + secretName + `$`)
	secretValue = pattern.Late(`(?i)(\b` + secretName + `\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s&;,]+)`)
	userInfo    = pattern.Late(`(?i)([a-z][a-z0-9+.-]*://)[^/?#\s]*@`)
	bearer      = pattern.Late(`(?i)(\b(?:bearer|basic)\s+)\S+`)
)

// MaskCommand writes a command line with its secrets removed: values of
// options that are named like secrets, in either form, user and password in
// URLs, credentials in headers, mysql's -pSECRET.
func MaskCommand(args []string) string {
	out := make([]string, len(args))
	for i, a := range args {
		switch {
		case i > 0 && secretFlag().MatchString(args[i-1]) && !strings.HasPrefix(a, "--"):
			out[i] = masked
		case i > 0 && mysqlPassword(args[0], a):
			out[i] = "-p" + masked
		default:
			out[i] = maskText(a)
		}
	}
	return strings.Join(out, " ")
}

func maskText(s string) string {
	s = userInfo().ReplaceAllString(s, "${1}"+masked+"@")
	s = bearer().ReplaceAllString(s, "${1}"+masked)
	return secretValue().ReplaceAllString(s, "${1}"+masked)
}

func mysqlPassword(program, arg string) bool {
	name := filepath.Base(program)
	client := strings.HasPrefix(name, "mysql") || strings.HasPrefix(name, "mariadb")
	return client && len(arg) > 2 && strings.HasPrefix(arg, "-p")
}
