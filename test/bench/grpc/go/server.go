package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"

	"google.golang.org/grpc"
)

type echo struct{ UnimplementedEchoServer }

func (echo) Unary(_ context.Context, request *Text) (*Text, error) { return request, nil }

func (echo) Large(_ context.Context, request *Blob) (*Blob, error) { return request, nil }

func (echo) Stream(request *Count, stream Echo_StreamServer) error {
	blob := &Blob{Data: bytes.Repeat([]byte{7}, 100)}
	for n := int32(0); n < request.Count; n++ {
		if err := stream.Send(blob); err != nil {
			return err
		}
	}
	return nil
}

func serve() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	RegisterEchoServer(server, echo{})
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		server.Stop()
	}()
	return server.Serve(listener)
}
