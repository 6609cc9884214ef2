package main

import (
	"fmt"
	"net"
	"net/http"
	"os/signal"
	"syscall"
)

// Serves the example for ../it/apps.rs. Writes the port that it listens on.
func main() {
	// A limit on the size of files, which stands for a full disk, is to be an error and not the end.
	signal.Ignore(syscall.SIGXFSZ)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println("port", listener.Addr().(*net.TCPAddr).Port)
	http.HandleFunc("/webhooks", Webhook)
	panic(http.Serve(listener, nil))
}
