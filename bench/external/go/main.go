// golang.org/x/oauth2 in the scenarios T1 and T5, and on the hot path; figures as lines of JSON.
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

// Set by the linker, for a build outside of a module does not know what it was made of.
var version = "unknown"

const (
	callers = 10000
	// Half of what the server takes for a token: whoever took longer was not served from memory.
	waitedFrom = 25 * time.Millisecond
	rounds     = 5
	round      = 200 * time.Millisecond
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
	// One for all callers: it reuses its token until that expires.
	source := config.TokenSource(context.Background())
	switch os.Args[1] {
	case "T1":
		coldStart(source)
	case "T5":
		print(object{"cannot": "a TokenSource gives its token until that expires, and cannot be told that it was refused"})
	case "hot":
		hot(source)
	default:
		fail(fmt.Errorf("no scenario %q", os.Args[1]))
	}
}

// authorize is all that oauth2.Transport does before it sends a request, but for the request's copy.
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
	took := together(callers, func(i int, request *http.Request) {
		failures[i] = authorize(source, request)
	})
	waited, failed := 0, 0
	for i := range took {
		if took[i] > waitedFrom {
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
	many := func(threads, calls int) time.Duration {
		return longest(together(threads, func(_ int, request *http.Request) {
			for n := 0; n < calls; n++ {
				if err := authorize(source, request); err != nil {
					fail(err)
				}
			}
		}))
	}
	many(1, 1)
	const sample = 20000
	calls := int(sample * float64(round) / float64(many(1, sample)))
	for threads := 1; threads <= 2; threads++ {
		took := make([]time.Duration, rounds)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for i := range took {
			took[i] = many(threads, calls)
		}
		runtime.ReadMemStats(&after)
		sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
		// The goroutines' own are in it, and too few among millions to be seen.
		allocations := float64(after.Mallocs-before.Mallocs) / float64(rounds*threads*calls)
		print(object{
			"threads":     threads,
			"ns":          float64(took[0]) / float64(calls),
			"allocations": math.Round(allocations*1e3) / 1e3,
		})
	}
}

// together starts all callers at once, each with a request of its own, and gives what each took.
func together(callers int, call func(i int, request *http.Request)) []time.Duration {
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
