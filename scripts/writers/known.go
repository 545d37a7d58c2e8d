// A program of which it is known what is hot: three times as much work as what is cold; and three goroutines wait in hot,
// one in cold. With an argument it crashes meanwhile.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"
)

//go:noinline
func hot(n int) (sum float64) {
	for i := 1; i < n; i++ {
		sum += 1 / float64(i)
	}
	return
}

//go:noinline
func cold(n int) (sum float64) {
	for i := 1; i < n; i++ {
		sum += 1 / float64(i+1)
	}
	return
}

//go:noinline
func hotWait(lock *sync.Mutex) { lock.Lock(); lock.Unlock() }

//go:noinline
func coldWait(lock *sync.Mutex) { lock.Lock(); lock.Unlock() }

func write(name string, debug int, file string) {
	out, _ := os.Create(file)
	pprof.Lookup(name).WriteTo(out, debug)
	out.Close()
}

func main() {
	runtime.SetBlockProfileRate(1)
	var lock sync.Mutex
	lock.Lock()
	for i := 0; i < 3; i++ {
		go hotWait(&lock)
	}
	go coldWait(&lock)
	time.Sleep(100 * time.Millisecond)
	if len(os.Args) > 1 {
		panic("known to crash")
	}
	write("goroutine", 1, "go.goroutine1.txt")
	write("goroutine", 2, "go.goroutine2.txt")
	out, _ := os.Create("go.pb.gz")
	pprof.StartCPUProfile(out)
	sum := 0.0
	for i := 0; i < 300; i++ {
		sum += hot(3000000) + cold(1000000)
	}
	pprof.StopCPUProfile()
	out.Close()
	lock.Unlock()
	time.Sleep(100 * time.Millisecond)
	write("block", 1, "go.block.txt")
	fmt.Println(sum)
}
