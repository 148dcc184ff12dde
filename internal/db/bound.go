package db

// Bound reports an index that is not to be dropped by itself: it is more than
// a way to find rows.
func (ix *Index) Bound() bool {
	return ix.Constraint || ix.Parted || ix.PartOf != "" || ix.Standing() != ""
}

// Standing is what the catalog takes an index for, besides a way to find rows
// and a constraint; "" for nothing.
func (ix *Index) Standing() string {
	switch {
	case ix.Identity:
		return "the table's replica identity"
	case ix.Clustered:
		return "what CLUSTER sorts the table by"
	}
	return ""
}
