import test from 'ava'
import { connect } from '../../src/client/connect.js'
import { disconnect } from '../../src/client/proxy.js'
import { Field, Message } from '../../src/decorators/message.js'
import { Method, Service } from '../../src/decorators/service.js'
import { string } from '../../src/schema/algebra.js'
import { serve } from '../../src/server/start-server.js'
import { Metrics } from '../../src/telemetry/metrics.js'

@Message('connected.Word')
class Word {
  @Field(1, string) text = ''
}

@Service('connected.Echo')
class Echo {
  @Method({ accepts: Word, returns: Word }) async say(word: Word): Promise<Word> {
    return word
  }
}

for (const protocol of ['grpc', 'thrift'])
  test(`connections of a client over ${protocol} are counted by endpoint`, async t => {
    const server = await serve([Echo], { host: '127.0.0.1', report: () => {} })
    t.teardown(() => server.close())
    const { address } = server
    const metrics = new Metrics()
    const echo = connect(Echo, `${protocol}://${address}`, { observers: [metrics], report: () => {} })
    await echo.say({ text: '' })
    const labels = `protocol="${protocol}",server_address="${address}"`
    const has = (line: string) => t.true(metrics.text().split('\n').includes(line), line)
    has(`polywire_client_connected_endpoints{${labels}} 1`)
    has(`polywire_client_connection_changes_total{${labels},state="connected"} 1`)
    await disconnect(echo)
    has(`polywire_client_connected_endpoints{${labels}} 0`)
    has(`polywire_client_connection_changes_total{${labels},state="disconnected"} 1`)
  })
