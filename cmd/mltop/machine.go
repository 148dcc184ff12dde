package main

import (
	"context"
	"os"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
)

// seenNow is what the deployment tells, with the server's machine.
func (a *app) seenNow(ctx context.Context) advisor.Seen {
	s := a.seen.seen()
	if a.target.server() {
		s.Machine = a.machine(ctx)
	}
	return s
}

// machine is what the server has to live on: as its user says, or as can be
// seen from here, where its processes run here.
func (a *app) machine(ctx context.Context) advisor.Machine {
	if a.o.serverMemory > 0 {
		return advisor.Machine{Memory: a.o.serverMemory, How: "--server-memory"}
	}
	if a.target.remote {
		return advisor.Machine{Why: "it is another machine"}
	}
	t, ok := a.engine.(db.ProcessTeller)
	if !ok {
		return advisor.Machine{Why: "the engine does not tell its process"}
	}
	p, err := t.ServerProcess(ctx)
	if err != nil {
		return advisor.Machine{Why: err.Error()}
	}
	return machineOf(p)
}

// machineOf trusts a server's process that runs here under its name; or a
// server that calls its machine as this one is called.
func machineOf(p db.ServerProcess) advisor.Machine {
	here, err := os.Hostname()
	if p.Host != "" && (err != nil || p.Host != here) {
		return advisor.Machine{Why: "the server calls its machine " + p.Host + ", which this one is not"}
	}
	if p.PID == 0 && p.Host == "" {
		return advisor.Machine{Why: "the server does not tell where it runs"}
	}
	room, err := collectors.MemoryOf(p.PID, p.Names)
	if err != nil {
		return advisor.Machine{Why: err.Error()}
	}
	m := advisor.Machine{Memory: int64(room.Memory), Available: int64(room.Available), Cores: room.Cores, How: "this machine"}
	if room.Limited {
		m.How = "its container's limit"
	}
	return m
}
