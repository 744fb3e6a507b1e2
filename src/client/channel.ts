import type { Balancer, BalancerFactory } from '../balancers/balancer.js'
import { builtInBalancers } from '../balancers/built-in.js'
import type { ActiveCall, EngineHandler } from '../core/active-call.js'
import type { Call } from '../core/call.js'
import { CallCount } from '../core/call-count.js'
import type { Clock } from '../core/clock.js'
import { Code, isHealthCode } from '../core/code.js'
import type { Endpoint } from '../core/endpoint.js'
import { engineHandler, settle, settling } from '../core/engine-handler.js'
import { readStates, type StateReads } from '../core/inspection.js'
import { nextObjectId } from '../core/live-set.js'
import type { ObservedCall } from '../core/observed-call.js'
import type { Observers } from '../core/observers.js'
import type { Outcome } from '../core/outcome.js'
import { compose, type Handler, type Policy, SharedState } from '../core/policy.js'
import { failure, type RpcError } from '../core/rpc-error.js'
import type { LiveConnection } from '../protocols/protocol.js'
import { Attempt, type AttemptOwner, speaksOfNode } from './attempt.js'
import { type ChannelSettings, observedEndpoints } from './channel-settings.js'
import type { ChannelInspection } from './inspection.js'
import { type LiveChannel, liveChannels } from './live-channels.js'
import { LoadReports } from './load-reports.js'
import type { ChannelNode } from './node.js'
import { NodeSet } from './node-set.js'
import { channelClosed, explainEmpty, Resolution } from './resolution.js'
import { ToldCircuits } from './told-circuits.js'

/** A balancer, and the name by which it was chosen. */
export interface ChosenBalancer {
  readonly name: string
  readonly factory: BalancerFactory
}

/** How one method finds its endpoint. */
interface Dispatch {
  /** The name of the balancer. */
  readonly name: string
  readonly balancer: Balancer
  /** The policies that run after the pick; undefined if there are none. */
  readonly send: Handler | undefined
}

/**
 * A target: the endpoints that the resolver finds, a link to each, and the balancers that choose among them. The clients of `connectAll`
 * share one.
 */
export class Channel implements LiveChannel, AttemptOwner {
  readonly id = nextObjectId()
  readonly calls = new CallCount()
  private readonly nodes: NodeSet
  private readonly resolution: Resolution
  private readonly balancers = new Map<BalancerFactory, Balancer>()
  /** The balancers with `started` or `done`. */
  private readonly observers: Balancer[] = []
  readonly loads: LoadReports
  /** What its circuit breakers tell; undefined if nothing observes them. */
  readonly circuits: ToldCircuits | undefined
  /** The state that the policies of all services share. */
  readonly state = new SharedState()
  /** What the policies show of their state, by the path of the method. */
  readonly policyStates = new Map<string, StateReads>()
  private readonly balancerNames = new Set<string>()
  private readonly states = new Map<string, SharedState>()
  /** Whether calls can begin at once. Until then, `prepare` first. */
  isPrepared: boolean
  private preparing: Promise<void> | undefined
  private closed = false
  private readonly closeListeners: (() => void | Promise<void>)[] = []

  constructor(readonly settings: ChannelSettings) {
    this.loads = new LoadReports(settings.report)
    const wentDown = () => this.resolution.endpointFailed()
    const observed = observedEndpoints(settings)
    const left = ({ address }: Endpoint) => this.circuits?.left(address)
    const nodeSettings = { ...settings, ...observed, wentDown, left, explainEmpty: () => explainEmpty(settings.source) }
    this.circuits = settings.observer && new ToldCircuits(settings.observer)
    this.nodes = new NodeSet(nodeSettings, usable => {
      for (const balancer of this.balancers.values()) balancer.update(usable)
    })
    this.resolution = new Resolution(settings.source, settings, endpoints => this.nodes.replace(endpoints))
    liveChannels.add(this)
    if (settings.eager) this.resolution.start()
    this.isPrepared = settings.dialer.prepare === undefined
  }

  /** Loads what the protocol needs, so that the first call's time is not spent on it. A failure is the dial's to tell. */
  prepare(): Promise<void> {
    const done = () => {
      this.isPrepared = true
    }
    this.preparing ??= Promise.resolve(this.settings.dialer.prepare?.()).then(done, done)
    return this.preparing
  }

  get clock(): Clock {
    return this.settings.clock
  }

  /** The state that the policies of one service share. */
  stateOf(serviceName: string): SharedState {
    let state = this.states.get(serviceName)
    if (state === undefined) {
      state = new SharedState()
      this.states.set(serviceName, state)
    }
    return state
  }

  /**
   * The innermost handler of a method: picks an endpoint and sends one attempt to it.
   * @param behindPick the policies that run after the pick
   */
  dispatcher({ name, factory }: ChosenBalancer, behindPick: readonly Policy[]): Handler {
    this.balancerNames.add(name)
    const send = behindPick.length === 0 ? undefined : compose(behindPick, sendOn)
    const how: Dispatch = { name, balancer: this.balancer(factory), send }
    const handler = settling((call, outcome) => this.dispatch(how, call, outcome))
    // The code of a custom balancer picks for a second attempt in the context of the caller too, so it is called with a promise alone.
    return engineHandler(builtInBalancers.get(name) === factory ? handler : call => handler(call))
  }

  get observer(): Observers | undefined {
    return this.settings.observer
  }

  get protocol(): string {
    return this.settings.protocol
  }

  get report(): (error: unknown) => void {
    return this.settings.report
  }

  inspect(): ChannelInspection {
    const { resolver, target } = this.settings.source
    return {
      id: this.id,
      target: `${resolver.name}: ${target.path || target.authority}`,
      resolved: this.resolution.ready,
      closed: this.closed,
      calls: this.calls.inspect(this.clock.now()),
      endpoints: this.nodes.inspect(),
      balancers: [...this.balancerNames],
      methods: readStates(this.policyStates),
    }
  }

  get uri(): string {
    return this.settings.uri
  }

  liveConnections(): readonly LiveConnection[] {
    return this.nodes.connections()
  }

  /** Runs the listener when the channel closes. `close` waits for it. */
  onClose(listener: () => void | Promise<void>): void {
    this.closeListeners.push(listener)
  }

  async close(): Promise<void> {
    this.closed = true
    const closing = this.closeListeners.splice(0).map(listener => listener())
    this.resolution.close()
    await Promise.all([...closing, this.nodes.close()])
    this.circuits?.close()
    liveChannels.delete(this)
  }

  private balancer(factory: BalancerFactory): Balancer {
    let balancer = this.balancers.get(factory)
    if (balancer === undefined) {
      balancer = factory(this.settings)
      balancer.update(this.nodes.usable)
      this.balancers.set(factory, balancer)
      if (balancer.started !== undefined || balancer.done !== undefined) this.observers.push(balancer)
      this.loads.listen(balancer)
    }
    return balancer
  }

  private dispatch(how: Dispatch, call: ActiveCall, outcome: Outcome): void {
    if (!this.closed && (!this.resolution.ready || call.waitForReady)) {
      this.dispatchWhenReady(how, call, outcome).catch(error => outcome.reject(error))
      return
    }
    try {
      if (this.closed) throw channelClosed(call)
      this.sendTo(this.pick(how.balancer, call), call, how, outcome)
    } catch (error) {
      outcome.reject(error)
    }
  }

  private async dispatchWhenReady(how: Dispatch, call: ActiveCall, outcome: Outcome): Promise<void> {
    if (!this.resolution.ready) await this.resolution.first(call)
    const node = call.waitForReady ? await this.readyNode(how.balancer, call) : this.pick(how.balancer, call)
    this.sendTo(node, call, how, outcome)
  }

  private sendTo(node: ChannelNode | undefined, call: ActiveCall, how: Dispatch, outcome: Outcome): void {
    if (node === undefined) throw this.noEndpoint(call)
    call.setEndpoint(node.endpoint, node.send)
    const { observed } = call
    const observation = observed === undefined ? undefined : this.observe(observed, call, node, how)
    call.observedAttempt = observation
    const attempt = new Attempt(this, node, { call, outcome, observation })
    this.began(node, attempt.start)
    if (how.send !== undefined) {
      call.now = undefined
      settle(how.send, call, attempt)
      return
    }
    call.now = attempt.start
    settle(node.link?.handle ?? node.send, call, attempt)
    call.now = undefined
  }

  /** Tells of an attempt right behind its pick, so that those which a breaker or a bulkhead stops are seen too. */
  private observe(observed: ObservedCall, call: ActiveCall, node: ChannelNode, how: Dispatch) {
    // What an observer sets there must not be sent with parallel attempts.
    if (observed.needsHeaders) call.separateHeaders()
    return observed.attemptBegan({
      call,
      number: observed.nextAttempt(),
      endpoint: node.endpoint,
      cause: observed.cause,
      balancer: how.name,
      candidates: this.nodes.usable.length,
      inFlight: node.inFlight,
    })
  }

  private pick(balancer: Balancer, call: Call): ChannelNode | undefined {
    this.nodes.reviveDue()
    const node = balancer.pick(call) ?? (this.nodes.reviveInNeed() ? balancer.pick(call) : undefined)
    return node as ChannelNode | undefined
  }

  /** Waits for a node with a link, however many dials fail. Undefined if the call has tried every usable node. */
  private async readyNode(balancer: Balancer, call: ActiveCall): Promise<ChannelNode | undefined> {
    for (;;) {
      const node = this.pick(balancer, call)
      if (node?.link !== undefined) return node
      if (node === undefined && this.nodes.usable.length > 0) return undefined
      await (node === undefined ? this.nodes.changed(call) : node.dialed(call))
      if (this.closed) throw channelClosed(call)
    }
  }

  private began(node: ChannelNode, now: number): void {
    node.inFlight++
    node.calls.began(now)
    for (const balancer of this.observers) balancer.started?.(node)
  }

  attemptEnded({ node, latency, call }: Attempt, error?: RpcError): void {
    node.inFlight--
    node.calls.ended(error !== undefined)
    const failed = error !== undefined && isHealthCode(error.code)
    if (error === undefined || speaksOfNode(error)) this.nodes.callEnded(node, failed, call.now)
    for (const balancer of this.observers) balancer.done?.(node, { latency, failed, now: call.now })
  }

  private noEndpoint(call: Call): RpcError {
    const why = this.nodes.explain()
    const message = `${call.method.path}: no endpoint can take the call: ${why}`
    return failure('no_endpoint', Code.unavailable, message, { delivery: 'unsent' })
  }
}

/** The innermost handler behind the attempt policies: sends the call to the picked node. */
const sendOn = engineHandler(call => (call.sender as EngineHandler)(call))
