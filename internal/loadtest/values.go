package loadtest

import (
	"fmt"
	"math"
	"regexp"
	"strconv"

	"mltop/internal/yamlfile"
)

func parseLevel(s string) (float64, error) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v >= 0) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%q is no number from 0 on", yamlfile.Clip(s, 40))
	}
	return v, nil
}

// parseSeed: JSON's numbers are exact below 2⁵³.
func parseSeed(s string) (uint64, error) {
	v, err := strconv.ParseUint(s, 10, 53)
	if err != nil {
		return 0, fmt.Errorf("%q is no whole number from 0 to 2⁵³", yamlfile.Clip(s, 40))
	}
	return v, nil
}

func parseRegexp(s string) (*regexp.Regexp, error) {
	e, err := regexp.Compile(s)
	if err != nil {
		return nil, fmt.Errorf("%q is no regular expression: %w", yamlfile.Clip(s, 40), err)
	}
	return e, nil
}
