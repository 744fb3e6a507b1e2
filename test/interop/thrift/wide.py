"""The other side of wide.test.ts: Apache Thrift's Python library, with code that its compiler makes of wide.thrift.

wide.py FOLDER server PROTOCOL         prints its port, then serves
wide.py FOLDER client PROTOCOL PORT    calls a server and checks what it answers
"""
import sys

folder, role, protocol_name = sys.argv[1:4]
sys.path.insert(0, folder)

from thrift.protocol import TBinaryProtocol, TCompactProtocol
from thrift.server import TServer
from thrift.transport import TSocket, TTransport

from wide import Wide
from wide.ttypes import Gone, Ids, Late

factory = {'binary': TBinaryProtocol.TBinaryProtocolFactory, 'compact': TCompactProtocol.TCompactProtocolFactory}[protocol_name]()


class Handler:
    def ids(self, request):
        return request

    def pick(self, which, text):
        if which == 4:
            raise Gone(why=text)
        if which == -2:
            raise Late(by=7)
        return text


class TellingSocket(TSocket.TServerSocket):
    def listen(self):
        TSocket.TServerSocket.listen(self)
        print(self.handle.getsockname()[1], flush=True)


def serve():
    socket = TellingSocket('127.0.0.1', 0)
    TServer.TThreadedServer(Wide.Processor(Handler()), socket, TTransport.TFramedTransportFactory(), factory, daemon=True).serve()


def fails(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError('expected %s' % kind.__name__)


def equal(got, wanted):
    assert got == wanted, 'expected %r, got %r' % (wanted, got)


def call():
    transport = TTransport.TFramedTransport(TSocket.TSocket('127.0.0.1', int(sys.argv[4])))
    client = Wide.Client(factory.getProtocol(transport))
    transport.open()
    ids = Ids(first=True, second='x', zero=True, reserved=-5, third=False, last=[1, 2])
    equal(client.ids(ids), ids)
    equal(client.pick(0, 'plain'), 'plain')
    equal(fails(Gone, lambda: client.pick(4, 'away')).why, 'away')
    equal(fails(Late, lambda: client.pick(-2, '')).by, 7)
    transport.close()
    print('ok')


serve() if role == 'server' else call()
