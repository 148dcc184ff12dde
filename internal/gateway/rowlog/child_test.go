package rowlog

func beChild() bool { return false }
