"""Calls hello.Hello over Avro RPC: avro_client.py PORT NAME PROTOCOL.avpr. Prints the answer."""
import sys

import avro.errors
import avro.ipc
import avro.protocol

port, name, path = sys.argv[1:]
with open(path) as file:
    protocol = avro.protocol.parse(file.read())
hello = avro.ipc.Requestor(protocol, avro.ipc.HTTPTransceiver("127.0.0.1", int(port)))
try:
    print(hello.request("SayHello", {"name": name}))
except avro.errors.AvroRemoteException as error:
    print(f"NotFound: {error.args[0]['message']}")
