// The tour: three replicas, each in its own process, called through an injected remote under every balancer. Then one of them is killed
// under load. It ends by itself. The exit code is 0 only if every check held.
import 'reflect-metadata'
import { Container } from 'inversify'
import { balanced, Code, explain, type PolicyDefinition, RpcError } from 'polywire'
import { remotes } from 'polywire/inversify'
import { Checks, printCounts } from './checks.js'
import { openConsole } from './console.js'
import { DivisionByZero, Hello } from './contract.js'
import { Greeter } from './greeter.js'
import { type RunningReplica, startReplica, stopReplicas } from './replicas.js'

const protocol = process.argv.slice(2).find(argument => !argument.startsWith('--')) ?? 'grpc'
const plans = [
  { name: 'plain', weight: 1, delay: 0 },
  { name: 'triple weight', weight: 3, delay: 0 },
  { name: 'slow', weight: 1, delay: 15 },
]
const checks = new Checks()
const started = performance.now()

const replicas = await Promise.all(plans.map(startReplica))
try {
  console.log(`polywire over ${protocol}: three replicas of hello.Hello\n`)
  for (const { plan, endpoint } of replicas) {
    console.log(
      `  ${plan.name.padEnd(14)} ${protocol}://${endpoint.address}  weight ${plan.weight}${plan.delay > 0 ? `, ${plan.delay} ms a greeting` : ''}`,
    )
  }
  console.log(`\nWhat the decorators on the class mean:\n\n${explain(Hello)}`)
  await compareBalancers()
  await killOne()
  await meetDeadline()
  await catchTypedError()
  if (process.argv.includes('--console')) await openConsole(protocol, replicas.slice(1))
} finally {
  await stopReplicas(replicas)
}
process.exitCode = checks.finish((performance.now() - started) / 1000)

/** A container like an application's, with a Greeter whose remote calls these replicas. */
async function withGreeter(
  policies: readonly PolicyDefinition[],
  use: (greeter: Greeter) => Promise<void>,
): Promise<void> {
  const container = new Container()
  container.load(remotes({ at: { protocol, endpoints: replicas.map(({ endpoint }) => endpoint) }, policies }, Hello))
  container.bind(Greeter).toSelf()
  try {
    await use(container.get(Greeter))
  } finally {
    await container.unbindAllAsync()
  }
}

async function compareBalancers(): Promise<void> {
  const names = plans.map(plan => plan.name)
  const expectations: Record<string, (count: (name: string) => number) => [string, boolean]> = {
    'round-robin': count => ['each replica answered as often as the others', names.every(name => count(name) === 100)],
    'weighted-round-robin': count => [
      'the replica of weight 3 answered three times as often',
      count('triple weight') === 180 && count('plain') === 60,
    ],
    'least-connections': count => ['the slow replica was spared', count('slow') < count('plain') && count('slow') < 50],
    random: count => [
      'about three fifths went to the replica of weight 3',
      Math.abs(count('triple weight') - 180) < 50,
    ],
  }
  for (const [balancer, expectation] of Object.entries(expectations)) {
    console.log(`\nBalancer ${balancer}: who answered 300 greetings`)
    await withGreeter([balanced(balancer)], async greeter => {
      const { answers, failures } = await greeter.greet(300, 15)
      printCounts(answers, names)
      const [what, held] = expectation(name => answers.get(name) ?? 0)
      checks.expect(what, held && failures.length === 0)
    })
  }
}

async function killOne(): Promise<void> {
  const total = 3000
  console.log(`\nSIGKILL to the plain replica while ${total} greetings are on their way`)
  const victim = replicas[0] as RunningReplica
  await withGreeter([balanced('round-robin')], async greeter => {
    const { answers, failures, failedOver, retried } = await greeter.greet(total, 60, replies => {
      if (replies === 1000) victim.process.kill('SIGKILL')
    })
    printCounts(
      answers,
      plans.map(plan => plan.name),
    )
    console.log(
      `    ${failedOver + retried} calls moved to another replica: ${failedOver} at once (failover), ${retried} after a pause (retry)`,
    )
    for (const failure of failures.slice(0, 3)) console.log('    failed:', failure)
    checks.expect(`all ${total} greetings were answered although a replica died`, failures.length === 0)
    checks.expect('calls of the dead replica moved to the others', failedOver + retried > 0)
  })
}

async function meetDeadline(): Promise<void> {
  console.log('\nA method that never replies, with @Timeout(300 ms)')
  await withGreeter([], async ({ hello }) => {
    const began = performance.now()
    const error = await hello.hang('to see what happens').then(
      () => undefined,
      (reason: unknown) => reason,
    )
    console.log(`    ${String(error)} after ${(performance.now() - began).toFixed(0)} ms`)
    checks.expect('the deadline ended it', error instanceof RpcError && error.code === Code.deadline_exceeded)
  })
}

async function catchTypedError(): Promise<void> {
  console.log('\n7 divided by 0')
  await withGreeter([], async ({ hello }) => {
    const error = await hello.divide(7, 0).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    console.log(`    ${String(error)}`)
    checks.expect(
      'the error arrived as its class, with its field',
      error instanceof DivisionByZero && error.dividend === 7,
    )
  })
}
