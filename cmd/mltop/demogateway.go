package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"mltop/internal/demo"
	"mltop/internal/gateway"
	"mltop/internal/gateway/rowlog"
	"mltop/internal/wire"
)

// The instances behind the demo's gateway, and how late each answers: one
// runs on a bad machine.
var fleetLate = [3]time.Duration{2: 600 * time.Millisecond}

const (
	fleetSlow   = 2
	fleetVictim = 0
)

// A fleet is the sample deployment as three instances over one database, a
// gateway in front of them, and the outside client.
type fleet struct {
	self   string
	server *demo.Server // of the database
	load   *demo.Load
	g      *gateway.Gateway
	log    *rowlog.Log
	admin  string // of the gateway
	front  string // where clients go
	served chan error
	end    context.CancelFunc

	mu        sync.Mutex
	instances []*demo.Instance // nil: it was killed
}

func startFleet(ctx context.Context, f demoFlags, life time.Duration, say func(string)) (_ *fleet, err error) {
	fl := &fleet{served: make(chan error, 2), end: func() {}}
	defer func() {
		if err != nil {
			err = errors.Join(err, fl.stop())
		}
	}()
	if fl.self, err = os.Executable(); err != nil {
		return nil, fmt.Errorf("find mltop's own program: %w", err)
	}
	if fl.server, err = demo.StartServer(ctx, f.server(fl.self), say); err != nil {
		return nil, err
	}
	for i := range fleetLate {
		in, err := fl.start(ctx, i, "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		fl.instances = append(fl.instances, in)
	}
	if err := fl.open(ctx); err != nil {
		return nil, err
	}
	behind := fl.server.Ready
	behind.Address = fl.front
	if fl.load, err = demo.StartClient(ctx, f.client(fl.self, behind, life)); err != nil {
		return nil, err
	}
	return fl, nil
}

// start starts one instance.
func (fl *fleet) start(ctx context.Context, i int, address string) (*demo.Instance, error) {
	return demo.StartInstance(ctx, []string{fl.self, instanceVerb, fl.server.Ready.Database, address, fleetLate[i].String()})
}

// open opens the gateway and its admin endpoint.
func (fl *fleet) open(ctx context.Context) error {
	cfg, err := fl.config()
	if err != nil {
		return err
	}
	if fl.g, err = gateway.New(cfg); err != nil {
		return err
	}
	if err := fl.openLog(ctx, cfg.Log); err != nil {
		return err
	}
	l, err := fl.g.Listen()
	if err != nil {
		return err
	}
	a, err := net.Listen("tcp", cfg.AdminAddress())
	if err != nil {
		return errors.Join(fmt.Errorf("listen for the admin endpoint: %w", err), l.Close())
	}
	fl.front, fl.admin = l.Addr().String(), a.Addr().String()
	fl.g.AdminAt(fl.admin)
	ctx, fl.end = context.WithCancel(ctx)
	go func() { fl.served <- fl.g.Serve(l) }()
	go func() { fl.served <- fl.g.ServeAdmin(ctx, a) }()
	return nil
}

// line leads to the gateway as from outside.
func (fl *fleet) line(o *options) *gatewayLine {
	return &gatewayLine{admin: "http://" + fl.admin, client: &http.Client{Timeout: o.timeout}}
}

// kill ends an instance as kill -9 does.
func (fl *fleet) kill(i int) error {
	fl.mu.Lock()
	in := fl.instances[i]
	fl.mu.Unlock()
	return in.Kill()
}

// revive starts an instance again where it was, and tells the gateway which
// process it is now.
func (fl *fleet) revive(ctx context.Context, i int) error {
	fl.mu.Lock()
	address := fl.instances[i].Address
	fl.mu.Unlock()
	in, err := fl.start(ctx, i, address)
	if err != nil {
		return err
	}
	fl.mu.Lock()
	fl.instances[i] = in
	fl.mu.Unlock()
	return fl.g.Change(func(c *gateway.Config) {
		for n := range c.Routes[0].Upstreams {
			if u := &c.Routes[0].Upstreams[n]; u.Address == address {
				u.PID = in.PID
			}
		}
	})
}

// upstream is an instance as the gateway sees it.
func (fl *fleet) upstream(i int) (u wire.GatewayUpstream) {
	fl.mu.Lock()
	url := "http://" + fl.instances[i].Address
	fl.mu.Unlock()
	for _, u := range fl.g.State().Upstreams {
		if u.URL == url {
			return u
		}
	}
	return u
}

// fleetStop is how long requests may take to finish at the end.
const fleetStop = 3 * time.Second

// stop ends all that was started, last first.
func (fl *fleet) stop() error {
	var errs []error
	if fl.load != nil {
		errs = append(errs, fl.load.Stop())
	}
	if fl.g != nil {
		ctx, cancel := context.WithTimeout(context.Background(), fleetStop)
		fl.g.Stop(ctx)
		if fl.log != nil {
			errs = append(errs, fl.log.Close(ctx))
		}
		cancel()
	}
	fl.end()
	fl.mu.Lock()
	defer fl.mu.Unlock()
	for _, in := range fl.instances {
		errs = append(errs, in.Kill())
	}
	if fl.server != nil {
		errs = append(errs, fl.server.Stop())
	}
	return errors.Join(errs...)
}

// demoInstance takes DATABASE ADDRESS LATE.
func demoInstance(ctx context.Context, w *world, args []string) error {
	late, err := time.ParseDuration(args[2])
	if err != nil {
		return fmt.Errorf("read how late it answers: %w", err)
	}
	return demo.ServeInstance(ctx, demo.InstanceOptions{Database: args[0], Address: args[1], Late: late, Stdin: w.in, Stdout: w.out})
}

// runFleet is mltop demo --gateway: the Traffic view, and a scene in it.
func runFleet(ctx context.Context, w *world, o *options, f demoFlags, life time.Duration) error {
	fl, err := startFleet(ctx, f, life, func(text string) { fmt.Fprintln(w.err, safeLines(text)+" …") })
	if err != nil {
		return err
	}
	inner, cancel := lasting(ctx, life)
	defer cancel()
	var scene sync.WaitGroup
	scene.Go(func() { fl.scene(inner) })
	err = showTraffic(inner, w, o, fl.line(o))
	cancel()
	scene.Wait()
	return errors.Join(err, fl.stop())
}

// The scene's times: long enough to see the slow one's share fall before, and
// what its end does to the others.
const (
	sceneBegins = 20 * time.Second
	sceneDead   = 12 * time.Second
	sceneRepeat = 90 * time.Second
)

// scene has an instance die and come back, again and again, and says so among
// what changed.
func (fl *fleet) scene(ctx context.Context) {
	name := func(i int) string { return fl.instances[i].Address }
	fl.g.Note(fmt.Sprintf("the scene: %s answers %v late: see its weight and share", name(fleetSlow), fleetLate[fleetSlow]))
	for wait := sceneBegins; ; wait = sceneRepeat {
		if sleep(ctx, wait) != nil {
			return
		}
		fl.g.Note("the scene: kill -9 of " + name(fleetVictim) + "; GETs are tried elsewhere")
		if err := fl.kill(fleetVictim); err != nil {
			fl.g.Note("the scene ends: " + err.Error())
			return
		}
		if sleep(ctx, sceneDead) != nil {
			return
		}
		fl.g.Note("the scene: it runs again, and gets its share back slowly")
		if err := fl.revive(ctx, fleetVictim); err != nil && ctx.Err() == nil {
			fl.g.Note("the scene ends: " + err.Error())
			return
		}
	}
}
