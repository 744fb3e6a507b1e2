package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
)

// The client: one connection, a goroutine for each call in flight.
//
// Prints what the first call brought. For each line `IN_FLIGHT WARM_UP DURATION` (milliseconds) of its input prints `started`, and then
// `CALLS ELAPSED P50 P99` (milliseconds).
func call(port, work string) error {
	connection, err := grpc.Dial("127.0.0.1:"+port, grpc.WithInsecure())
	if err != nil {
		return err
	}
	one := callOf(NewEchoClient(connection), work)
	reply, err := one()
	if err != nil {
		return err
	}
	fmt.Println(reply)
	for {
		var inFlight int
		var warmUp, duration float64
		if _, err := fmt.Scanln(&inFlight, &warmUp, &duration); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		measure(one, inFlight, milliseconds(warmUp), milliseconds(duration))
	}
}

func callOf(client EchoClient, work string) func() (interface{}, error) {
	switch work {
	case "large":
		blob := &Blob{Data: bytes.Repeat([]byte{5}, 1024*1024)}
		return func() (interface{}, error) {
			reply, err := client.Large(context.Background(), blob)
			return len(reply.GetData()), err
		}
	case "stream":
		return func() (interface{}, error) {
			stream, err := client.Stream(context.Background(), &Count{Count: 5000})
			seen := 0
			for err == nil {
				if _, err = stream.Recv(); err == nil {
					seen++
				}
			}
			if err == io.EOF {
				err = nil
			}
			return seen, err
		}
	default:
		text := &Text{Text: "hello world"}
		return func() (interface{}, error) {
			reply, err := client.Unary(context.Background(), text)
			return reply.GetText(), err
		}
	}
}

// A closed loop of as many callers as calls in flight.
func measure(call func() (interface{}, error), inFlight int, warmUp, duration time.Duration) {
	var isCounting, isOver int32
	var counted int64
	latencies := make([][]float64, inFlight)
	var callers sync.WaitGroup
	callers.Add(inFlight)
	for at := range latencies {
		go func(at int) {
			defer callers.Done()
			for atomic.LoadInt32(&isOver) == 0 {
				start := time.Now()
				if _, err := call(); err != nil {
					log.Fatal(err)
				}
				if atomic.LoadInt32(&isCounting) == 1 {
					latencies[at] = append(latencies[at], inMilliseconds(time.Since(start)))
					atomic.AddInt64(&counted, 1)
				}
			}
		}(at)
	}
	time.Sleep(warmUp)
	fmt.Println("started")
	start := time.Now()
	atomic.StoreInt32(&isCounting, 1)
	time.Sleep(duration)
	// On a machine that is busy with other work, a turn lasts until every caller could have had one reply.
	for atomic.LoadInt64(&counted) < int64(inFlight) {
		time.Sleep(duration / 10)
	}
	atomic.StoreInt32(&isCounting, 0)
	elapsed := inMilliseconds(time.Since(start))
	atomic.StoreInt32(&isOver, 1)
	callers.Wait()
	var all []float64
	for _, one := range latencies {
		all = append(all, one...)
	}
	sort.Float64s(all)
	fmt.Println(len(all), elapsed, all[len(all)/2], all[len(all)*99/100])
}

func milliseconds(count float64) time.Duration {
	return time.Duration(count * float64(time.Millisecond))
}

func inMilliseconds(duration time.Duration) float64 {
	return float64(duration) / float64(time.Millisecond)
}
