//go:build !linux

package collectors

// readLimits: only Linux has cgroups.
func readLimits() limits { return limits{} }
