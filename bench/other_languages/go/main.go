// Command subject runs golang.org/x/oauth2 in the scenarios T1 and T5 and on the hot path. It prints figures as lines of JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"runtime"
	"sort"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// Set by the linker, because a build without a module does not know the versions of its packages.
var version = "unknown"

const (
	callers = 10000
	// Half of the server's latency: a call that took longer was not served from the cache.
	waitThreshold = 25 * time.Millisecond
	rounds        = 5
	roundLength   = 200 * time.Millisecond
)

type object map[string]interface{}

func main() {
	runtime.GOMAXPROCS(2)
	print(object{"subject": "golang.org/x/oauth2", "version": version})
	if len(os.Args) < 3 {
		return
	}
	config := clientcredentials.Config{
		ClientID:     "bench-client",
		ClientSecret: "not-a-real-secret",
		TokenURL:     os.Args[2],
	}
	// Shared by all callers. It reuses its token until expiry.
	source := config.TokenSource(context.Background())
	switch os.Args[1] {
	case "T1":
		coldStart(source)
	case "T5":
		print(object{"unsupported": "a TokenSource returns its token until expiry and has no method to report a rejected token"})
	case "hot":
		hot(source)
	default:
		fail(fmt.Errorf("unknown scenario %q", os.Args[1]))
	}
}

// authorize does what oauth2.Transport does before it sends a request, except for copying the request.
func authorize(source oauth2.TokenSource, request *http.Request) error {
	token, err := source.Token()
	if err != nil {
		return err
	}
	token.SetAuthHeader(request)
	return nil
}

func coldStart(source oauth2.TokenSource) {
	failures := make([]error, callers)
	took := runConcurrently(callers, func(i int, request *http.Request) {
		failures[i] = authorize(source, request)
	})
	waited, failed := 0, 0
	for i := range took {
		if took[i] > waitThreshold {
			waited++
		}
		if failures[i] != nil {
			if failed == 0 {
				fmt.Fprintln(os.Stderr, failures[i])
			}
			failed++
		}
	}
	print(object{"callers": callers, "slowest_ms": longest(took).Seconds() * 1e3, "waited": waited, "failed": failed})
}

func hot(source oauth2.TokenSource) {
	measure := func(threads, calls int) time.Duration {
		return longest(runConcurrently(threads, func(_ int, request *http.Request) {
			for n := 0; n < calls; n++ {
				if err := authorize(source, request); err != nil {
					fail(err)
				}
			}
		}))
	}
	measure(1, 1)
	const sample = 20000
	calls := int(sample * float64(roundLength) / float64(measure(1, sample)))
	for threads := 1; threads <= 2; threads++ {
		took := make([]time.Duration, rounds)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for i := range took {
			took[i] = measure(threads, calls)
		}
		runtime.ReadMemStats(&after)
		sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
		// Includes the allocations of the goroutines, which are negligible among millions of calls.
		allocations := float64(after.Mallocs-before.Mallocs) / float64(rounds*threads*calls)
		print(object{
			"threads":     threads,
			"ns":          float64(took[0]) / float64(calls),
			"allocations": math.Round(allocations*1e3) / 1e3,
		})
	}
}

// runConcurrently starts all callers at the same time, each with its own request. It returns the duration of each call.
func runConcurrently(callers int, call func(i int, request *http.Request)) []time.Duration {
	took := make([]time.Duration, callers)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(callers)
	done.Add(callers)
	for i := range took {
		go func(i int) {
			defer done.Done()
			request := &http.Request{Header: http.Header{}}
			ready.Done()
			<-start
			begin := time.Now()
			call(i, request)
			took[i] = time.Since(begin)
		}(i)
	}
	ready.Wait()
	close(start)
	done.Wait()
	return took
}

func longest(took []time.Duration) (longest time.Duration) {
	for _, one := range took {
		if one > longest {
			longest = one
		}
	}
	return longest
}

func print(line object) {
	text, err := json.Marshal(line)
	if err != nil {
		fail(err)
	}
	fmt.Println(string(text))
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
