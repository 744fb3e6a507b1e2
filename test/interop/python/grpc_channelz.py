"""Asks a server's channelz: grpc_channelz.py <address> <descriptors>. Prints what came back as one JSON object."""

import json
import sys

import grpc

import hello

address, descriptors = sys.argv[1:3]
pool = hello.load(descriptors)
channel = grpc.insecure_channel(address)
calls = 0


def call(name, **fields):
    global calls
    calls += 1
    request, reply = (hello.message(pool, f"grpc.channelz.v1.{name}{end}") for end in ("Request", "Response"))
    method = channel.unary_unary(
        "/grpc.channelz.v1.Channelz/" + name,
        request_serializer=request.SerializeToString,
        response_deserializer=reply.FromString,
    )
    return method(request(**fields), timeout=30)


def ports(server):
    for ref in server.listen_socket:
        try:
            yield call("GetSocket", socket_id=ref.socket_id).socket.local.tcpip_address.port
        except grpc.RpcError:
            # It was closed after it was listed.
            pass


# The process has other servers, which come and go.
own_port = int(address.rpartition(":")[2])
server = next(one for one in call("GetServers").server if own_port in ports(one))
sockets = call("GetServerSockets", server_id=server.ref.server_id)
socket = call("GetSocket", socket_id=sockets.socket_ref[0].socket_id).socket
calls_on_socket = calls
listening = call("GetSocket", socket_id=server.listen_socket[0].socket_id).socket
try:
    call("GetServer", server_id=10**9)
    missing = "found"
except grpc.RpcError as error:
    missing = error.code().name

print(
    json.dumps(
        {
            "started": server.data.calls_started,
            "sockets": len(sockets.socket_ref),
            "end": sockets.end,
            "uncounted": calls_on_socket - socket.data.streams_started,
            "remote": list(socket.remote.tcpip_address.ip_address),
            "windows": socket.data.local_flow_control_window.value > 0,
            "port": listening.local.tcpip_address.port,
            "missing": missing,
        }
    )
)
