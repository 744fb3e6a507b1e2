"""Calls hello.Hello over gRPC: grpc_client.py PORT NAME. Prints the answer."""
import sys

import grpc

import hello_pb2
import hello_pb2_grpc

port, name = sys.argv[1:]
with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
    hello = hello_pb2_grpc.HelloStub(channel)
    try:
        print(hello.SayHello(hello_pb2.HelloRequest(name=name)).message)
    except grpc.RpcError as error:
        print(f"{error.code().name}: {error.details()}")
