import test from 'ava'
import { connect } from '../../src/client/connect.js'
import { disconnect } from '../../src/client/proxy.js'
import type { CallDetail, CallRow } from '../../src/console/views.js'
import { Arg, Method, Safe, Service } from '../../src/decorators/service.js'
import { serve } from '../../src/hosting/serve.js'
import { timeout } from '../../src/policies/timeout.js'
import { string } from '../../src/schema/algebra.js'
import { CallHistory } from '../../src/telemetry/call-history.js'
import { Orders, type Quote } from './contract.js'
import { json, withConsole } from './rig.js'

@Service('shop.Front')
class Front {
  constructor(private readonly orders: Orders) {}

  @Method(string) @Safe() async ask(@Arg(1, 'customer', string) customer: string): Promise<string> {
    return (await this.orders.quote({ customer } as Quote)).note
  }
}

test('a call that was made while serving names its caller, and the time that this had left', async t => {
  const calls = new CallHistory()
  const behind = await withConsole(t, { console: { calls } })
  const orders = connect(Orders, `grpc://${behind.address}`, { observers: [calls] })
  const front = await serve([new Front(orders)], { protocols: ['grpc'], report: () => {} })
  const remote = connect(Front, `grpc://${front.address}`, { policies: [timeout('7s')] })
  t.teardown(async () => {
    await Promise.all([disconnect(remote), disconnect(orders)])
    await front.close()
  })
  const url = `${behind.consoleUrl}api`
  await json(`${url}/shell`)
  await t.throwsAsync(remote.ask('fail'))
  await t.throwsAsync(orders.quote({ customer: 'fail' } as Quote))
  const rows = (await json<CallRow[]>(`${url}/calls`)).filter(({ side }) => side === 'called')
  const [alone, made] = await Promise.all(rows.map(({ key }) => json<CallDetail>(`${url}/calls/${key}`)))
  t.is(alone?.caller, undefined)
  t.is(made?.caller?.name, 'shop.Front/Ask')
  const { left = 0 } = made?.caller ?? {}
  t.true(left > 0 && left <= 7000, `${left} ms of 7,000`)
})
