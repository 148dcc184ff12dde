package diagnose

import "mltop/internal/units"

// Numbers as a person says them, without the noughts of tables.

func seconds(v float64) string { return units.Brief(units.Seconds(v)) }

func percent(v float64) string { return units.Brief(units.Percent(v)) }
