// A receiver as the documentation of LiveKit's SDK for Go has it. Prints its port; ends with its standard input.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/webhook"
)

func main() {
	keys := auth.NewSimpleKeyProvider(os.Args[1], os.Args[2])
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		event, err := webhook.ReceiveWebhookEvent(r, keys)
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, "%s %s %s", event.Event, event.Id, r.Header.Get("Content-Type"))
	}))
	io.Copy(io.Discard, os.Stdin)
}
