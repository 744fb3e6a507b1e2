"""Calls an Avro server over HTTP: client.py PORT PATH PROTOCOL.avpr. Reads calls as JSON lines, answers each with one."""
import json
import sys

import avro.errors
import avro.ipc
import avro.protocol

from values import from_json, to_json

port, path, protocol = sys.argv[1:]
with open(protocol) as file:
    ours = avro.protocol.parse(file.read())
requestor = avro.ipc.Requestor(ours, avro.ipc.HTTPTransceiver("127.0.0.1", int(port), path))
for line in sys.stdin:
    call = json.loads(line)
    try:
        answer = {"reply": to_json(requestor.request(call["message"], from_json(call["request"])))}
    except avro.errors.AvroRemoteException as error:
        answer = {"error": to_json(error.args[0])}
    except Exception as error:
        answer = {"failure": repr(error)}
    print(json.dumps(answer), flush=True)
