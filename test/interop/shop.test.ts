import test from 'ava'
import { Etcd } from '../support/etcd.js'
import { runProgram } from '../support/programs.js'

test('the shop finds itself through etcd, and survives chaos so', async t => {
  const etcd = await Etcd.start()
  t.teardown(() => etcd.remove())
  const { code, output } = await runProgram('samples/shop/main.js', '--etcd', etcd.address, '--chaos', '--seconds', '5')
  t.is(code, 0, output)
  t.regex(output, new RegExp(`found through ${etcd.address}`))
  t.regex(output, /[1-9]\d* orders placed, 0 failed/)
})
