// The hello service over gRPC, Thrift and Avro RPC, in Python and in polywire, each calling each: npm run sample:polyglot
// It needs python3-grpcio, python3-thrift, python3-avro, protoc with its Python plugin for gRPC, and the Thrift compiler (Debian).
// It ends by itself. The exit code is 0 only if every pair got the same answers.
import 'reflect-metadata'
import { serve } from 'polywire'
import { Python } from './python.js'
import { wires } from './wires.js'

const python = await Python.prepare()
const rows: string[][] = []
let failed = 0
try {
  for (const { name, title, service, notFound, call } of wires) {
    await using server = await serve([service], { port: 0 })
    const servers = { Python: await python.serve(name), polywire: server.port }
    const clients = { Python: (port: number, who: string) => python.call(name, port, who), polywire: call }
    for (const [client, ask] of Object.entries(clients))
      for (const [served, port] of Object.entries(servers)) {
        const answers = [await ask(port, 'World'), await ask(port, 'Nobody')]
        const isRight = answers[0] === 'Hello, World!' && answers[1] === notFound
        if (!isRight) failed++
        rows.push([title, client, served, ...answers, isRight ? 'ok' : 'FAIL'])
      }
  }
} finally {
  await python.stop()
}
const table = [['wire', 'client', 'server', 'SayHello World', 'SayHello Nobody', ''], ...rows]
const widths = table[0]?.map((_, at) => Math.max(...table.map(row => row[at]?.length ?? 0))) ?? []
for (const row of table)
  console.log(
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('   ')
      .trimEnd(),
  )
console.log(`\n${rows.length - failed} of ${rows.length} pairs agree`)
process.exitCode = failed === 0 ? 0 : 1
