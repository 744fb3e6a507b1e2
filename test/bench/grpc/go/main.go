// bench.Echo on gRPC Go:
//
//	echo serve            prints its port; ends when its input does
//	echo call PORT WORK   calls unary, large or stream: see client.go
package main

import (
	"log"
	"os"
)

func main() {
	var err error
	switch arguments := os.Args[1:]; {
	case len(arguments) == 1 && arguments[0] == "serve":
		err = serve()
	case len(arguments) == 3 && arguments[0] == "call":
		err = call(arguments[1], arguments[2])
	default:
		os.Exit(2)
	}
	if err != nil {
		log.Fatal(err)
	}
}
