package wire

// A BenchKnee is the highest rate that a target sustains, and how it was
// found.
type BenchKnee struct {
	SchemaVersion int             `json:"schema_version"`
	Name          string          `json:"name"`
	Rate          *float64        `json:"sustained_per_second"`     // null: not even the first
	Broken        *float64        `json:"not_sustained_per_second"` // the least; null: none was
	Reason        string          `json:"reason"`
	Steps         []BenchKneeStep `json:"steps"`
}

// A BenchKneeStep is one rate that was tried.
type BenchKneeStep struct {
	Rate       float64        `json:"rate_per_second"`
	Answered   float64        `json:"requests_per_second"`
	ErrorRatio *float64       `json:"error_ratio"`
	Latency    BenchQuantiles `json:"latency"`
	Sustained  bool           `json:"sustained"`
	Reason     string         `json:"reason,omitempty"` // why not
}
