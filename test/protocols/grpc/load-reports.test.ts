// Load reports (gRFC A51) and the weights made of them (A58), against grpc-js in both roles.
import type * as grpcJs from '@grpc/grpc-js'
import test from 'ava'
import type { LoadReport } from '../../../src/core/load-report.js'
import type { BalancerFactory, Node } from '../../../src/extend.js'
import { balanced, connect, disconnect, Method, nothing, Service, serve } from '../../../src/index.js'
import { grpcJsClient, grpcJsDefinition, grpcJsServer } from './peers.js'

@Service('test.Pinged')
class Pinged {
  pings = 0

  @Method(nothing) async ping(): Promise<void> {
    this.pings++
  }
}

const definition = grpcJsDefinition(Pinged)

test("our balancers hear what grpc-js's servers report", async t => {
  const ping: grpcJs.handleUnaryCall<unknown, unknown> = (call, done) => {
    const recorder = call.getMetricsRecorder()
    recorder.recordApplicationUtilizationMetric(0.25)
    recorder.recordCPUUtilizationMetric(0.125)
    recorder.recordMemoryUtilizationMetric(0.5)
    recorder.recordQpsMetric(1000)
    recorder.recordEpsMetric(10)
    recorder.recordNamedMetric('queue', 3)
    recorder.recordRequestCostMetric('rows', 17)
    done(null, {})
  }
  const server = await grpcJsServer(definition, { Ping: ping }, { 'grpc.server_call_metric_recording': 1 })
  const said: LoadReport[] = []
  const listening: BalancerFactory = () => {
    let nodes: readonly Node[] = []
    return {
      update: set => {
        nodes = set
      },
      pick: () => nodes[0],
      reported: (_node, load) => said.push(load),
    }
  }
  const remote = connect(Pinged, `grpc://${server.address}`, { policies: [balanced(listening)] })
  t.teardown(async () => {
    await disconnect(remote)
    server.close()
  })
  await remote.ping()
  t.deepEqual(said, [
    {
      cpuUtilization: 0.125,
      applicationUtilization: 0.25,
      memoryUtilization: 0.5,
      qps: 1000,
      eps: 10,
      named: new Map([['queue', 3]]),
    },
  ])
})

test("grpc-js's weighted_round_robin goes by what our servers report", async t => {
  const services = [new Pinged(), new Pinged()]
  const [roomy, full] = services as [Pinged, Pinged]
  const servers = await Promise.all(
    services.map((service, at) =>
      serve([service], {
        host: '127.0.0.1',
        protocols: ['grpc'],
        reportLoad: { period: '1ms', measure: () => ({ applicationUtilization: at === 0 ? 0.1 : 0.9, qps: 100 }) },
      }),
    ),
  )
  const client = grpcJsClient(definition, `ipv4:${servers.map(({ address }) => address).join(',')}`, {
    'grpc.service_config': JSON.stringify({
      loadBalancingConfig: [{ weighted_round_robin: { blackout_period: '0s', weight_update_period: '0.1s' } }],
    }),
  })
  t.teardown(async () => {
    client.close()
    for (const server of servers) await server.close()
  })
  let share = 1
  const isWeighted = () => share > 0.02 && share <= 0.12
  // grpc-js looks at the weights ten times a second. Before that it calls whichever server it has reached, then both evenly.
  for (let round = 0; round < 200 && !isWeighted(); round++) {
    roomy.pings = full.pings = 0
    for (let n = 0; n < 100; n++) await client.unary('Ping', {})
    share = full.pings / (roomy.pings + full.pings)
  }
  t.true(isWeighted(), `a tenth of the calls goes where a tenth of the room is: ${share}`)
})
