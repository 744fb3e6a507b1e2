import test from 'ava'
import { serve } from '../../src/index.js'
import { Idle } from '../fixtures/programs/idle-client.js'
import { runProgram } from '../support/programs.js'

const program = 'test/fixtures/programs/idle-client.js'

for (const scheme of ['grpc', 'http', 'thrift', 'avro']) {
  for (const query of scheme === 'grpc' || scheme === 'http' ? [''] : ['', '?transport=http']) {
    test(`a process ends although its client is open and idle: ${scheme}${query}`, async t => {
      t.timeout(60_000)
      const server = await serve([Idle], { port: 0, host: '127.0.0.1' })
      t.teardown(() => server.close())
      const target = `${scheme}://127.0.0.1:${server.port}${query}`
      const running = runProgram(program, target)
      // The server would close an idle connection only after 5 minutes.
      t.deepEqual(await running, { code: 0, output: '' })
      t.deepEqual(await runProgram(program, target, 'disconnect'), { code: 0, output: 'disconnected\n' })
    })
  }
}
