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
from wide.ttypes import Content, Defaults, Gone, Ids, Keyed, Late, Point, Tier

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

    def keyed(self, request):
        return request

    def defaults(self, request):
        return request

    def buy(self, sku, count, tier, notes, at, ids):
        return '%s %d %d %s %d' % (sku, count, tier, ','.join(notes), at.x)

    def late(self, count, sku):
        return '%d %s' % (count, sku)


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


def point(x, name=None, constructor=0):
    return Point(x=x, name=name, constructor=constructor)


def keyed():
    inner = Content(lines=['a', 'b'])
    points = {point(1), point(1, ''), point(2, constructor=7)}
    contents = [Content(lines=[]), Content(points=points), Content(series={'s': [0.5], 't': []}), Content(point=point(2)),
                Content(parts=[inner, Content(parts=[])])]
    labels = {point(1): 'a', point(1, 'b'): 'c'}
    return [Keyed(labels=labels, points=points, tiers={Tier.PRO: points, Tier.FREE: set()}, content=one) for one in contents]


def call():
    transport = TTransport.TFramedTransport(TSocket.TSocket('127.0.0.1', int(sys.argv[4])))
    client = Wide.Client(factory.getProtocol(transport))
    transport.open()
    ids = Ids(first=True, second='x', zero=True, reserved=-5, third=False, last=[1, 2])
    equal(client.ids(ids), ids)
    equal(client.pick(0, 'plain'), 'plain')
    equal(fails(Gone, lambda: client.pick(4, 'away')).why, 'away')
    equal(fails(Late, lambda: client.pick(-2, '')).by, 7)
    for one in keyed():
        equal(client.keyed(one), one)
    got = client.defaults(Defaults(blob=None, must=point(0)))
    equal((got.numbers, got.tags, got.tiers, got.limit, got.version, got.given, got.tier), ([1, 2], {'a'}, {'x': 5}, 10, 3, [7], 5))
    equal((got.origin.x, got.origin.name, [p.x for p in got.path], got.content), (5, 'o', [1, 0], Content(lines=['a', 'b'])))
    equal(({key.x: value for key, value in got.labels.items()}, got.plain, got.absent, got.note), ({1: ['one']}, None, None, None))
    equal(client.buy('pen', 1, Tier.FREE, [], Point(x=0), [7]), 'pen 1 0  0')
    equal(client.buy('pen', None, None, None, None, None), 'pen 3 5 n 2')
    equal(client.late(None, 'pen'), '3 pen')
    transport.close()
    print('ok')


serve() if role == 'server' else call()
