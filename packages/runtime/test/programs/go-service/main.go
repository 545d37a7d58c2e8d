// Go's own endpoints, and a profile of the program's own, to compare ours with: prints where it listens.
package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	rpprof "runtime/pprof"
)

func main() {
	rpprof.NewProfile("open_files").Add(1, 0)
	// The package registers itself for GET only; the tools POST addresses.
	http.HandleFunc("POST /debug/pprof/symbol", pprof.Symbol)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("serving profiles at http://%s/debug/pprof/\n", listener.Addr())
	panic(http.Serve(listener, nil))
}
