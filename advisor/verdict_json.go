package advisor

import (
	"encoding/json"
	"math"
)

// plainVerdict has a Verdict's fields without its methods.
type plainVerdict Verdict

// verdictJSON stands over the numbers that may not be known: JSON has no NaN,
// and what is not known is null.
type verdictJSON struct {
	plainVerdict
	BeforeP95  *float64 `json:"before_p95_seconds"`
	AfterP95   *float64 `json:"after_p95_seconds"`
	BeforeMean *float64 `json:"before_mean_seconds"`
	AfterMean  *float64 `json:"after_mean_seconds"`
	Low        *float64 `json:"ratio_low"`
	High       *float64 `json:"ratio_high"`
	P          *float64 `json:"p_value"`
}

// MarshalJSON writes null for what is not known.
func (v Verdict) MarshalJSON() ([]byte, error) {
	return json.Marshal(verdictJSON{plainVerdict(v), known(v.BeforeP95), known(v.AfterP95), known(v.BeforeMean), known(v.AfterMean),
		known(v.Low), known(v.High), known(v.P)})
}

// UnmarshalJSON reads null as NaN.
func (v *Verdict) UnmarshalJSON(data []byte) error {
	var j verdictJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	*v = Verdict(j.plainVerdict)
	v.BeforeP95, v.AfterP95 = orNaN(j.BeforeP95), orNaN(j.AfterP95)
	v.BeforeMean, v.AfterMean, v.P = orNaN(j.BeforeMean), orNaN(j.AfterMean), orNaN(j.P)
	v.Low, v.High = orNaN(j.Low), orNaN(j.High)
	return nil
}

func known(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}

func orNaN(f *float64) float64 {
	if f == nil {
		return math.NaN()
	}
	return *f
}
