import test from 'ava'
import { ActiveCall } from '../../src/core/active-call.js'
import { deadlineExceeded } from '../../src/core/call.js'
import type { Clock, Expirable } from '../../src/core/clock.js'
import { Code } from '../../src/core/code.js'
import { detached, enableFlow, flowing, servedCall } from '../../src/core/flow.js'
import { RpcError } from '../../src/core/rpc-error.js'

class OneTimerClock implements Clock {
  time = 0
  delay: number | undefined
  target: Expirable | undefined

  now(): number {
    return this.time
  }

  schedule(delay: number, target: Expirable) {
    this.delay = delay
    this.target = target
    return {
      cancel: () => {
        this.target = undefined
      },
    }
  }
}

const method = {
  name: 'SayHello',
  serviceName: 'hello.Hello',
  path: '/hello.Hello/SayHello',
  kind: 'unary',
  idempotency: 'unknown',
} as const

function made(deadline = Number.POSITIVE_INFINITY) {
  const clock = new OneTimerClock()
  return { clock, call: new ActiveCall({ method, message: {}, clock, deadline }) }
}

const reason = new RpcError('the caller left', Code.canceled)

test('a call is cancelled once: the first reason wins, for listeners, signal and whoever asks', t => {
  const { call } = made()
  const heard: RpcError[] = []
  call.onCancel(why => heard.push(why))
  const before = call.signal
  call.cancel(reason)
  call.cancel(new RpcError('too late', Code.internal))
  t.is(call.canceled, reason)
  t.deepEqual(heard, [reason])
  t.true(before.aborted)
  t.is(before.reason, reason)
})

test('a listener and a signal that come late learn of it at once', t => {
  const { call } = made()
  call.cancel(reason)
  const heard: RpcError[] = []
  call.onCancel(why => heard.push(why))
  t.deepEqual(heard, [reason])
  t.is(call.signal.reason, reason)
})

test.serial('a listener that throws keeps no other from hearing, and is as loud as a timer that throws', async t => {
  const { call } = made()
  const heard: string[] = []
  const loud = new Promise<unknown>(resolve => {
    process.setUncaughtExceptionCaptureCallback(error => {
      process.setUncaughtExceptionCaptureCallback(null)
      resolve(error)
    })
  })
  call.onCancel(() => {
    throw new Error('a bug')
  })
  call.onCancel(() => heard.push('second'))
  call.cancel(reason)
  t.deepEqual(heard, ['second'])
  t.is(((await loud) as Error).message, 'a bug')
})

test('a listener that was taken back hears nothing, and the others do', t => {
  const { call } = made()
  const heard: string[] = []
  const first = () => heard.push('first')
  call.onCancel(first)
  call.onCancel(() => heard.push('second'))
  call.offCancel(first)
  call.offCancel(() => {})
  call.cancel(reason)
  t.deepEqual(heard, ['second'])
})

test('a call that has ended is not cancelled any more, and its timer is gone', t => {
  const { call, clock } = made(500)
  call.arm()
  call.onCancel(() => t.fail('it has ended'))
  call.finish()
  call.cancel(reason)
  call.onCancel(() => t.fail('it has ended'))
  t.is(call.canceled, undefined)
  t.is(clock.target, undefined)
})

test('the deadline is counted from now, ends the call with its path, and arms no timer where there is none', t => {
  const { call, clock } = made(500)
  clock.time = 200
  call.arm()
  t.is(clock.delay, 300)
  clock.target?.expire()
  t.is(call.canceled?.code, Code.deadline_exceeded)
  t.is(call.canceled?.reason, 'deadline_exceeded')
  t.regex(call.canceled?.message ?? '', /\/hello\.Hello\/SayHello/)
  const endless = made()
  endless.call.arm()
  t.is(endless.clock.delay, undefined)
})

test('the deadline error names the last endpoint', t => {
  const { call } = made()
  call.endpoint = { address: '10.0.0.1:50051' }
  t.regex(deadlineExceeded(call).message, /10\.0\.0\.1:50051/)
})

test('nothing is made by looking whether it is there', t => {
  const { call } = made()
  t.is(call.headersIfAny, undefined)
  t.is(call.replyHeadersIfAny, undefined)
  t.is(call.replyTrailersIfAny, undefined)
  call.headers.set('a', '1')
  call.receiveReplyHeaders(['b', '2'])
  call.receiveReplyTrailers(['c', '3'])
  t.is(call.headersIfAny?.get('a'), '1')
  t.is(call.replyHeaders.get('b'), '2')
  t.is(call.replyTrailers.get('c'), '3')
})

test.serial('remote calls find the call being served once a process holds a remote, and only then', async t => {
  const { call } = made()
  t.is(flowing(call, servedCall), undefined)
  enableFlow()
  t.is(
    await flowing(call, async () => {
      await null
      return servedCall()
    }),
    call,
  )
  t.is(servedCall(), undefined)
})

test.serial('a call that has ended binds nothing that it left behind, and what is detached is never bound', t => {
  enableFlow()
  const { call } = made()
  t.is(
    flowing(call, () => detached(servedCall)),
    undefined,
  )
  flowing(call, () => {
    t.is(servedCall(), call)
    call.finish()
    t.is(servedCall(), undefined)
  })
})
