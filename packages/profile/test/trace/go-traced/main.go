// Writes an execution trace of itself to standard output: it waits for the network, locks, channels, files, timers and processors.
package main

import (
	"context"
	"io"
	"net"
	"os"
	"runtime"
	"runtime/trace"
	"sync"
	"time"
)

func serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			buffer := make([]byte, 64)
			for {
				n, err := conn.Read(buffer)
				if err != nil {
					return
				}
				time.Sleep(time.Millisecond)
				conn.Write(buffer[:n])
			}
		}()
	}
}

func talk(address string) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	buffer := make([]byte, 64)
	for i := 0; i < 20; i++ {
		conn.Write([]byte("hello"))
		conn.Read(buffer)
	}
}

var kept [][]byte

func work(n int) int {
	sum := 0
	for i := 0; i < n; i++ {
		sum += i * i % 7
		if i%1000 == 0 {
			kept = append(kept[:len(kept)%64], make([]byte, 4096))
		}
	}
	return sum
}

func main() {
	if err := trace.Start(os.Stdout); err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go serve(listener)
	var group sync.WaitGroup
	var mutex sync.Mutex
	channel := make(chan int)
	for i := 0; i < 8; i++ {
		group.Add(3)
		go func() {
			defer group.Done()
			talk(listener.Addr().String())
		}()
		go func() {
			defer group.Done()
			ctx, task := trace.NewTask(context.Background(), "compute")
			defer task.End()
			trace.WithRegion(ctx, "locked", func() {
				mutex.Lock()
				defer mutex.Unlock()
				trace.Log(ctx, "worker", "has the lock")
				work(300000)
			})
			channel <- i
		}()
		go func() {
			defer group.Done()
			<-channel
			file, err := os.Open("/proc/self/maps")
			if err == nil {
				io.ReadAll(file)
				file.Close()
			}
		}()
	}
	group.Wait()
	runtime.GC()
	time.Sleep(1200 * time.Millisecond)
	work(2000000)
	trace.Stop()
}
